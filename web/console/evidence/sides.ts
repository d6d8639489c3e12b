/** Which photographs show the problem and which its repair, and what to be wary of. Pure. */
import { PhotoRole, PhotoSource, PhotoState } from '@shared/contract'
import type { Label } from '@shared/contract'
import type { Evidence, Task } from '@shared/wire'

export interface Round {
  /** null: the evidence the case was opened with; else the move that brought it. */
  readonly moveId: string | null
  readonly photos: readonly Evidence[]
}

/** The evidence in the order it came: opening first, then every submission. */
export function rounds(task: Task): Round[] {
  const found = new Map<string | null, Evidence[]>([[null, []]])
  for (const photo of task.evidence) {
    const round = found.get(photo.move_id) ?? []
    round.push(photo)
    found.set(photo.move_id, round)
  }
  return [...found].map(([moveId, photos]) => ({
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

const FAR_M = 50
const CLOCK_MS = 60_000

/** Earlier by more than clocks differ: a phone sends whole seconds, and its clock is its own. */
function earlier(one: string, other: string): boolean {
  return Date.parse(other) - Date.parse(one) > CLOCK_MS
}

/** Reasons to look twice at a repair photograph; hints, never verdicts. */
export function doubts(photo: Evidence, task: Task): Label[] {
  const found: Label[] = []
  if (photo.distance_m !== null && photo.distance_m > FAR_M) {
    const metres = Math.round(photo.distance_m)
    found.push({ zh: `距问题位置 ${metres} 米`, en: `${metres} m from the place` })
  }
  if (!isAfter(photo)) return found
  if (task.evidence.some((other) => !isAfter(other) && other.sha256 === photo.sha256)) {
    found.push({ zh: '与整改前照片完全相同', en: 'identical with a before photo' })
  }
  if (task.evidence.some((other) => other !== photo && isAfter(other) && other.sha256 === photo.sha256)) {
    found.push({ zh: '与另一张整改后照片相同', en: 'identical with another after photo' })
  }
  if (photo.taken_at && task.dispatched_at && earlier(photo.taken_at, task.dispatched_at)) {
    found.push({ zh: '拍摄时间早于派遣', en: 'taken before the dispatch' })
  }
  if (photo.source !== PhotoSource.SHUTTER) {
    found.push({ zh: '非现场拍摄(相册或导入)', en: 'not taken in the app' })
  }
  return found
}
