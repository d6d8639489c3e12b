/** 我的记录: which of my records a search and a filter show. Pure but for the language. */
import { TaskState } from '@shared/contract/vocabulary'
import { shanghaiDay } from '@shared/time/format'
import { fold } from '@shared/text/fold'
import { say } from '@shared/i18n/language'

import { askedFor, type RecordCard } from './recordMerge'

export const RECORD_GROUPS = ['all', 'here', 'asked', 'open', 'closed', 'not-filed'] as const
export type RecordGroup = (typeof RECORD_GROUPS)[number]

const NOT_FILED: ReadonlySet<TaskState> = new Set([TaskState.REJECTED, TaskState.MERGED, TaskState.VOID])

/** The one group a record belongs to beside `all`: what the person has to do first, then how the case stands. */
export function groupOf(card: RecordCard): Exclude<RecordGroup, 'all'> {
  const state = card.task?.state
  if (card.withdrawn || (state && NOT_FILED.has(state))) return 'not-filed'
  if (card.local !== 'delivered') return 'here'
  if (askedFor(card)) return 'asked'
  return state === TaskState.CLOSED ? 'closed' : 'open'
}

export function groupWords(group: RecordGroup): string {
  switch (group) {
    case 'all':
      return say('全部', 'All')
    case 'here':
      return say('未送达', 'Not delivered')
    case 'asked':
      return say('请补充', 'More is asked')
    case 'open':
      return say('办理中', 'Open')
    case 'closed':
      return say('已结案', 'Closed')
    case 'not-filed':
      return say('未立案', 'Not filed')
  }
}

/** Every word of the search stands in the category, the note, the address, the case number or the day. */
export function isFoundBy(card: RecordCard, typed: string, name: string): boolean {
  const words = fold(typed).split(' ').filter(Boolean)
  const day = shanghaiDay(new Date(card.captured_at))
  const [, month = '', date = ''] = day.split('-')
  const spoken = `${Number(month)}月${Number(date)}日`
  const texts = [name, card.note, card.copy?.address, card.task?.number, day, spoken].filter((one) => !!one)
  const folded = fold(texts.join('\n'))
  return words.every((word) => folded.includes(word))
}
