/** 附近已有人报过: open cases around a record that is being made; only while there is a network, and never waited for. */
import { Refused, Unreachable } from '@shared/api/client'
import type { CaseNearby } from '@shared/api/types'
import { distance, type Spot } from '@shared/geo/distance'
import { onScopeDispose, type Ref, shallowRef, watch } from 'vue'

import { asMe } from './phone'

export interface Whereabouts extends Spot {
  readonly category: string
}

/** A fix drifts: fetched again only after some metres. */
const MOVED_M = 15
const QUIET_MS = 700
const TIMEOUT_MS = 8_000
/** After no answer: on a poor network nothing is fetched again at every fix. */
const PAUSE_MS = 20_000

/** Whether what is shown for one place still holds for another. */
export const isSameSpot = (fetchedFor: Whereabouts | null, now: Whereabouts): boolean =>
  fetchedFor !== null && fetchedFor.category === now.category && distance(fetchedFor, now) < MOVED_M

export function useCasesNearby(where: () => Whereabouts): Readonly<Ref<readonly CaseNearby[]>> {
  const cases = shallowRef<readonly CaseNearby[]>([])
  let fetchedFor: Whereabouts | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let request: AbortController | null = null
  let pausedUntil = 0

  async function ask(now: Whereabouts): Promise<void> {
    request?.abort()
    const mine = (request = new AbortController())
    fetchedFor = now
    try {
      const body = { lon: now.lon, lat: now.lat, category: now.category }
      const answer = await asMe((api) => api.post<{ items: readonly CaseNearby[] }>('/observations/around', body, { timeoutMs: TIMEOUT_MS, signal: mine.signal }))
      if (request === mine) cases.value = answer.items
    } catch (error) {
      if (!(error instanceof Unreachable) && !(error instanceof Refused)) throw error
      if (request !== mine) return
      // Without an answer nothing is known.
      cases.value = []
      fetchedFor = null
      pausedUntil = performance.now() + PAUSE_MS
    }
  }

  watch(
    where,
    (now) => {
      clearTimeout(timer)
      if (isSameSpot(fetchedFor, now) || !navigator.onLine || performance.now() < pausedUntil) return
      timer = setTimeout(() => {
        ask(now).catch((error: unknown) => console.error('nearby', error))
      }, QUIET_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    request?.abort()
    request = null
  })
  return cases
}
