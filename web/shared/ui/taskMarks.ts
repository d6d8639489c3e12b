/** What stands beside a case's state: 督办, 等补充, 现场复核, 延期, 挂账, 申诉, 排险. Pure. */
import { AppealStateLabel, ExtensionStateLabel, type Label } from '../contract/vocabulary'
import { shanghaiDay } from '../time/format'
import type { TaskRow } from '../api/types'

export interface Mark {
  readonly name: string
  readonly label: Label
  readonly tone: 'bad' | 'warn' | 'plain'
}

export function marksOf(row: TaskRow): Mark[] {
  const marks: Mark[] = []
  if (row.escalated_at) marks.push({ name: 'escalated', label: { zh: '督办', en: 'escalated' }, tone: 'bad' })
  if (row.make_safe_due_at && !row.made_safe_at) {
    marks.push({ name: 'unsafe', label: { zh: '尚未排险', en: 'not made safe' }, tone: 'bad' })
  }
  if (row.asked_more_at) marks.push({ name: 'asked', label: { zh: '等补充', en: 'more asked for' }, tone: 'warn' })
  if (row.visit_due_at) marks.push({ name: 'visit', label: { zh: '现场复核中', en: 'being visited' }, tone: 'warn' })
  if (row.extension) {
    const where = ExtensionStateLabel[row.extension]
    marks.push({ name: 'extension', label: { zh: `延期${where.zh}`, en: `extension: ${where.en}` }, tone: 'warn' })
  } else if (row.extensions > 0) {
    marks.push({ name: 'extended', label: { zh: `已延期 ${row.extensions} 次`, en: `extended ${row.extensions}×` }, tone: 'plain' })
  }
  if (row.shelved_until) {
    const day = shanghaiDay(new Date(row.shelved_until))
    marks.push({ name: 'shelved', label: { zh: `挂账至 ${day}`, en: `shelved until ${day}` }, tone: 'plain' })
  }
  if (row.appeal) marks.push({ name: 'appeal', label: AppealStateLabel[row.appeal], tone: 'warn' })
  return marks
}
