/** The month of the board: which months can be chosen, what its numbers are called, the lists behind. Pure. */
import { Dated, Measure, type Label } from '@shared/contract/vocabulary'
import { shanghaiDay } from '@shared/time/format'

import { NO_FILTERS, type Filters, type Query } from '../../data/filters'
import { NOBODY, type Span } from './trends'

/** A cycle of the national title has three years. */
export const MONTHS = 36
const MONTH = /^20\d\d-(0[1-9]|1[0-2])$/

export type MonthCount = 'received' | 'filed' | 'rework' | 'due' | 'closed' | 'closed_on_time' | 'overdue'
export type MonthRate = 'filed' | 'rework' | 'closed' | 'on_time'
export type MonthGroup = 'district' | 'unit'

export interface MonthColumn {
  readonly name: MonthCount
  readonly label: Label
  /** What it counts, for English readers; in Chinese the server's own definition is shown. */
  readonly means: string
  readonly rate?: { readonly name: MonthRate; readonly of: MonthCount; readonly label: Label }
}

export const COLUMNS: readonly MonthColumn[] = [
  { name: 'received', label: { zh: '收到', en: 'Received' }, means: 'Received: cases reported in the month, but void ones' },
  {
    name: 'filed',
    label: { zh: '立案', en: 'Filed' },
    means: 'Filed: of those received, filed, or closed after being settled on the spot',
    rate: { name: 'filed', of: 'received', label: { zh: '立案率', en: 'of received' } },
  },
  {
    name: 'rework',
    label: { zh: '曾返工', en: 'Ever reworked' },
    means: 'Ever reworked: of those filed, failed a check at least once',
    rate: { name: 'rework', of: 'filed', label: { zh: '返工率', en: 'of filed' } },
  },
  { name: 'due', label: { zh: '应结案', en: 'Due' }, means: 'Due: closed in the month, or dispatched, past a limit of the month, and open' },
  {
    name: 'closed',
    label: { zh: '结案', en: 'Closed' },
    means: 'Closed: of those due, passed the check or closed by rule in the month, and not reopened since',
    rate: { name: 'closed', of: 'due', label: { zh: '结案率', en: 'of due' } },
  },
  {
    name: 'closed_on_time',
    label: { zh: '按期结案', en: 'On time' },
    means: 'On time: of those closed, handed over within the limit, or settled on the spot',
    rate: { name: 'on_time', of: 'due', label: { zh: '按期结案率', en: 'of due' } },
  },
  { name: 'overdue', label: { zh: '超期', en: 'Fell overdue' }, means: 'Fell overdue: the present limit passed in the month unmet' },
]

/** The month the address asks for; null for the current one. */
export function readMonth(query: Query): string | null {
  const named = [query.month].flat()[0] ?? ''
  return MONTH.test(named) ? named : null
}

export function monthOf(moment: Date): string {
  return shanghaiDay(moment).slice(0, 7)
}

/** The month so many months later, or earlier. */
export function shifted(month: string, by: number): string {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + by
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, '0')}`
}

/** The months to choose from, the newest first; an older one that was asked for comes last. */
export function choices(now: Date, chosen: string): string[] {
  const current = monthOf(now)
  const months = Array.from({ length: MONTHS }, (_, back) => shifted(current, -back))
  return months.includes(chosen) ? months : [...months, chosen]
}

/** The numbers that have a list, by the same condition and the same day of a case. */
const LISTED: Readonly<Partial<Record<MonthCount, Pick<Filters, 'dated' | 'measure'>>>> = {
  received: { dated: Dated.OPENED, measure: Measure.RECEIVED },
  filed: { dated: Dated.OPENED, measure: Measure.FILED },
  rework: { dated: Dated.OPENED, measure: Measure.REWORK },
  closed: { dated: Dated.ENDED, measure: Measure.CLOSED },
  closed_on_time: { dated: Dated.ENDED, measure: Measure.CLOSED_ON_TIME },
}

/** The list behind a number of a district, a unit or (null) of all; null where no filter says it. */
export function listBehind(name: MonthCount, by: MonthGroup, code: string | null, { from, to }: Span): Filters | null {
  const listed = LISTED[name]
  if (!listed || (by === 'unit' && code === NOBODY)) return null
  return {
    ...NO_FILTERS,
    ...listed,
    from,
    to,
    districts: by === 'district' && code ? [code] : [],
    unit: by === 'unit' && code ? code : '',
  }
}
