import { describe, expect, it } from 'vitest'

import { isSmall, percent, rate, shares } from './rates'

describe('rates', () => {
  it('agree with the worked example of the city', () => {
    const month = { received: 1054, filed: 996, due: 972, closed: 911, closed_on_time: 737 }
    const { filed, closed, onTime } = shares(month)
    expect(percent(closed.value)).toBe('93.72%')
    expect(percent(onTime.value)).toBe('75.82%')
    expect(percent(filed.value)).toBe('94.50%')
    expect([closed.part, closed.whole]).toEqual([911, 972])
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
