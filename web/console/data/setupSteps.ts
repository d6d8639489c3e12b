/** The steps of setting up a real city: where each is done, and what it means. Pure. */
import { SetupStep, type Label } from '@shared/contract/vocabulary'
import type { RouteLocationRaw } from 'vue-router'

export interface StepWords {
  readonly to: RouteLocationRaw
  readonly todo: Label
}

const register = (name: string, query: Record<string, string> = {}): RouteLocationRaw => ({ name: 'registers', params: { register: name }, query })

export const STEPS: Readonly<Record<SetupStep, StepWords>> = {
  [SetupStep.DISTRICTS]: {
    to: register('districts'),
    todo: { zh: '由 inspect-server init 建立', en: 'Made by inspect-server init' },
  },
  [SetupStep.UNITS]: {
    to: register('units'),
    todo: { zh: '导入或新增责任单位', en: 'Import or enter the responsible units' },
  },
  [SetupStep.PEOPLE]: {
    to: register('people'),
    todo: { zh: '导入观察员、处置人员、督查员', en: 'Import observers, handlers and supervisors' },
  },
  [SetupStep.POINTS]: {
    to: register('points'),
    todo: { zh: '导入测评点位', en: 'Import the points' },
  },
  [SetupStep.ROUTING]: {
    to: { name: 'routing' },
    todo: { zh: '定哪类问题归哪个单位', en: 'Say which unit gets which cases' },
  },
  [SetupStep.INVITATIONS]: {
    to: register('people', { invite: 'many' }),
    todo: { zh: '打印或导出邀请，发到手机', en: 'Print or export the invitations' },
  },
}

/** What an empty register means, and what to do about it. */
export const EMPTY_REGISTER: Readonly<Record<string, Label>> = {
  people: { zh: '还没有人员。点“导入”按模板一次带入，或“新增”一位；再用“批量邀请”发到手机。', en: 'Nobody yet. Import a table, or enter one person; then invite their phones.' },
  units: { zh: '还没有责任单位。先建单位，案件才有归处：点“导入”或“新增”。', en: 'No unit yet. Cases need one: import a table, or enter one.' },
  points: { zh: '还没有点位。点“导入”带入测评点位（经纬度为 WGS-84），或“新增”一个。', en: 'No point yet. Import them (degrees WGS-84), or enter one.' },
  shops: { zh: '还没有门店。门前三包商户可点“导入”带入，再打印责任牌。', en: 'No shop yet. Import the shops, then print their plates.' },
  pairings: { zh: '还没有包联。先有单位，再点“新增”写明哪个单位包联哪里。', en: 'No pairing yet. Units first, then enter which supports which place.' },
  districts: { zh: '还没有城区。由 inspect-server init 建立。', en: 'No district yet. inspect-server init makes them.' },
}
