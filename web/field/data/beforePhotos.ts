/** Photos from before 整改前, kept for the camera's overlay while there was a network; not evidence, and gone at sign-out. */
import { Refused, Unreachable } from '@shared/api/client'
import { PhotoRole } from '@shared/contract/vocabulary'
import type { Task } from '@shared/api/types'
import { shallowRef } from 'vue'

import { asMe, localStore } from './phone'
import { beforeCopies } from './photoCopies'
import { currentQuota } from './quota'
import { isToDo } from './taskOverlay'

/** Of one task: the views somebody would stand in again come first. */
export const MOST_OF_ONE = 3

/** What is kept ahead of the open tasks: how many of how many photos, and how large. */
export interface KeptAhead {
  readonly here: number
  readonly all: number
  readonly bytes: number
  readonly budget: number
}

export const keptAhead = shallowRef<KeptAhead | null>(null)

/** The photo, or why there is none: `never` for this one, `later` for all of them. */
async function fetchNow(photoId: string): Promise<Response | 'never' | 'later'> {
  try {
    const link = await asMe((api) => api.get<{ url: string }>(`/photos/${photoId}/review`))
    const answer = await fetch(link.url)
    return answer.ok ? answer : 'later'
  } catch (error) {
    // No network, no such photo yet, a store that answers no page: the camera works without.
    if (error instanceof Refused) return 'never'
    if (error instanceof Unreachable || error instanceof TypeError) return 'later'
    throw error
  }
}

/** Keep these for the time without a network; those that are here are not fetched again. */
export async function cacheBeforePhotos(photoIds: readonly string[]): Promise<void> {
  if ((await currentQuota()).low) return
  for (const id of photoIds.slice(0, MOST_OF_ONE)) {
    if (await beforeCopies.get(id)) continue
    const answer = await fetchNow(id)
    if (typeof answer === 'string') return
    await beforeCopies.put(id, answer, new Set(photoIds))
  }
}

/** Those of a task that were there before its unit did anything. */
const beforeOf = (task: Task): string[] =>
  task.evidence
    .filter((photo) => photo.role !== PhotoRole.AFTER && photo.role !== PhotoRole.ANNOTATED && photo.move_id === null)
    .slice(0, MOST_OF_ONE)
    .map((photo) => photo.photo_id ?? photo.id)

/** The photos of the open tasks, the most urgent task first. */
export function photosAhead(tasks: readonly Task[]): string[] {
  const due = (task: Task): string => task.due_at ?? '9'
  return [...new Set(tasks.filter(isToDo).sort((a, b) => (due(a) < due(b) ? -1 : 1)).flatMap(beforeOf))]
}

/**
 * Keep the photos from before of all open tasks, after a cycle: whoever stands on the spot without a network has
 * not opened the task yet. Those of tasks that are done go first; what does not fit is of the least urgent ones.
 */
export async function keepTaskPhotos(): Promise<void> {
  const wanted = photosAhead(await localStore.pulled<Task>('tasks'))
  const staying = new Set(wanted)
  const kept = await beforeCopies.sizes()
  let mayFetch = !(await currentQuota()).low
  for (const id of wanted) {
    if (!mayFetch) break
    if (kept.has(id)) continue
    const answer = await fetchNow(id)
    if (answer === 'never') continue
    mayFetch = answer !== 'later' && (await beforeCopies.put(id, answer, staying))
  }
  const sizes = await beforeCopies.sizes()
  keptAhead.value = {
    here: wanted.filter((id) => sizes.has(id)).length,
    all: wanted.length,
    bytes: [...sizes.values()].reduce((sum, one) => sum + one, 0),
    budget: beforeCopies.budget,
  }
}

/** The bytes of one as they were kept; null when they were not. */
export const cachedPhoto = (photoId: string): Promise<Blob | null> => beforeCopies.get(photoId)

/** The bytes of one, kept or fetched now; null when they cannot be had. */
export async function beforePhoto(photoId: string): Promise<Blob | null> {
  const cached = await cachedPhoto(photoId)
  if (cached) return cached
  const answer = await fetchNow(photoId)
  return typeof answer === 'string' ? null : answer.blob()
}
