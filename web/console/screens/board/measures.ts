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
  /** What its name does not say, where the number stands. */
  readonly note?: Label
  readonly bad?: boolean
}

const row = (name: Row['name'], more: Partial<Row> = {}): Row => ({ name, label: MeasureLabel[name], ...more })

export const ROWS: readonly Row[] = [
  row(Measure.RECEIVED, { means: 'Received: all reports but void ones' }),
  row(Measure.FILED, {
    means: 'Filed: filed cases, and those settled on the spot that were closed without filing',
    note: { zh: '含当场办结', en: 'incl. settled on the spot' },
    of: 'received',
    rateLabel: { zh: '立案率', en: 'of received' },
  }),
  row(Measure.DUE, { means: 'Due: of the filed ones, closed, or dispatched with the limit passed' }),
  row(Measure.CLOSED, {
    means: 'Closed: of those due, passed the check or closed by rule',
    of: 'due',
    rateLabel: { zh: '结案率', en: 'of due' },
  }),
  row(Measure.CLOSED_ON_TIME, {
    means: 'On time: of the closed ones, handed over within the limit, or settled on the spot',
    of: 'due',
    rateLabel: { zh: '按期结案率', en: 'of due' },
  }),
  row(Measure.REWORK, {
    means: 'Ever reworked: of the filed ones, failed a check at least once',
    of: 'filed',
    rateLabel: { zh: '返工率', en: 'of filed' },
    bad: true,
  }),
  row(Measure.OPEN, { means: 'Open: of the received ones, not ended, those still to be filed among them' }),
  row(Measure.OVERDUE, {
    means: 'Overdue: of the open ones, past the present limit to file, dispatch or handle',
    note: { zh: '含立案、派遣时限', en: 'limits to file, dispatch too' },
    bad: true,
  }),
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
