import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Dated } from '@shared/contract/vocabulary'

import { asParams, COLUMNS, isNarrowed, NO_FILTERS, readFilters, withState, writeFilters } from './filters'

const STATES = ['reported', 'handling', 'verifying', 'closed']

describe('filters in the address', () => {
  it('come back from their own query unchanged', () => {
    const word = fc.stringMatching(/^[a-z0-9一-龥]{1,8}$/)
    const filters = fc.record({
      states: fc.uniqueArray(fc.constantFrom(...STATES)),
      districts: fc.uniqueArray(word),
      unit: fc.oneof(fc.constant(''), fc.uuid()),
      category: fc.constantFrom('', 'GG', 'GG0101'),
      campaign: fc.constantFrom('', 'frontage_duty'),
      severity: fc.constantFrom('', '1', '4'),
      overdue: fc.boolean(),
      text: fc.oneof(fc.constant(''), word),
      bbox: fc.constantFrom('', '110.7,32.5,110.9,32.7'),
      sort: fc.constantFrom('due' as const, 'new' as const),
      hidden: fc.subarray([...COLUMNS]),
      measure: fc.constantFrom('' as const, 'due' as const, 'closed_on_time' as const),
      street: fc.constantFrom('', '420302003'),
      locality: fc.constantFrom('' as const, 'presumed' as const),
      from: fc.constantFrom('', '2026-02-28', '2026-03-10'),
      to: fc.constantFrom('', '2026-03-10', '2026-12-31'),
      dated: fc.constantFrom(...Object.values(Dated)),
    })
    fc.assert(
      fc.property(filters, (wanted) => {
        expect(readFilters(writeFilters(wanted), STATES)).toEqual(wanted)
      }),
    )
  })
  it('leave defaults out of the address', () => {
    expect(writeFilters({ ...NO_FILTERS })).toEqual({})
    expect(writeFilters({ ...NO_FILTERS, text: '  ' })).toEqual({})
  })
  it('drop states nobody knows and doubled values', () => {
    const read = readFilters({ state: ['reported', 'burnt', 'reported'], sort: 'sideways' }, STATES)
    expect(read.states).toEqual(['reported'])
    expect(read.sort).toBe('new')
    expect(readFilters({ severity: '9', category: "';", unit: 'x', bbox: '1,2', measure: 'all' }, STATES)).toEqual(NO_FILTERS)
  })
  it('drop days that are none, and a period that ends before it begins', () => {
    for (const from_on of ['2026-02-30', '0026-01-01', 'today', '2026-3-1']) {
      expect(readFilters({ from_on, to_on: '2026-03-10' }, STATES)).toEqual({ ...NO_FILTERS, to: '2026-03-10' })
    }
    expect(readFilters({ from_on: '2026-03-11', to_on: '2026-03-10', dated: 'someday' }, STATES)).toEqual(NO_FILTERS)
  })
  it('ask for days, and say of what', () => {
    const filters = { ...NO_FILTERS, from: '2026-03-10', to: '2026-03-11', dated: Dated.ENDED }
    expect(asParams(filters, 'counts').toString()).toBe('from_on=2026-03-10&to_on=2026-03-11&dated=ended')
  })
  it('repeat state and district as request parameters', () => {
    const filters = { ...NO_FILTERS, states: ['reported', 'handling'], districts: ['maojian', 'zhangwan'] }
    expect(asParams(filters).toString()).toBe(
      'state=reported&state=handling&district=maojian&district=zhangwan',
    )
  })
  it('ask for counts without the states and the order', () => {
    const filters = { ...NO_FILTERS, states: ['closed'], overdue: true, sort: 'due' as const }
    expect(asParams(filters, 'counts').toString()).toBe('overdue=true')
  })
})

describe('the state tabs', () => {
  it('stand alone, unless added', () => {
    const one = withState({ ...NO_FILTERS }, 'reported')
    expect(withState(one, 'closed').states).toEqual(['closed'])
    expect(withState(one, 'closed', true).states).toEqual(['reported', 'closed'])
    expect(withState(one, 'reported', true).states).toEqual([])
    expect(withState(one, null).states).toEqual([])
  })
  it('are no narrowing of their own', () => {
    expect(isNarrowed({ ...NO_FILTERS, states: ['closed'], sort: 'due' })).toBe(false)
    expect(isNarrowed({ ...NO_FILTERS, text: '井盖' })).toBe(true)
    expect(isNarrowed({ ...NO_FILTERS, to: '2026-03-10' })).toBe(true)
    expect(isNarrowed({ ...NO_FILTERS, dated: Dated.DUE })).toBe(false)
  })
})
