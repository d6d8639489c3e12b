import { describe, expect, it } from 'vitest'

import { Measure, TrendGroup } from '@shared/contract/vocabulary'

import { NO_FILTERS } from '../../data/filters'
import type { TrendDay } from '../../api/types'
import { asTrendParams, listOfDay, listOfDays, listOfGroup, readQuestion, rollingRates, statesOf, writeQuestion } from './trends'

const day = (closed_on_time: number, due: number): TrendDay => ({
  on: '2026-03-12',
  reported: 0,
  closed: 0,
  closed_on_time,
  due,
  overdue: 0,
})

describe('the address of the trends', () => {
  it('says what was chosen, and nothing that goes without saying', () => {
    const chosen = { days: 90, by: TrendGroup.CATEGORY, of: 'MQ0201' } as const
    expect(readQuestion(writeQuestion(chosen))).toEqual(chosen)
    expect(writeQuestion(readQuestion({}))).toEqual({})
  })
  it('that was mistyped shows the usual', () => {
    expect(readQuestion({ days: '7', by: 'weather', of: '%' })).toEqual({ days: 30, by: 'district', of: '' })
  })
  it('narrows by the group that is looked at alone', () => {
    expect(asTrendParams({ days: 30, by: TrendGroup.UNIT, of: 'u1' }).get('unit')).toBe('u1')
    expect(asTrendParams({ days: 30, by: TrendGroup.UNIT, of: '-' }).has('unit')).toBe(false)
  })
})

describe('the rate of a stretch', () => {
  it('is of all its days together, and none where nothing was due', () => {
    expect(rollingRates([day(0, 0), day(1, 1), day(0, 3)], 2)).toEqual([null, 1, 0.25])
  })
  it('forgets what lies before the stretch', () => {
    expect(rollingRates([day(1, 1), day(0, 0), day(0, 1)], 2)).toEqual([1, 1, 0])
  })
})

describe('the list behind a group', () => {
  it('is of that group and that measure', () => {
    expect(listOfGroup(TrendGroup.CATEGORY, 'MQ0201', Measure.OPEN)).toMatchObject({
      category: 'MQ0201',
      measure: 'open',
      districts: [],
      unit: '',
    })
    expect(listOfGroup(TrendGroup.DISTRICT, '-', Measure.OVERDUE)).toMatchObject({ districts: ['-'], sort: 'due' })
  })
  it('does not exist for cases without a unit', () => {
    expect(listOfGroup(TrendGroup.UNIT, '-', Measure.OPEN)).toBeNull()
  })
})

describe('the list behind a number of some days', () => {
  const day = '2026-03-12'
  it('is of the day a case came or ended, and of the same measure', () => {
    const all = { days: 30, by: TrendGroup.UNIT, of: '' } as const
    const [reported, closed] = [listOfDay(all, 'reported', day), listOfDay(all, 'closed', day)]
    expect(reported).toEqual({ ...NO_FILTERS, dated: 'opened', measure: 'received', from: day, to: day })
    expect(closed).toEqual({ ...NO_FILTERS, dated: 'ended', measure: 'closed', from: day, to: day })
  })
  it('is of the group that is looked at alone', () => {
    expect(listOfDay({ days: 30, by: TrendGroup.DISTRICT, of: '-' }, 'closed', day).districts).toEqual(['-'])
    expect(listOfDay({ days: 30, by: TrendGroup.UNIT, of: 'u1' }, 'closed', day).unit).toBe('u1')
    // Nobody's cases cannot be asked for: the days are those of everybody.
    expect(listOfDay({ days: 30, by: TrendGroup.UNIT, of: '-' }, 'closed', day).unit).toBe('')
  })
  it('is of a whole period for a group', () => {
    const span = { from: '2026-03-01', to: day }
    expect(listOfDays(TrendGroup.CATEGORY, 'MQ0201', 'reported', span)).toMatchObject({ category: 'MQ0201', ...span })
    expect(listOfDays(TrendGroup.UNIT, '-', 'reported', span)).toBeNull()
  })
})

describe('states', () => {
  it('are summed over districts', () => {
    expect(statesOf([{ states: { closed: 2 } }, { states: { closed: 1, filed: 4 } }])).toEqual({ closed: 3, filed: 4 })
  })
})
