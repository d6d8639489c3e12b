/** The trends: what their address asks for, the rate of a stretch of days, and the lists behind. Pure. */
import { Dated, Measure, TrendGroup } from '@shared/contract/vocabulary'

import { NO_FILTERS, type Filters, type Query } from '../../data/filters'
import type { TrendDay, TrendPart } from '../../api/types'
import { rate } from './rates'

export const PERIODS = [14, 30, 90] as const
export type Period = (typeof PERIODS)[number]

/** What belongs to no district, or has no unit. */
export const NOBODY = '-'

/** What the screen shows: it stands in the address bar. `of` is one group looked at alone. */
export interface TrendQuestion {
  readonly days: Period
  readonly by: TrendGroup
  readonly of: string
}

const GROUPS = Object.values(TrendGroup)
const CODE = /^[A-Za-z0-9_-]{1,36}$/

export function readQuestion(query: Query): TrendQuestion {
  const one = (name: string) => [query[name]].flat()[0] ?? ''
  return {
    days: PERIODS.find((days) => String(days) === one('days')) ?? 30,
    by: GROUPS.find((by) => by === one('by')) ?? TrendGroup.DISTRICT,
    of: CODE.test(one('of')) ? one('of') : '',
  }
}

export function writeQuestion(question: TrendQuestion): Record<string, string> {
  const query: Record<string, string> = {}
  if (question.days !== 30) query.days = String(question.days)
  if (question.by !== TrendGroup.DISTRICT) query.by = question.by
  if (question.of) query.of = question.of
  return query
}

/** What the server is asked; cases without a unit can be counted, and not asked for alone. */
export function asTrendParams(question: TrendQuestion): URLSearchParams {
  const params = new URLSearchParams({ days: String(question.days), by: question.by })
  if (question.of && canBeAlone(question.by, question.of)) params.set(question.by, question.of)
  return params
}

export function canBeAlone(by: TrendGroup, code: string): boolean {
  return code !== NOBODY || by === TrendGroup.DISTRICT
}

/** The list behind a number of a group; null where no filter says it. */
export function listOfGroup(by: TrendGroup, code: string, measure: Measure): Filters | null {
  if (!canBeAlone(by, code)) return null
  return {
    ...NO_FILTERS,
    measure,
    ...onlyOf(by, code),
    sort: measure === Measure.OVERDUE ? 'due' : NO_FILTERS.sort,
  }
}

function onlyOf(by: TrendGroup, code: string): Pick<Filters, 'districts' | 'unit' | 'category'> {
  return {
    districts: by === TrendGroup.DISTRICT ? [code] : [],
    unit: by === TrendGroup.UNIT ? code : '',
    category: by === TrendGroup.CATEGORY ? code : '',
  }
}

/** The numbers of a day or a period that have a list, by the same condition and the same day of a case. */
const LISTED = {
  reported: { dated: Dated.OPENED, measure: Measure.RECEIVED },
  closed: { dated: Dated.ENDED, measure: Measure.CLOSED },
} as const
export type Listed = keyof typeof LISTED
export interface Span {
  readonly from: string
  readonly to: string
}

/** The list behind a number of a group in some days; null where no filter says it. */
export function listOfDays(by: TrendGroup, code: string, name: Listed, { from, to }: Span): Filters | null {
  if (!canBeAlone(by, code)) return null
  return { ...NO_FILTERS, ...LISTED[name], ...onlyOf(by, code), from, to }
}

/** The list behind a number of one day, of the group that is looked at alone where one is. */
export function listOfDay({ by, of }: TrendQuestion, name: Listed, on: string): Filters {
  const alone = of ? listOfDays(by, of, name, { from: on, to: on }) : null
  return alone ?? { ...NO_FILTERS, ...LISTED[name], from: on, to: on }
}

/** On time of due over each day and the days before it, at most `many`: one day alone swings. */
export function rollingRates(days: readonly TrendDay[], many = 7): (number | null)[] {
  return days.map((_, last) => {
    const stretch = days.slice(Math.max(0, last - many + 1), last + 1)
    const sum = (name: 'closed_on_time' | 'due') => stretch.reduce((total, day) => total + day[name], 0)
    return rate(sum('closed_on_time'), sum('due'))
  })
}

/** How many are in each state, of all districts together. */
export function statesOf(districts: readonly { readonly states: Readonly<Record<string, number>> }[]) {
  const sums: Record<string, number> = {}
  for (const { states } of districts) {
    for (const [state, count] of Object.entries(states)) sums[state] = (sums[state] ?? 0) + count
  }
  return sums
}

/** The groups that fit into a chart: those with the most open cases, the largest at the top. */
export function busiest(groups: readonly TrendPart[], many = 10): TrendPart[] {
  return groups.filter((group) => group.open > 0).slice(0, many)
}
