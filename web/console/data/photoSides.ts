/** Which photographs show the problem and which its repair. Pure. */
import { PhotoRole, PhotoState } from '@shared/contract/vocabulary'
import type { Evidence, Task } from '@shared/api/types'

export interface Round {
  /** null: the evidence the case was opened with; else the move that brought it. */
  readonly moveId: string | null
  readonly photos: readonly Evidence[]
}

/** The evidence in the order it came: opening first, then every submission. */
export function rounds(task: Task): Round[] {
  const sides = new Map<string | null, Evidence[]>([[null, []]])
  for (const photo of task.evidence) {
    const round = sides.get(photo.move_id) ?? []
    round.push(photo)
    sides.set(photo.move_id, round)
  }
  return [...sides].map(([moveId, photos]) => ({
    moveId,
    photos: [...photos].sort((a, b) => a.position - b.position),
  }))
}

export function isAfter(photo: Evidence): boolean {
  return photo.role === PhotoRole.AFTER
}

export interface Pair {
  readonly before: Evidence | null
  readonly after: Evidence | null
}

/** What to lay side by side first: the scene, and the newest repair — or a second look at the scene. */
export function firstPair(task: Task): Pair {
  const stages = rounds(task)
  const before = stages[0]?.photos.filter((photo) => !isAfter(photo)) ?? []
  const after = stages.flatMap((round) => (round.moveId ? round.photos : round.photos.filter(isAfter)))
  const newest = stages.at(-1)?.moveId ? stages.at(-1)?.photos[0] : after[0]
  return { before: before[0] ?? null, after: newest ?? before[1] ?? null }
}

/** Photographs that were promised and are not here: an incomplete record names them. */
export function missing(task: Task): Evidence[] {
  return task.evidence.filter((photo) => photo.state !== PhotoState.STORED)
}
