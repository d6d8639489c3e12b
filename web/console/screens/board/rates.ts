/** The board's arithmetic: a rate is never shown without its counts (PITFALLS 40). Pure. */

/** 93.72 % from 911 of 972; null when there is nothing to divide by. */
export function rate(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null
}

/** 93.72%, or — where no rate exists; never rounded up to 100 % while something is missing. */
export function percent(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '—'
  const shown = (value * 100).toFixed(2)
  if (value < 1 && shown === '100.00') return '99.99%'
  return `${shown}%`
}

/** Below this many cases a rate swings with every single one, and the board says so. */
export const SMALL = 30

export function isSmall(whole: number): boolean {
  return whole > 0 && whole < SMALL
}
