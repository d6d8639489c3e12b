/**
 * Writes of drafts that several pages may have open at once: each compares what is on the disk with what its
 * page knew, in one transaction. A draft is used up by the save that makes an op of it.
 */
import { OpKind } from '@shared/contract/vocabulary'

import type { DraftFields, DraftRow, OpRow, PhotoRow } from '../model/rows'
import type { Store, Writing } from './database'

/** What is to be saved is saved: by another page, or by this one before it failed. */
export class SavedElsewhere extends Error {
  constructor(readonly op: OpRow) {
    super(`already saved as ${op.op_id}`)
    this.name = 'SavedElsewhere'
  }
}

/** The draft is not on the phone any more and became nothing: another page threw it away. */
export class DraftGone extends Error {
  constructor() {
    super('the draft is gone')
    this.name = 'DraftGone'
  }
}

/** Another page put something into the draft that this one has not shown yet. */
export class DraftChanged extends Error {
  constructor() {
    super('the draft was changed by another page')
    this.name = 'DraftChanged'
  }
}

export const isGone = (error: unknown): error is SavedElsewhere | DraftGone => error instanceof SavedElsewhere || error instanceof DraftGone

/** The tables a draft and what becomes of it are in. */
export const DRAFT_STORES: Store[] = ['drafts', 'ops', 'photos']

/** Why a draft of this person is no longer there. */
export function whyGone(ops: readonly OpRow[], draftId: string): SavedElsewhere | DraftGone {
  const saved = ops.find((op) => op.draft_id === draftId || op.edit === draftId || (op.kind === OpKind.OBSERVATION_CREATE && op.entity_id === draftId))
  return saved ? new SavedElsewhere(saved) : new DraftGone()
}

async function rowOf(tx: Writing, author: string, draftId: string): Promise<DraftRow> {
  const row = await tx.objectStore('drafts').get(draftId)
  if (row) return row
  throw whyGone(await tx.objectStore('ops').index('author').getAll(author), draftId)
}

/** Both texts stay when two pages wrote over the same one. */
function bothTexts(mine: string, theirs: string): string {
  if (mine.includes(theirs)) return mine
  return theirs.includes(mine) ? theirs : `${theirs}\n${mine}`
}

export const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one ?? null) === JSON.stringify(other ?? null)

/** Field by field: what this page changed since `base`, else what is on the disk. */
export function mergedFields(base: DraftFields, mine: DraftFields, theirs: DraftFields): DraftFields {
  const merged: Record<string, unknown> = { ...theirs }
  for (const name of Object.keys(mine) as (keyof DraftFields)[]) {
    if (isSame(mine[name], base[name])) continue
    const isText = name === 'note' || name === 'address'
    merged[name] = isText && theirs[name] !== base[name] ? bothTexts(mine[name], theirs[name]) : mine[name]
  }
  return merged as unknown as DraftFields
}

/** Write what a page changed since `base` over its draft. Throws `SavedElsewhere`, `DraftGone`. */
export async function updateDraft(tx: Writing, draft: DraftRow, base: DraftFields): Promise<DraftRow> {
  const row = await rowOf(tx, draft.author, draft.draft_id)
  const fields = mergedFields(base, draft.fields, row.fields)
  // Also a revision: it never stands still, whatever the clock does.
  const next = { ...draft, fields, updated_at: Math.max(draft.updated_at, row.updated_at + 1) }
  await tx.objectStore('drafts').put(next)
  return next
}

/** Put a photo into a draft that is still one. Throws `SavedElsewhere`, `DraftGone`. */
export async function putHeldPhoto(tx: Writing, photo: PhotoRow, bytes: ArrayBuffer): Promise<void> {
  if (photo.draft_id !== null) await rowOf(tx, photo.author, photo.draft_id)
  await tx.objectStore('photos').put(photo)
  await tx.objectStore('photo_bytes').put({ photo_id: photo.photo_id, bytes })
}

/** Throw a draft away with its photos. With `untouched`: only if it is still of this revision, and has no photo. */
export async function deleteDraft(tx: Writing, id: string, untouched: number | null): Promise<boolean> {
  const photos = await tx.objectStore('photos').index('draft').getAllKeys(id)
  if (untouched !== null) {
    const row = await tx.objectStore('drafts').get(id)
    if (photos.length > 0 || row?.updated_at !== untouched) return false
  }
  for (const photo of photos) {
    await tx.objectStore('photos').delete(photo)
    await tx.objectStore('photo_bytes').delete(photo)
  }
  await tx.objectStore('drafts').delete(id)
  return true
}

/**
 * Use a draft up for this op. Throws `SavedElsewhere`, `DraftGone`, and `DraftChanged` when it holds a photo the
 * op does not declare or is of another revision than the page knew.
 */
export async function useUpDraft(tx: Writing, op: OpRow, draftId: string, revision: number | null): Promise<void> {
  const row = await rowOf(tx, op.author, draftId)
  const declared = new Set(op.content.photos.map((photo) => photo.photo_id))
  const held = await tx.objectStore('photos').index('draft').getAllKeys(draftId)
  if (held.some((id) => !declared.has(id)) || (revision !== null && row.updated_at !== revision)) throw new DraftChanged()
  await tx.objectStore('drafts').delete(draftId)
}

const isRefused = (op: OpRow): boolean => op.state === 'conflict' || op.state === 'quarantined'

/** Whether the second would be the same step once more: the server applies one of them. A record has its draft for that. */
function isSameStep(one: OpRow, other: OpRow): boolean {
  if (one.kind !== other.kind || one.entity_id !== other.entity_id) return false
  switch (one.kind) {
    case OpKind.VISIT_RECORD:
      return true
    case OpKind.OBSERVATION_WITHDRAW:
      return one.content.base_version === other.content.base_version
    case OpKind.TASK_MOVE:
      return one.content.base_version === other.content.base_version && one.content.data.move === other.content.data.move
    default:
      return false
  }
}

/** Throws `SavedElsewhere` when the same step is on this phone and the server did not refuse it. */
export async function refuseSecond(tx: Writing, op: OpRow): Promise<void> {
  if (op.kind === OpKind.OBSERVATION_CREATE) return
  const ops = await tx.objectStore('ops').index('author').getAll(op.author)
  const first = ops.find((one) => isSameStep(one, op) && !isRefused(one))
  if (first) throw new SavedElsewhere(first)
}
