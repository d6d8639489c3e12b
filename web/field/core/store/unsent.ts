/** Counts what no receipt names yet; reads IndexedDB transactions only. */
import type { IDBPTransaction } from 'idb'

import { isOpen, isUnproven } from '../model/rules'
import type { FieldSchema, Store } from './database'

type Reading = IDBPTransaction<FieldSchema, Store[], 'readonly'>

/** Records and moves not delivered, by author, without this one's. */
export async function waitingByAuthor(tx: Reading, author: string | null): Promise<ReadonlyMap<string, number>> {
  const waiting = new Map<string, Set<string>>()
  const left = (by: string, op: string): void => {
    if (by === author) return
    waiting.set(by, (waiting.get(by) ?? new Set()).add(op))
  }
  for (const op of await tx.objectStore('ops').getAll()) if (isOpen(op)) left(op.author, op.op_id)
  for (const photo of await tx.objectStore('photos').getAll()) {
    if (photo.op_id !== null && isUnproven(photo)) left(photo.author, photo.op_id)
  }
  return new Map([...waiting].map(([by, ops]) => [by, ops.size]))
}

/** Everything that would be lost with the database, of all people who use it. */
export async function countUnsent(tx: Reading): Promise<{ records: number; photos: number; drafts: number }> {
  const ops = (await tx.objectStore('ops').getAll()).filter(isOpen)
  const photos = (await tx.objectStore('photos').getAll()).filter((photo) => photo.state === 'held' || isUnproven(photo))
  const held = new Set(photos.map((photo) => photo.draft_id))
  // A draft nobody put anything into is no loss.
  const drafts = (await tx.objectStore('drafts').getAll()).filter(
    (draft) => held.has(draft.draft_id) || draft.fields.note !== '' || draft.fields.category !== null,
  )
  return { records: ops.length, photos: photos.length, drafts: drafts.length }
}
