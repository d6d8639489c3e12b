/** Keeps replica and database alike: completes the replica, and puts back what the database lost. */
import { emptyFields } from '../model/make'
import type { DraftRow, Meta, OpRow, PhotoRow } from '../model/rows'
import type { Ledger } from './localStore'
import { becameOp, type Counts, keepsOp, keepsPhoto, type Me } from './replica'

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * Make the second place what it should be: what was received goes, what is missing is written (a version
 * that knew of no such place, a disk that was full). What the database does not know stays: that is what
 * this place is for.
 */
export async function tidy(ledger: Ledger): Promise<void> {
  const { twin } = ledger
  const there = await twin.names()
  if (there === null) return
  const { ops, photos, drafts, me } = await ledger.everything()
  const received = photos.filter((photo) => !keepsPhoto(photo) && there.photo.has(photo.photo_id))
  const settled = ops.filter((op) => !keepsOp(op, photos) && there.op.has(op.op_id))
  await twin.drop('photo', received.map((photo) => photo.photo_id))
  await twin.drop('op', settled.map((op) => op.op_id))
  for (const keep of lackingHere()) if (!(await keep())) return

  /** The first that finds no room ends it: the next change tries again. */
  function* lackingHere(): Generator<() => Promise<boolean>> {
    if (me !== null) yield async () => isSame(await twin.me(), me) || twin.keepMe(me)
    for (const op of ops) if (keepsOp(op, photos) && !there!.op.has(op.op_id)) yield () => twin.keepOp(op)
    for (const draft of drafts) if (!there!.draft.has(draft.draft_id)) yield () => twin.keepDraft(draft)
    for (const photo of photos) {
      if (keepsPhoto(photo) && !there!.photo.has(photo.photo_id)) yield () => copied(ledger, photo)
    }
  }
}

async function copied(ledger: Ledger, photo: PhotoRow): Promise<boolean> {
  const bytes = await ledger.bytes(photo.photo_id)
  return bytes === null || ledger.twin.keepPhoto(photo, bytes)
}

/**
 * Put back what the database no longer has: photos first, each on the disk by itself, then in one
 * transaction everything that names them and the note for the person, so that a page killed in between
 * begins again. Null when nothing was missing.
 */
export async function putBack(ledger: Ledger, note: (back: Counts, me: Me | null) => Meta['vanished']): Promise<Counts | null> {
  const { twin } = ledger
  // In this order: a copy is made after its row and goes before it, so a row seen missing is lost.
  const there = await twin.names()
  if (there === null) return null
  const kept = await ledger.everything()
  const me = kept.me === null ? await twin.me() : null
  const ops = await read(lacking(there.op, kept.ops, 'op_id'), (id) => twin.op(id))
  const allOps = [...kept.ops, ...ops]
  const found = await read(lacking(there.draft, kept.drafts, 'draft_id'), (id) => twin.draft(id))
  const [done, drafts] = [found.filter((draft) => becameOp(draft, allOps)), found.filter((draft) => !becameOp(draft, allOps))]
  await twin.drop('draft', done.map((draft) => draft.draft_id))
  const lost = lacking(there.photo, kept.photos, 'photo_id')
  let photos = 0
  for (const id of lost) {
    const copy = await twin.photo(id)
    if (!copy) continue
    const row = asOwned(copy.row, allOps)
    const known = (draft: DraftRow): boolean => draft.draft_id === row.draft_id
    if (row.draft_id !== null && ![...kept.drafts, ...drafts].some(known)) drafts.push(draftFor(row.draft_id, row))
    await ledger.putBackPhoto(row, copy.bytes)
    photos += 1
  }
  if (ops.length + drafts.length + photos === 0 && me === null) return null
  const back = { records: ops.length, photos, drafts: drafts.length }
  await ledger.putBack(ops, drafts, me, note(back, me))
  return back
}

const lacking = <K extends string>(there: ReadonlySet<string>, rows: readonly Readonly<Record<K, string>>[], key: K): string[] => {
  const known = new Set(rows.map((row) => row[key]))
  return [...there].filter((id) => !known.has(id))
}

async function read<T>(ids: readonly string[], one: (id: string) => Promise<T | null>): Promise<T[]> {
  const found: T[] = []
  for (const id of ids) {
    const row = await one(id)
    if (row !== null) found.push(row)
  }
  return found
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
