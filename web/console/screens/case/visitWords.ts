/** Visits 现场复核 in words: who can be sent, the finding, the state. Pure but for the language. */
import { type Label, TaskState, VISIT_REASONS, VisitKind, VisitState, VisitStateLabel } from '@shared/contract/vocabulary'
import type { Visit } from '@shared/api/types'
import { inWords, say } from '@shared/i18n/language'

import type { Visitor } from '../../api/visits'

/** What can be checked on the spot as the case stands; null when nothing can. */
export function kindIn(state: TaskState): VisitKind | null {
  if (state === TaskState.REPORTED) return VisitKind.PRE_CHECK
  return state === TaskState.VERIFYING ? VisitKind.VERIFY : null
}

export const underWay = (visits: readonly Visit[]): Visit | null => visits.find((one) => one.state === VisitState.ASKED) ?? null

export function metres(distance: number): string {
  return distance < 1000 ? say(`${Math.round(distance)} 米`, `${Math.round(distance)} m`) : say(`${(distance / 1000).toFixed(1)} 公里`, `${(distance / 1000).toFixed(1)} km`)
}

/** 茅箭区 · 上次记录距此 320 米 · 待复核 1 件. */
export function hintOf(visitor: Visitor): string {
  const parts = [
    visitor.on_duty_here ? say('本区', 'this district') : (visitor.district_name ?? ''),
    visitor.distance_m === null ? '' : say(`上次记录距此 ${metres(visitor.distance_m)}`, `last seen ${metres(visitor.distance_m)} away`),
    visitor.visits_open > 0 ? say(`待复核 ${visitor.visits_open} 件`, `${visitor.visits_open} to look at`) : '',
    visitor.is_reporter ? say('上报人', 'reported it') : '',
  ]
  return parts.filter(Boolean).join(' · ')
}

export interface Standing {
  readonly words: string
  readonly tone: 'good' | 'bad' | 'warn' | 'plain'
}

/** What stands beside a visit: its finding, or how it waits. */
export function standingOf(visit: Visit): Standing {
  if (visit.finding) {
    const label: Label | undefined = VISIT_REASONS[`${visit.kind}_${visit.finding}`]
    // A confirmed lead is a problem, a confirmed repair is none.
    const tone = visit.finding === 'cannot_tell' ? 'warn' : (visit.finding === 'confirmed') === (visit.kind === VisitKind.VERIFY) ? 'good' : 'bad'
    // Which check it is stands beside it.
    return { words: label ? inWords({ zh: label.zh.replace(/^.*：/, ''), en: label.en }) : visit.finding, tone }
  }
  if (visit.state === VisitState.ASKED && visit.overdue) return { words: say('已超期，尚无结果', 'overdue, no finding yet'), tone: 'bad' }
  return { words: inWords(VisitStateLabel[visit.state]), tone: visit.state === VisitState.ASKED ? 'warn' : 'plain' }
}
