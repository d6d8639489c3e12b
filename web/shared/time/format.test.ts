/** Times as people say them, in Shanghai whatever the machine's zone. */
import { describe, expect, test } from 'vitest'

import { countdown, exactTime, spokenSize, spokenTime } from './format'

const NOW = new Date('2026-04-01T08:30:00Z') // 16:30 in Shanghai

describe('spokenTime', () => {
  test.each([
    ['2026-04-01T01:05:00Z', '今天 09:05'],
    ['2026-03-31T15:59:59Z', '昨天 23:59'],
    ['2026-03-31T16:00:00Z', '今天 00:00'],
    ['2026-04-02T08:30:00Z', '明天 16:30'],
    ['2026-02-13T08:30:00Z', '2月13日 16:30'],
    ['2025-12-31T16:00:00Z', '1月1日 00:00'],
    ['2025-12-31T15:59:00Z', '2025年12月31日'],
  ])('%s is %s', (iso, words) => {
    expect(spokenTime(iso, NOW)).toBe(words)
  })
})

describe('countdown', () => {
  test.each([
    ['2026-04-01T10:30:00Z', '还剩 2 小时', 'soon'],
    ['2026-04-03T09:00:00Z', '还剩 2 天', 'calm'],
    ['2026-03-31T08:00:00Z', '已超 1 天', 'over'],
    ['2026-04-01T08:29:30Z', '已超 1 分钟', 'over'],
  ])('%s is %s', (iso, words, urgency) => {
    expect(countdown(iso, NOW)).toEqual({ words, urgency })
  })
})

test('the exact time is the Shanghai one', () => {
  expect(exactTime('2026-03-31T16:00:00Z')).toBe('2026-04-01 00:00')
})

test('sizes are said in KB and MB', () => {
  expect([400, 73_000, 1_234_567, 10_737_900_000].map(spokenSize)).toEqual(['1 KB', '73 KB', '1.2 MB', '10.7 GB'])
})
