/** Keeps replica and database alike: completes the replica, and puts back what the database lost. */
import { emptyFields } from '../model/make'
import type { DraftRow, Meta, OpRow, PhotoRow } from '../model/rows'
import type { LocalStore } from './localStore'
import { becameOp, type Counts, needsOpCopy, needsPhotoCopy, type DeviceProfile } from './replica'

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * Make the second place what it should be: what was received goes, what is missing is written (a version
 * that knew of no such place, a disk that was full). What the database does not know stays: that is what
 * this place is for.
 */
export async function completeReplica(localStore: LocalStore): Promise<void> {
  const { replica } = localStore
  const names = await replica.names()
  if (names === null) return
  const { ops, photos, drafts, me } = await localStore.everything()
  const received = photos.filter((photo) => !needsPhotoCopy(photo) && names.photo.has(photo.photo_id))
  const settled = ops.filter((op) => !needsOpCopy(op, photos) && names.op.has(op.op_id))
  await replica.drop('photo', received.map((photo) => photo.photo_id))
  await replica.drop('op', settled.map((op) => op.op_id))
  for (const keep of lackingHere()) if (!(await keep())) return

  /** The first that finds the storage full ends it: the next change tries again. */
  function* lackingHere(): Generator<() => Promise<boolean>> {
    if (me !== null) yield async () => isSame(await replica.me(), me) || replica.saveProfile(me)
    for (const op of ops) if (needsOpCopy(op, photos) && !names!.op.has(op.op_id)) yield () => replica.keepOp(op)
    for (const draft of drafts) if (!names!.draft.has(draft.draft_id)) yield () => replica.keepDraft(draft)
    for (const photo of photos) {
      if (needsPhotoCopy(photo) && !names!.photo.has(photo.photo_id)) yield () => copied(localStore, photo)
    }
  }
}

async function copied(localStore: LocalStore, photo: PhotoRow): Promise<boolean> {
  const bytes = await localStore.bytes(photo.photo_id)
  return bytes === null || localStore.replica.keepPhoto(photo, bytes)
}

/**
 * Put back what the database no longer has: photos first, each on the disk by itself, then in one
 * transaction everything that names them and the note for the person, so that a page killed in between
 * begins again. Null when nothing was missing.
 */
export async function restore(localStore: LocalStore, note: (restored: Counts, me: DeviceProfile | null) => Meta['vanished']): Promise<Counts | null> {
  const { replica } = localStore
  // In this order: a copy is made after its row and goes before it, so a row seen missing is lost.
  const names = await replica.names()
  if (names === null) return null
  const stored = await localStore.everything()
  const me = stored.me === null ? await replica.me() : null
  const ops = await read(lacking(names.op, stored.ops, 'op_id'), (id) => replica.op(id))
  const allOps = [...stored.ops, ...ops]
  const rows = await read(lacking(names.draft, stored.drafts, 'draft_id'), (id) => replica.draft(id))
  const [obsolete, drafts] = [rows.filter((draft) => becameOp(draft, allOps)), rows.filter((draft) => !becameOp(draft, allOps))]
  await replica.drop('draft', obsolete.map((draft) => draft.draft_id))
  const lost = lacking(names.photo, stored.photos, 'photo_id')
  let photos = 0
  for (const id of lost) {
    const copy = await replica.photo(id)
    if (!copy) continue
    const row = asOwned(copy.row, allOps)
    const existing = (draft: DraftRow): boolean => draft.draft_id === row.draft_id
    if (row.draft_id !== null && ![...stored.drafts, ...drafts].some(existing)) drafts.push(draftFor(row.draft_id, row))
    await localStore.restorePhoto(row, copy.bytes)
    photos += 1
  }
  if (ops.length + drafts.length + photos === 0 && me === null) return null
  const restored = { records: ops.length, photos, drafts: drafts.length }
  await localStore.restore(ops, drafts, me, note(restored, me))
  return restored
}

const lacking = <K extends string>(names: ReadonlySet<string>, rows: readonly Readonly<Record<K, string>>[], key: K): string[] => {
  const existing = new Set(rows.map((row) => row[key]))
  return [...names].filter((id) => !existing.has(id))
}

async function read<T>(ids: readonly string[], one: (id: string) => Promise<T | null>): Promise<T[]> {
  const rows: T[] = []
  for (const id of ids) {
    const row = await one(id)
    if (row !== null) rows.push(row)
  }
  return rows
}

/** As it was kept the photo was a draft's; the op that declares it, if there is one, says what it is now. */
function asOwned(photo: PhotoRow, ops: readonly OpRow[]): PhotoRow {
  for (const op of ops) {
    const declaration = op.content.photos.find((one) => one.photo_id === photo.photo_id)
    if (declaration) return { ...photo, declaration, state: 'waiting', op_id: op.op_id, draft_id: null, entity_id: op.entity_id }
  }
  return photo
}

/** No photo without a form in which the person finds it. */
const draftFor = (draft_id: string, { author, added_at }: PhotoRow): DraftRow => ({
  draft_id,
  author,
  kind: 'observation',
  task_id: null,
  started_at: added_at,
  updated_at: added_at,
  fields: emptyFields(),
})
