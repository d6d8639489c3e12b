/** The queue in words: what the top line, a record's badge and an error say. Pure but for the language. */
import type { Problem } from '@shared/api/problem'
import { problemSentence } from '@shared/api/problem'
import { spokenSize } from '@shared/time/format'
import { say } from '@shared/i18n/language'

import type { OpRow, PhotoRow, Trouble } from '../core/model/rows'
import { isOpen, isStuck, isUnproven, needsPerson, photoNeedsPerson, type QueueSummary } from '../core/model/rules'
import type { RunnerState } from '../core/sync/runner'

export type Tone = 'good' | 'info' | 'warning' | 'danger' | 'quiet'

export interface LineWords {
  readonly state: 'delivered' | 'waiting' | 'sending' | 'attention' | 'sign-in' | 'storage-full' | 'reading'
  readonly tone: Tone
  readonly words: string
  readonly network: string | null
}

/** The top line: network and queue in one sentence each. */
export function queueLine(queue: QueueSummary, runner: RunnerState, offlineHint: boolean): LineWords {
  const network = networkWords(runner, offlineHint)
  const outcome = runner.outcome?.kind
  if (outcome === 'sign-in-again' || outcome === 'disabled') {
    const kept = queue.items > 0 ? say(`,${queue.items} 条仍在手机里`, `, ${queue.items} kept on the phone`) : ''
    const words = outcome === 'disabled' ? say('暂不能上传', 'Not allowed to send') : say('请重新登录', 'Sign in again')
    return { state: 'sign-in', tone: 'warning', words: words + kept, network: null }
  }
  if (outcome === 'storage-full') {
    return { state: 'storage-full', tone: 'danger', words: say('手机存储空间不足', 'No room on the phone'), network }
  }
  if (queue.needsPerson > 0) {
    return {
      state: 'attention',
      tone: 'danger',
      words: say(`${queue.needsPerson} 条需要您处理`, `${queue.needsPerson} need you`),
      network,
    }
  }
  if (queue.items === 0) {
    // All is delivered and a cycle still runs: the failure it began with is no longer true.
    const now = runner.running && !offlineHint ? null : network
    return { state: 'delivered', tone: 'good', words: say('已全部送达', 'All delivered'), network: now }
  }
  const photos = runner.running ? runner.progress?.photos : undefined
  if (photos && photos.all > 0) {
    const nth = Math.min(photos.done + 1, photos.all)
    return { state: 'sending', tone: 'info', words: say(`正在传 ${nth}/${photos.all}`, `Sending ${nth}/${photos.all}`), network: null }
  }
  const size = queue.bytes > 0 ? say(`（${spokenSize(queue.bytes)}）`, ` (${spokenSize(queue.bytes)})`) : ''
  return { state: 'waiting', tone: 'warning', words: say(`${queue.items} 条待传`, `${queue.items} waiting`) + size, network }
}

/** Before the queue was read nothing is claimed of it. */
export function readingLine(): LineWords {
  return { state: 'reading', tone: 'info', words: say('正在读取…', 'Reading…'), network: null }
}

function networkWords(runner: RunnerState, offlineHint: boolean): string | null {
  if (offlineHint) return say('离线', 'Offline')
  if (runner.outcome?.kind === 'offline') {
    return runner.outcome.why === 'stranger' ? say('网络需要认证', 'Network wants a login') : say('连不上服务器', 'Server unreachable')
  }
  if (runner.outcome?.kind === 'later') return say('服务器繁忙', 'Server busy')
  if (runner.outcome?.kind === 'fault') return say('同步出错，会自动重试', 'Sync failed, will retry')
  return null
}

/** The one button of the outbox: what it will do, or what is being done. */
export function sendWords(queue: QueueSummary, runner: RunnerState): string {
  if (!runner.running) return queue.items > 0 ? say('全部发送', 'Send all') : say('立即同步', 'Sync now')
  const sends = queue.items > 0 && runner.progress?.phase !== 'pull' && runner.progress?.phase !== 'free'
  return sends ? say('正在上传…', 'Sending…') : say('正在更新资料…', 'Updating…')
}

/** Why the last try failed, for a person. */
export function troubleWords(trouble: Trouble): string {
  switch (trouble.why) {
    case 'network':
      return say('网络不通', 'No network')
    case 'timeout':
      return say('服务器没有及时回应', 'No answer in time')
    case 'stalled':
      return say('上传停滞，已中断', 'The upload stalled')
    case 'stranger':
      return say('当前网络需要登录认证', 'This network wants a login')
    case 'hash':
      return say('手机里的照片已损坏', 'The photo on this phone is damaged')
    case 'missing':
      return say('手机里已没有这张照片', 'The photo is no longer on this phone')
    case 'refused':
      return trouble.problem ? problemSentence(trouble.problem) : say('服务器未接受', 'Refused by the server')
  }
}

export type ItemState = 'saved' | 'sending' | 'photos' | 'delivered' | 'attention' | 'kept'

/** How far one saved op has come, as one word. */
export function itemState(op: OpRow, photos: readonly PhotoRow[]): ItemState {
  if (photos.some(photoNeedsPerson) || (needsPerson(op) && op.state !== 'quarantined')) return 'attention'
  if (op.state === 'quarantined') return 'kept'
  if (isOpen(op)) return op.state === 'saved' ? 'saved' : 'sending'
  return photos.some(isUnproven) ? 'photos' : 'delivered'
}

export function itemWords(state: ItemState): { words: string; tone: Tone; icon: 'phone' | 'upload' | 'image' | 'check' | 'alert' | 'shield' } {
  switch (state) {
    case 'saved':
      return { words: say('已存手机', 'Saved here'), tone: 'warning', icon: 'phone' }
    case 'sending':
      return { words: say('待送达', 'To be sent'), tone: 'info', icon: 'upload' }
    case 'photos':
      return { words: say('照片待传', 'Photos waiting'), tone: 'info', icon: 'image' }
    case 'delivered':
      return { words: say('已送达', 'Delivered'), tone: 'good', icon: 'check' }
    case 'attention':
      return { words: say('需要您处理', 'Needs you'), tone: 'danger', icon: 'alert' }
    case 'kept':
      return { words: say('待人工核对', 'To be checked'), tone: 'warning', icon: 'shield' }
  }
}

/** What is wrong with one saved op, in words; null when nothing is. */
export function itemTrouble(op: OpRow, photos: readonly PhotoRow[]): string | null {
  if (op.state === 'conflict') {
    return say('提交时情况已变化：', 'Things had changed: ') + sentence(op.problem, say('版本已更新', 'newer version'))
  }
  if (op.state === 'quarantined') {
    return say('已保存在服务器，由人工核对：', 'Kept on the server for a person to check: ') + sentence(op.problem, '')
  }
  const bad = photos.find((photo) => photo.state === 'rejected' || photo.state === 'lost')
  if (bad?.state === 'rejected') {
    const why = bad.trouble?.problem ? problemSentence(bad.trouble.problem) : (bad.problem ?? '')
    return say(`照片被拒收（${why}）`, `Photo refused (${why})`)
  }
  if (bad?.trouble) return troubleWords(bad.trouble)
  if (isOpen(op) && op.trouble) return troubleWords(op.trouble) + (isStuck(op) ? say('，稍后自动重试', ', will retry later') : '')
  const stuck = photos.find((photo) => isUnproven(photo) && photo.trouble)
  return stuck?.trouble ? troubleWords(stuck.trouble) : null
}

function sentence(problem: Problem | null, otherwise: string): string {
  return problem ? problemSentence(problem) : otherwise
}
