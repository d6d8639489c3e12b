/** Words for which the search found no category: sent when there is a network, best effort, without who typed them. */
import { Refused, Unreachable } from '@shared/api/client'
import { fold } from '@shared/text/fold'

import { asMe } from './phone'

const KEY = 'inspect.category-misses'
const LONGEST = 20
const MOST = 20
const SHORTEST = 2

function waiting(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter((text) => typeof text === 'string') : []
  } catch {
    // Not allowed to store anything, or another page wrote nonsense: these words are no evidence.
    return []
  }
}

function keep(texts: readonly string[]): void {
  try {
    if (texts.length === 0) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, JSON.stringify(texts))
  } catch {
    // See above.
  }
}

/** A person typed this and found nothing; digits may be a number of a telephone and stay here. */
export function noteMiss(typed: string): void {
  const text = fold(typed).replace(/\d/gu, '#').slice(0, LONGEST).trim()
  if ([...text].length < SHORTEST) return
  keep([...new Set([...waiting(), text])].slice(-MOST))
}

/** Send what waits; what does not arrive waits for the next time. */
export async function sendMisses(): Promise<void> {
  const texts = waiting()
  if (texts.length === 0) return
  try {
    await asMe((api) => api.post('/categories/misses', { texts }))
    keep(waiting().filter((text) => !texts.includes(text)))
  } catch (error) {
    if (!(error instanceof Unreachable) && !(error instanceof Refused)) throw error
    // Refused for good: the same words would be refused again.
    if (error instanceof Refused && error.status === 422) keep([])
  }
}
