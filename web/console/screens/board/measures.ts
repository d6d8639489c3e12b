/** The rows of the district table: each count, the base of its rate, and the list behind it. Pure. */
import { Measure, MeasureLabel } from '@shared/contract/vocabulary'
import type { Label } from '@shared/contract/vocabulary'

import { NO_FILTERS, type Filters } from '../../data/filters'
import type { Tally } from '../../api/types'
import { rate } from './rates'

export interface Row {
  readonly name: Measure & keyof Tally
  readonly label: Label
  /** What it counts, for English readers; in Chinese the server's own definition is shown. */
  readonly means?: string
  /** The count the rate is taken of; absent where a rate would mean nothing. */
  readonly of?: keyof Tally
  readonly rateLabel?: Label
  readonly bad?: boolean
}

const row = (name: Row['name'], more: Partial<Row> = {}): Row => ({ name, label: MeasureLabel[name], ...more })

export const ROWS: readonly Row[] = [
  row(Measure.RECEIVED, { means: 'Received: all reports but void ones' }),
  row(Measure.FILED, {
    means: 'Filed: filed cases and all that came of them',
    of: 'received',
    rateLabel: { zh: '立案率', en: 'of received' },
  }),
  row(Measure.DUE, { means: 'Due: dispatched with the limit passed, or closed' }),
  row(Measure.CLOSED, {
    means: 'Closed: passed the check',
    of: 'due',
    rateLabel: { zh: '结案率', en: 'of due' },
  }),
  row(Measure.CLOSED_ON_TIME, {
    means: 'On time: handed over within the limit and passed',
    of: 'due',
    rateLabel: { zh: '按期结案率', en: 'of due' },
  }),
  row(Measure.REWORK, {
    means: 'Rework: failed a check at least once',
    of: 'filed',
    rateLabel: { zh: '返工率', en: 'of filed' },
    bad: true,
  }),
  row(Measure.OPEN),
  row(Measure.OVERDUE, { bad: true }),
]

/** The rate of a row from its counts, so that what is shown always agrees with what stands beside it. */
export function rateOf(one: Row, tally: Tally): number | null {
  return one.of ? rate(tally[one.name], tally[one.of]) : null
}

/** The list behind a number, of one district or of all that I may see. */
export function behind(one: Row, district: string | null): Filters {
  return {
    ...NO_FILTERS,
    measure: one.name,
    districts: district ? [district] : [],
    sort: one.name === Measure.OVERDUE ? 'due' : NO_FILTERS.sort,
  }
}
