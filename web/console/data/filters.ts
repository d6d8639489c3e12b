/** The list's filters and their one home, the address bar: a link shows what its sender saw. Pure. */
import { LocalityBasis, Dated, Measure } from '@shared/contract/vocabulary'

import { isDay } from './days'

export interface Filters {
  states: string[]
  districts: string[]
  unit: string
  category: string
  campaign: string
  severity: string
  overdue: boolean
  text: string
  bbox: string
  sort: Sort
  /** A number of the board whose cases are listed; the board counts by the same condition. */
  measure: Measure | ''
  /** A street by its code, and what street and community were taken from. */
  street: string
  locality: LocalityBasis | ''
  /** The first and the last day of the city, both in the list, and which day of a case they are of. */
  from: string
  to: string
  dated: Dated
  /** Columns not to be seen: of the screen, no question to the server. */
  hidden: ListColumn[]
}

/** The columns a person may hide; category and state stay. */
export const COLUMNS = ['picture', 'where', 'unit', 'limit', 'opened'] as const
export type ListColumn = (typeof COLUMNS)[number]

export type Sort = 'due' | 'new'
export type Query = Record<string, string | null | (string | null)[] | undefined>

export const NO_FILTERS: Readonly<Filters> = Object.freeze({
  states: [],
  districts: [],
  unit: '',
  category: '',
  campaign: '',
  severity: '',
  overdue: false,
  text: '',
  bbox: '',
  sort: 'new',
  measure: '',
  street: '',
  locality: '',
  from: '',
  to: '',
  dated: Dated.OPENED,
  hidden: [],
})

function all(value: Query[string]): string[] {
  const list = Array.isArray(value) ? value : [value]
  return [...new Set(list.filter((item): item is string => Boolean(item)))]
}

function one(value: Query[string]): string {
  return all(value)[0] ?? ''
}

const MEASURES = Object.values(Measure)
const BASES = Object.values(LocalityBasis)
const STREET = /^[A-Za-z0-9_-]{1,16}$/
const DATES = Object.values(Dated)
const UNIT = /^[0-9a-f-]{36}$/i
const CATEGORY = /^[A-Z0-9]{2,16}$/
const CAMPAIGN = /^[a-z_]+$/
const SEVERITY = /^[1-4]$/
const BBOX = /^-?\d{1,3}(\.\d+)?(,-?\d{1,3}(\.\d+)?){3}$/

/** A mistyped address shows a wider list, not an error. */
function fitting(value: Query[string], shape: RegExp): string {
  const word = one(value)
  return shape.test(word) ? word : ''
}

/** A period that ends before it begins is mistyped as a whole. */
function period(query: Query): Pick<Filters, 'from' | 'to'> {
  const [from, to] = [one(query.from_on), one(query.to_on)].map((day) => (isDay(day) ? day : '')) as [string, string]
  return from && to && to < from ? { from: '', to: '' } : { from, to }
}

/** What an address asks for; words it does not know are left out, not passed on. */
export function readFilters(query: Query, knownStates: readonly string[]): Filters {
  return {
    states: all(query.state).filter((state) => knownStates.includes(state)),
    districts: all(query.district),
    unit: fitting(query.unit, UNIT),
    category: fitting(query.category, CATEGORY),
    campaign: fitting(query.campaign, CAMPAIGN),
    severity: fitting(query.severity, SEVERITY),
    overdue: one(query.overdue) === 'true',
    text: one(query.text).slice(0, 100),
    bbox: fitting(query.bbox, BBOX),
    sort: one(query.sort) === 'due' ? 'due' : 'new',
    measure: MEASURES.find((measure) => measure === one(query.measure)) ?? '',
    street: fitting(query.street, STREET),
    locality: BASES.find((basis) => basis === one(query.locality_basis)) ?? '',
    ...period(query),
    dated: DATES.find((dated) => dated === one(query.dated)) ?? NO_FILTERS.dated,
    hidden: COLUMNS.filter((column) => all(query.hide).includes(column)),
  }
}

/** The shortest query that says the same: defaults are left out. */
export function writeFilters(filters: Filters): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {}
  put(query, 'state', filters.states)
  put(query, 'district', filters.districts)
  for (const name of ['unit', 'category', 'campaign', 'severity', 'measure', 'street', 'bbox'] as const) {
    if (filters[name]) query[name] = filters[name]
  }
  if (filters.locality) query.locality_basis = filters.locality
  if (filters.from) query.from_on = filters.from
  if (filters.to) query.to_on = filters.to
  if (filters.dated !== NO_FILTERS.dated) query.dated = filters.dated
  if (filters.text.trim()) query.text = filters.text.trim()
  if (filters.overdue) query.overdue = 'true'
  if (filters.sort !== NO_FILTERS.sort) query.sort = filters.sort
  put(query, 'hide', filters.hidden)
  return query
}

function put(query: Record<string, string | string[]>, name: string, values: string[]): void {
  const [only] = values
  if (only !== undefined) query[name] = values.length === 1 ? only : values
}

/** The same as request parameters; `counts` leaves the states out, as the counts are by state. */
export function asParams(filters: Filters, purpose: 'list' | 'counts' = 'list'): URLSearchParams {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(writeFilters(filters))) {
    if (name === 'hide') continue
    if (purpose === 'counts' && (name === 'state' || name === 'sort')) continue
    for (const item of Array.isArray(value) ? value : [value]) params.append(name, item)
  }
  return params
}

const NO_NARROWING: readonly string[] = ['state', 'sort', 'hide', 'dated']

/** Whether anything but the state tabs and the order narrows the list. */
export function isNarrowed(filters: Filters): boolean {
  return Object.keys(writeFilters(filters)).some((name) => !NO_NARROWING.includes(name))
}

/** One tab pressed: alone, or added to and taken from the set when `adding`. */
export function withState(filters: Filters, state: string | null, adding = false): Filters {
  if (state === null) return { ...filters, states: [] }
  if (!adding) return { ...filters, states: [state] }
  const states = filters.states.includes(state)
    ? filters.states.filter((kept) => kept !== state)
    : [...filters.states, state]
  return { ...filters, states }
}
