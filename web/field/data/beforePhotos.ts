/** Photos from before, kept for the camera's overlay while there was a network; not evidence, and gone at sign-out. */
import { Refused, Unreachable } from '@shared/api/client'

import { asMe } from './phone'
import { currentQuota } from './quota'

const NAME = 'photos-from-before'
/** Review copies are about 0.3 MB each: the oldest go first. */
const MOST = 24

/** Of one task: the views somebody would stand in again come first. */
export const MOST_OF_ONE = 3

const address = (photoId: string): string => `/kept/photos/${photoId}`

/** Not every page may keep things: plain http, private windows. */
async function open(): Promise<Cache | null> {
  if (!('caches' in globalThis)) return null
  return caches.open(NAME).catch(() => null)
}

async function fetchNow(photoId: string): Promise<Response | null> {
  try {
    const link = await asMe((api) => api.get<{ url: string }>(`/photos/${photoId}/review`))
    const answer = await fetch(link.url)
    return answer.ok ? answer : null
  } catch (error) {
    // No network, no such photo yet, a store that answers no page: the camera works without.
    if (error instanceof Refused || error instanceof Unreachable || error instanceof TypeError) return null
    throw error
  }
}

/** Keep these for the time without a network; those that are here are not fetched again. */
export async function cacheBeforePhotos(photoIds: readonly string[]): Promise<void> {
  const cache = await open()
  if (!cache || (await currentQuota()).low) return
  for (const id of photoIds.slice(0, MOST_OF_ONE)) {
    if (await cache.match(address(id))) continue
    const answer = await fetchNow(id)
    if (!answer) return
    await cache.put(address(id), answer)
  }
  const all = await cache.keys()
  for (const old of all.slice(0, Math.max(0, all.length - MOST))) await cache.delete(old)
}

/** The bytes of one as they were kept; null when they were not. */
export async function cachedPhoto(photoId: string): Promise<Blob | null> {
  const cached = await (await open())?.match(address(photoId))
  return cached ? cached.blob() : null
}

/** The bytes of one, kept or fetched now; null when they cannot be had. */
export async function beforePhoto(photoId: string): Promise<Blob | null> {
  const cached = await (await open())?.match(address(photoId))
  const answer = cached ?? (await fetchNow(photoId))
  return answer ? answer.blob() : null
}

/** Somebody signed out: nothing of the tasks stays. */
export async function forgetBeforePhotos(): Promise<void> {
  if ('caches' in globalThis) await caches.delete(NAME)
}
