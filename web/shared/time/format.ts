/** Times as people say them, always in Asia/Shanghai; pure, the clock is passed in. */
import { CITY_OFFSET_MS } from '../contract/vocabulary'
import { say } from '../i18n/language'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

// The city has no summer time: a fixed offset gives its day and time without parsing. Not by a locale: engines write
// the dates of one and the same locale differently.
const dayNumber = (at: number): number => Math.floor((at + CITY_OFFSET_MS) / DAY)
const shanghai = (at: number): string => new Date(at + CITY_OFFSET_MS).toISOString()
const clockOf = (at: Date): string => shanghai(at.getTime()).slice(11, 16)

/** 2026-02-13 in Shanghai. */
export function shanghaiDay(at: Date): string {
  return shanghai(at.getTime()).slice(0, 10)
}

/** 20260213-1630 in Shanghai: the stamp of a file's name. */
export function fileStamp(at: number): string {
  const digits = shanghai(at).replace(/[-:]/g, '')
  return `${digits.slice(0, 8)}-${digits.slice(9, 13)}`
}

/** 2026-02-13 16:30 in Shanghai: the exact form behind every spoken one. */
export function exactTime(iso: string | null | undefined): string {
  if (!iso) return ''
  const at = new Date(iso)
  return `${shanghaiDay(at)} ${clockOf(at)}`
}

/** 今天 16:30, 昨天 09:05, 2月13日 16:30, 2025年2月13日. */
export function spokenTime(iso: string | null | undefined, now: Date): string {
  if (!iso) return ''
  const at = new Date(iso)
  const clock = clockOf(at)
  const days = dayNumber(at.getTime()) - dayNumber(now.getTime())
  if (days === 0) return say(`今天 ${clock}`, `today ${clock}`)
  if (days === -1) return say(`昨天 ${clock}`, `yesterday ${clock}`)
  if (days === 1) return say(`明天 ${clock}`, `tomorrow ${clock}`)
  const date = shanghaiDay(at)
  const [year, month, day] = date.split('-').map(Number) as [number, number, number]
  if (year !== Number(shanghaiDay(now).slice(0, 4))) return say(`${year}年${month}月${day}日`, date)
  return say(`${month}月${day}日 ${clock}`, `${date.slice(5)} ${clock}`)
}

/** 3 天, 2 小时, 15 分钟: the largest unit that is not zero. */
export function spokenSpan(ms: number): string {
  const size = Math.abs(ms)
  if (size >= DAY) return say(`${Math.floor(size / DAY)} 天`, `${Math.floor(size / DAY)} d`)
  if (size >= HOUR) return say(`${Math.floor(size / HOUR)} 小时`, `${Math.floor(size / HOUR)} h`)
  return say(`${Math.max(1, Math.floor(size / MINUTE))} 分钟`, `${Math.max(1, Math.floor(size / MINUTE))} min`)
}

export type Urgency = 'calm' | 'soon' | 'over'

/** 还剩 2 小时 or 已超 1 天, and how loudly to say it. */
export function countdown(dueIso: string | null | undefined, now: Date): { words: string; urgency: Urgency } | null {
  if (!dueIso) return null
  const left = new Date(dueIso).getTime() - now.getTime()
  const span = spokenSpan(left)
  if (left < 0) return { words: say(`已超 ${span}`, `${span} overdue`), urgency: 'over' }
  return { words: say(`还剩 ${span}`, `${span} left`), urgency: left < 4 * HOUR ? 'soon' : 'calm' }
}

/** 10.7 GB, 0.4 MB, 12 KB. */
export function spokenSize(bytes: number): string {
  if (bytes >= 1_000_000_000) return `${(bytes / 1_000_000_000).toFixed(1)} GB`
  return bytes >= 100_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1000))} KB`
}
