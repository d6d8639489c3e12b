/**
 * 第二份: what is not received yet, once more beside the database. Chromium throws a whole database away
 * when it takes it for damaged, and a browser that is killed can leave one so; files of the Cache Storage
 * do not share that fate. A photo or an op has its copy here before the screen calls it kept, and loses it
 * when its receipt came, never earlier.
 */
import { OpKind } from '@shared/contract/vocabulary'

import { emptyFields } from '../model/make'
import { isOpen } from '../model/rules'
import type { Ledger } from './localStore'
import type { Device, DraftRow, Meta, OpRow, PhotoRow, SessionRow } from '../model/rows'

/** The one cache that is ours; the shell's caches come and go beside it. */
export const NAME = 'inspect-twin'
/** Nothing is fetched from there: the Cache Storage wants addresses for names. */
const BASE = 'https://twin.invalid/'
/** A disk that hangs must not keep a person waiting for their second copy longer than this. */
const PATIENCE_MS = 3_000
const ROW = 'x-row'

export type Kind = 'photo' | 'op' | 'draft'
type Names = Readonly<Record<Kind, ReadonlySet<string>>>

/** What is used of a cache. */
export type Files = Pick<Cache, 'put' | 'match' | 'delete' | 'keys'>

/** Who works with this phone: with it nobody has to sign in again. */
export interface Me {
  readonly device: Device
  readonly session: SessionRow | null
  readonly names: Readonly<Record<string, string>>
}

export interface Counts {
  readonly records: number
  readonly photos: number
  readonly drafts: number
}

export const NOTHING: Counts = { records: 0, photos: 0, drafts: 0 }

/** Everything the database holds, less the photos' bytes and what the server told. */
export interface Kept {
  readonly ops: readonly OpRow[]
  readonly photos: readonly PhotoRow[]
  readonly drafts: readonly DraftRow[]
  readonly me: Me | null
}

export const twinHere = (): Twin =>
  new Twin(typeof caches === 'undefined' ? null : () => caches.open(NAME))

export class Twin {
  private last: Promise<unknown> = Promise.resolve()
  private files: Promise<Files> | null = null

  /** Without `open` there is no second place, and nothing is done. */
  constructor(private readonly open: (() => Promise<Files>) | null = null) {}

  /** False, here and below: it is not kept (now); the reason is in the console. */
  keepPhoto(row: PhotoRow, bytes: ArrayBuffer): Promise<boolean> {
    const headers = { [ROW]: encodeURIComponent(JSON.stringify(row)) }
    return this.put('photo/' + row.photo_id, new Response(bytes, { headers }))
  }

  keepOp(op: OpRow): Promise<boolean> {
    return this.keepRow('op/' + op.op_id, op)
  }

  keepDraft(draft: DraftRow): Promise<boolean> {
    return this.keepRow('draft/' + draft.draft_id, draft)
  }

  keepMe(me: Me): Promise<boolean> {
    return this.keepRow('me', me)
  }

  async drop(kind: Kind, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    await this.tried(async (files) => {
      for (const id of ids) await files.delete(`${BASE}${kind}/${id}`)
    })
  }

  async dropMe(): Promise<void> {
    await this.tried((files) => files.delete(BASE + 'me'))
  }

  /** What lies here; null where there is no second place. */
  async names(): Promise<Names | null> {
    const found = { photo: new Set<string>(), op: new Set<string>(), draft: new Set<string>() }
    const asked = await this.tried((files) => files.keys())
    if (!asked) return null
    for (const { url } of asked) {
      const [kind, id] = url.slice(BASE.length).split('/')
      if (id !== undefined && kind! in found) found[kind as Kind].add(id)
    }
    return found
  }

  async photo(id: string): Promise<{ row: PhotoRow; bytes: ArrayBuffer } | null> {
    const found = await this.tried(async (files) => {
      const file = await files.match(BASE + 'photo/' + id)
      return file && { row: JSON.parse(decodeURIComponent(file.headers.get(ROW)!)) as PhotoRow, bytes: await file.arrayBuffer() }
    })
    return found ?? null
  }

  op(id: string): Promise<OpRow | null> {
    return this.row('op/' + id)
  }

  draft(id: string): Promise<DraftRow | null> {
    return this.row('draft/' + id)
  }

  me(): Promise<Me | null> {
    return this.row('me')
  }

  private keepRow(name: string, row: unknown): Promise<boolean> {
    return this.put(name, new Response(JSON.stringify(row)))
  }

  private async put(name: string, file: Response): Promise<boolean> {
    const done = await this.tried(async (files) => {
      await files.put(BASE + name, file)
      return true
    })
    return done ?? false
  }

  private async row<T>(name: string): Promise<T | null> {
    const found = await this.tried(async (files) => (await files.match(BASE + name))?.json() as Promise<T> | undefined)
    return found ?? null
  }

  /**
   * One deed after the other, so that a slow write never comes after the removal it should precede. What
   * fails here fails nothing else: the database is the first place, and `tidy` completes the second later.
   */
  private async tried<T>(deed: (files: Files) => Promise<T>): Promise<T | undefined> {
    const { open } = this
    if (open === null) return undefined
    const done = this.last
      .then(() => (this.files ??= open()))
      .then(deed)
      .catch((error: unknown) => {
        this.files = null
        console.warn('second copy', error)
        return undefined
      })
    this.last = done
    let timer: number | ReturnType<typeof setTimeout> | undefined
    const enough = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS)
    })
    return Promise.race([done, enough]).finally(() => clearTimeout(timer))
  }
}

// --- rules ------------------------------------------------------------------------------------

/** A photo is safe elsewhere only when a receipt says `stored`; one that will never be is the person's to let go. */
export function keepsPhoto(photo: PhotoRow): boolean {
  // What the database lost or spoilt may be whole here.
  if (photo.state === 'lost') return !photo.acknowledged
  return photo.bytes_here && photo.state !== 'stored' && !(photo.state === 'rejected' && photo.acknowledged)
}

/** An op, until the server settled it and all its photos are safe: without it nobody could send them. */
export const keepsOp = (op: OpRow, photos: readonly PhotoRow[]): boolean =>
  isOpen(op) || photos.some((photo) => photo.op_id === op.op_id && keepsPhoto(photo))

/** Whether an op is what this draft was to become. */
function isOf(op: OpRow, draft: DraftRow): boolean {
  switch (draft.kind) {
    case 'observation':
      return op.entity_id === draft.draft_id
    case 'amend':
      return op.kind === OpKind.OBSERVATION_AMEND && op.entity_id === draft.record_id && op.made_at >= draft.updated_at
    case 'visit':
      return op.kind === OpKind.VISIT_RECORD && op.entity_id === draft.visit_id && op.made_at >= draft.updated_at
    case 'submit':
    case 'make_safe':
      // Another move of the same task, more time asked for, leaves the draft what it is.
      return op.content.data.move === draft.kind && op.entity_id === draft.task_id && op.made_at >= draft.updated_at
  }
}

/** The page died between saving an op and dropping the draft it came from. */
export const becameOp = (draft: DraftRow, ops: readonly OpRow[]): boolean => ops.some((op) => isOf(op, draft))

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
