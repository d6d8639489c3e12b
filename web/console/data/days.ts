/** Days of the city as a list is narrowed by: what counts as one, and the usual periods. Pure. */
import { shanghaiDay } from '@shared/time/format'

/** The server's own bounds: a day outside is a typing error. */
export const FIRST_DAY = '2000-01-01'
export const LAST_DAY = '2099-12-31'

const DAY = 86_400_000
const SHAPE = /^\d{4}-\d{2}-\d{2}$/

/** Whether a word is a day there is, as 2026-02-30 is not. */
export function isDay(word: string): boolean {
  if (!SHAPE.test(word) || word < FIRST_DAY || word > LAST_DAY) return false
  const at = Date.parse(`${word}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(word)
}

export interface Period {
  readonly from: string
  readonly to: string
}

/** 今天, 近 7 天 and 本月 of the city, today the last day of each. */
export function periods(now: Date): Readonly<Record<'today' | 'week' | 'month', Period>> {
  const to = shanghaiDay(now)
  return {
    today: { from: to, to },
    week: { from: shanghaiDay(new Date(now.getTime() - 6 * DAY)), to },
    month: { from: `${to.slice(0, 8)}01`, to },
  }
}
