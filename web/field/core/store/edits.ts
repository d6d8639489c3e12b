/** 修改: writes an edited record over the saved one, in one transaction with its draft and its photos. */
import { editDraft, mayReplace } from '../model/edit'
import type { DraftRow, OpRow } from '../model/rows'
import type { Store, Writing } from './database'
import { DRAFT_STORES, DraftGone, useUpDraft } from './draftWrites'
import type { LocalStore } from './localStore'
import { completeReplica } from './replicaRepair'

/** The record was sent, or edited by another page, since this edit began: it stays as it is. */
export class EditTooLate extends Error {
  constructor() {
    super('the record was sent or edited meanwhile')
    this.name = 'EditTooLate'
  }
}

const STORES: Store[] = [...DRAFT_STORES, 'photo_bytes']

/** The draft in which a saved record is edited: the one that is there, or a new one under this id. */
export async function beginEdit(localStore: LocalStore, op: OpRow, draftId: string, now: number): Promise<string> {
  const existing = (await localStore.drafts(op.author)).find((draft) => draft.edits?.op_id === op.op_id)
  if (!existing) await localStore.saveDraft(editDraft(op, draftId, now))
  return existing?.draft_id ?? draftId
}

/**
 * The edited record instead of the saved one, which stands in the queue at every moment: the same op, for it was
 * never sent. Its new photos wait with it, those taken out are gone. Throws `EditTooLate`, and what `useUpDraft`
 * throws; then nothing is changed.
 */
export async function saveEdit(localStore: LocalStore, op: OpRow, draftId: string, revision: number): Promise<void> {
  const { replica } = localStore
  const declared = new Set(op.content.photos.map((photo) => photo.photo_id))
  const gone = (await localStore.photos(op.author)).filter((photo) => photo.op_id === op.op_id && !declared.has(photo.photo_id))
  await replica.drop('photo', gone.map((photo) => photo.photo_id))
  try {
    await localStore.write(STORES, (tx) => replaceOp(tx, op, draftId, revision))
  } catch (error) {
    // The photos stay, and so do their second copies.
    if (gone.length > 0) await completeReplica(localStore)
    throw error
  }
  await replica.keepOp(op)
  void replica.drop('draft', [draftId])
}

async function replaceOp(tx: Writing, op: OpRow, draftId: string, revision: number): Promise<void> {
  const [draft, current] = [await tx.objectStore('drafts').get(draftId), await tx.objectStore('ops').get(op.op_id)]
  // Sent long ago: the phone has forgotten it.
  if (draft && (!current || !mayReplace(current, draft))) throw new EditTooLate()
  await useUpDraft(tx, op, draftId, revision)
  await tx.objectStore('ops').put(op)
  const photos = tx.objectStore('photos')
  for (const photo of await photos.index('op').getAll(op.op_id)) {
    if (op.content.photos.some((one) => one.photo_id === photo.photo_id)) continue
    await photos.delete(photo.photo_id)
    await tx.objectStore('photo_bytes').delete(photo.photo_id)
  }
  for (const declaration of op.content.photos) {
    const photo = await photos.get(declaration.photo_id)
    if (!photo) throw new DraftGone()
    await photos.put({ ...photo, declaration, state: 'waiting', op_id: op.op_id, draft_id: null, entity_id: op.entity_id })
  }
}

/** An edit that came too late becomes an addition to the record: the same draft with its photos, under another kind. */
export async function turnIntoAddition(localStore: LocalStore, draftId: string, made: (draft: DraftRow, op: OpRow | null) => DraftRow): Promise<DraftRow> {
  const row = await localStore.write<DraftRow>(STORES, async (tx) => {
    const draft = await tx.objectStore('drafts').get(draftId)
    if (!draft?.edits) throw new DraftGone()
    const next = made(draft, (await tx.objectStore('ops').get(draft.edits.op_id)) ?? null)
    await tx.objectStore('drafts').put(next)
    return next
  })
  await localStore.replica.keepDraft(row)
  return row
}
