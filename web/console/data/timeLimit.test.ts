import { speak } from '@shared/i18n/language'
import { exactTime, spokenTime } from '@shared/time/format'
import { afterEach, describe, expect, it } from 'vitest'

import { limitOf, type Timed } from './timeLimit'

const NOW = new Date('2026-09-30T06:30:00Z') // Wednesday 14:30 in Shanghai
const later = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000)

afterEach(() => speak('zh'))

describe('the limit of a case', () => {
  const task: Timed = { state: 'handling', due_at: '2026-09-30T08:30:00Z', submitted_at: null }

  it('runs while the unit works', () => {
    expect(limitOf(task, NOW)).toEqual({ words: '还剩 2 小时', urgency: 'soon' })
    expect(limitOf(task, later(-24))?.urgency).toBe('calm')
    expect(limitOf(task, later(26))).toEqual({ words: '已超 1 天', urgency: 'over' })
  })
  it('stops when the unit submits, however long the check takes', () => {
    const handed: Timed = { ...task, state: 'verifying', submitted_at: '2026-09-30T08:00:00Z' }
    expect(limitOf(handed, later(200))?.words).toBe('按时提交')
    const late: Timed = { ...handed, submitted_at: '2026-09-30T09:00:00Z' }
    expect(limitOf(late, NOW)).toEqual({ words: '超期提交', urgency: 'over' })
  })
  it('is silent where there is none, and paused while shelved', () => {
    expect(limitOf({ ...task, due_at: null }, NOW)).toBeNull()
    expect(limitOf({ ...task, state: 'rejected' }, NOW)).toBeNull()
    expect(limitOf({ ...task, state: 'shelved' }, NOW)?.words).toBe('计时暂停')
  })
  it('speaks English on request', () => {
    speak('en')
    expect(limitOf(task, NOW)?.words).toBe('2 h left')
  })
})

describe('moments on the console', () => {
  it('are shown by the Shanghai day', () => {
    expect(spokenTime('2026-09-30T08:30:00Z', NOW)).toBe('今天 16:30')
    expect(spokenTime('2026-09-29T15:59:59Z', NOW)).toBe('昨天 23:59')
    expect(exactTime('2026-09-30T16:00:05Z')).toBe('2026-10-01 00:00')
  })
})
