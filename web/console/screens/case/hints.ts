/** Hints 筛查提示 as the console shows them: their sign, their weight, and which photos to compare. Pure. */
import { HintLevel } from '@shared/contract/vocabulary'
import type { IconName } from '@shared/ui/icons'
import type { Evidence, Hint, Task } from '@shared/api/types'

/** Sign and colour of a level; the word is in the contract. */
export const MARKS: Readonly<Record<HintLevel, { readonly icon: IconName; readonly tone: 'bad' | 'warn' | '' }>> = {
  [HintLevel.DANGER]: { icon: 'stop', tone: 'bad' },
  [HintLevel.WARNING]: { icon: 'alert', tone: 'warn' },
  [HintLevel.INFO]: { icon: 'info', tone: '' },
}

/** Hints that say the same of several photos, as one line. */
export interface HintGroup {
  readonly hint: Hint
  readonly hints: readonly Hint[]
  readonly count: number
}

/** Like hints merged: same kind, same words. The order is that of the first of each. */
export function grouped(hints: readonly Hint[]): readonly HintGroup[] {
  const groups = new Map<string, Hint[]>()
  for (const hint of hints) {
    const key = `${hint.kind} ${hint.text}`
    groups.set(key, [...(groups.get(key) ?? []), hint])
  }
  return [...groups.values()].map((alike) => ({ hint: alike[0]!, hints: alike, count: alike.length }))
}

export interface Look {
  readonly left: Evidence | null
  readonly right: Evidence | null
  /** The other case the left photo belongs to. */
  readonly caseId: string | null
}

/** The photo in question right, and left the one it is like, be it of this case or of another. */
export function lookAt(hint: Hint, task: Task): Look | null {
  const photo = task.evidence.find((one) => one.photo_id === hint.photo_id)
  if (!photo) return null
  if (hint.other_photo_id === null) return { left: null, right: photo, caseId: null }
  const own = task.evidence.find((one) => one.photo_id === hint.other_photo_id)
  return { left: own ?? elsewhere(photo, hint.other_photo_id), right: photo, caseId: own ? null : hint.other_task_id }
}

/** A photo of another case: all that is known of it here is its id, and that it has a review copy. */
function elsewhere(like: Evidence, photoId: string): Evidence {
  return {
    ...like,
    id: photoId,
    photo_id: photoId,
    taken_at: null,
    place: null,
    distance_m: null,
    move_id: null,
    state: 'stored',
    derivative: 'ready',
  }
}
