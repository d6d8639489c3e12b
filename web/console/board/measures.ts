/** The rows of the district table: each count, the base of its rate, and the list behind it. Pure. */
import { OPEN_STATES, TaskState } from '@shared/contract'
import type { Label } from '@shared/contract'

import { NO_FILTERS, type Filters } from '../tasks/filters'
import type { Tally } from '../wire/types'
import { rate } from './rates'

export interface Measure {
  readonly name: keyof Tally
  readonly label: Label
  /** The count the rate is taken of; absent where a rate would mean nothing. */
  readonly of?: keyof Tally
  readonly rateLabel?: Label
  /** What it counts, for English readers; in Chinese the server's own definition is shown. */
  readonly means?: string
  readonly bad?: boolean
  /** The list behind the number; absent while no filter of the server gives exactly that. */
  readonly filters?: Partial<Filters>
}

export const MEASURES: readonly Measure[] = [
  { name: 'received', label: { zh: '收到', en: 'Received' }, means: 'Received: all reports but void ones', filters: {} },
  {
    name: 'filed',
    label: { zh: '立案', en: 'Filed' },
    means: 'Filed: filed cases and all that came of them',
    of: 'received',
    rateLabel: { zh: '立案率', en: 'of received' },
  },
  { name: 'due', label: { zh: '应结案', en: 'Due' }, means: 'Due: dispatched with the limit passed, or closed' },
  {
    name: 'closed',
    label: { zh: '已结案', en: 'Closed' },
    means: 'Closed: passed the check',
    of: 'due',
    rateLabel: { zh: '结案率', en: 'of due' },
    filters: { states: [TaskState.CLOSED] },
  },
  {
    name: 'closed_on_time',
    label: { zh: '按期结案', en: 'Closed on time' },
    means: 'On time: handed over within the limit and passed',
    of: 'due',
    rateLabel: { zh: '按期结案率', en: 'of due' },
  },
  {
    name: 'rework',
    label: { zh: '返工', en: 'Rework' },
    means: 'Rework: failed a check at least once',
    of: 'filed',
    rateLabel: { zh: '返工率', en: 'of filed' },
    bad: true,
  },
  { name: 'open', label: { zh: '在办', en: 'Open' }, filters: { states: [...OPEN_STATES] } },
  { name: 'overdue', label: { zh: '已超期', en: 'Overdue' }, bad: true, filters: { overdue: true, sort: 'due' } },
]

/** The rate of a row from its counts, so that what is shown always agrees with what stands beside it. */
export function rateOf(measure: Measure, tally: Tally): number | null {
  return measure.of ? rate(tally[measure.name], tally[measure.of]) : null
}

/** The list behind a number, of one district or of all that I may see. */
export function behind(measure: Measure, district: string | null): Filters | null {
  if (!measure.filters) return null
  return { ...NO_FILTERS, ...measure.filters, districts: district ? [district] : [] }
}
