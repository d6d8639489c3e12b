import { describe, expect, it } from 'vitest'

import { isDay, periods } from './days'

describe('a day', () => {
  it('is one of the calendar, written whole', () => {
    expect(['2026-03-12', '2024-02-29', '2000-01-01'].map(isDay)).toEqual([true, true, true])
    expect(['2026-02-29', '2026-13-01', '2026-3-1', '', '20260312', '2026-03-12T00'].filter(isDay)).toEqual([])
  })
  it('half typed is none: a year begins with noughts', () => {
    expect(['0002-03-12', '0202-03-12', '1999-12-31', '2100-01-01'].filter(isDay)).toEqual([])
  })
})

describe('the usual periods', () => {
  it('end today in the city, whatever day it is elsewhere', () => {
    // 00:30 on Sunday 1 March in Shanghai.
    const found = periods(new Date('2026-02-28T16:30:00Z'))
    expect(found.today).toEqual({ from: '2026-03-01', to: '2026-03-01' })
    expect(found.week).toEqual({ from: '2026-02-23', to: '2026-03-01' })
    expect(found.month).toEqual({ from: '2026-03-01', to: '2026-03-01' })
    expect(periods(new Date('2026-02-28T15:30:00Z')).month).toEqual({ from: '2026-02-01', to: '2026-02-28' })
  })
})
