import { describe, expect, it } from 'vitest'

import type { Tally } from '../../api/types'
import { behind, rateOf, ROWS } from './measures'
import { isSmall, percent, rate } from './rates'

const MONTH: Tally = {
  received: 1054,
  filed: 996,
  rejected: 31,
  due: 972,
  closed: 911,
  closed_on_time: 737,
  rework: 58,
  open: 112,
  overdue: 61,
}

const measure = (name: keyof Tally) => ROWS.find((one) => one.name === name)!

describe('rates', () => {
  it('agree with the worked example of the city', () => {
    expect(percent(rateOf(measure('closed'), MONTH))).toBe('93.72%')
    expect(percent(rateOf(measure('closed_on_time'), MONTH))).toBe('75.82%')
    expect(percent(rateOf(measure('filed'), MONTH))).toBe('94.50%')
    expect(rateOf(measure('received'), MONTH)).toBeNull()
  })
  it('do not exist without a base', () => {
    expect(rate(0, 0)).toBeNull()
    expect(percent(null)).toBe('—')
    expect(percent(undefined)).toBe('—')
  })
  it('are never rounded up to a clean hundred', () => {
    expect(percent(99_999 / 100_000)).toBe('99.99%')
    expect(percent(1)).toBe('100.00%')
  })
  it('are marked where few cases make them swing', () => {
    expect(isSmall(29)).toBe(true)
    expect(isSmall(30)).toBe(false)
    expect(isSmall(0)).toBe(false)
  })
})

describe('the list behind a number', () => {
  it('is the same measure in the same district', () => {
    expect(behind(measure('closed_on_time'), 'maojian')).toMatchObject({
      measure: 'closed_on_time',
      districts: ['maojian'],
      states: [],
    })
    expect(behind(measure('due'), null).districts).toEqual([])
  })
})
