/**
 * 第二份: what is not received yet, once more beside the database. Chromium throws a whole database away
 * when it takes it for damaged, and a browser that is killed can leave one so; files of the Cache Storage
 * do not share that fate. A photo or an op has its copy here before the screen calls it kept, and loses it
 * when its receipt came, never earlier.
 */
import { OpKind } from '@shared/contract/vocabulary'

import { isOpen } from '../model/rules'
import type { Device, DraftRow, OpRow, PhotoRow, SessionRow } from '../model/rows'

/** The one cache that is ours; the shell's caches come and go beside it. */
export const NAME = 'inspect-twin'
/** Nothing is fetched from there: the Cache Storage wants addresses for names. */
const BASE = 'https://twin.invalid/'
/** A disk that hangs must not keep a person waiting for their second copy longer than this. */
const TIMEOUT_MS = 3_000
const ROW = 'x-row'

export type Kind = 'photo' | 'op' | 'draft'
type Names = Readonly<Record<Kind, ReadonlySet<string>>>

/** What is used of a cache. */
export type Files = Pick<Cache, 'put' | 'match' | 'delete' | 'keys'>

/** Who works with this phone: with it nobody has to sign in again. */
export interface DeviceProfile {
  readonly device: Device
  readonly session: SessionRow | null
  readonly names: Readonly<Record<string, string>>
}

export interface Counts {
  readonly records: number
  readonly photos: number
  readonly drafts: number
}

export const NO_COUNTS: Counts = { records: 0, photos: 0, drafts: 0 }

/** Everything the database holds, less the photos' bytes and what the server sent. */
export interface StoredRows {
  readonly ops: readonly OpRow[]
  readonly photos: readonly PhotoRow[]
  readonly drafts: readonly DraftRow[]
  readonly me: DeviceProfile | null
}

export const browserReplica = (): Replica =>
  new Replica(typeof caches === 'undefined' ? null : () => caches.open(NAME))

export class Replica {
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

  saveProfile(me: DeviceProfile): Promise<boolean> {
    return this.keepRow('me', me)
  }

  async drop(kind: Kind, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    await this.inOrder(async (files) => {
      for (const id of ids) await files.delete(`${BASE}${kind}/${id}`)
    })
  }

  async removeProfile(): Promise<void> {
    await this.inOrder((files) => files.delete(BASE + 'me'))
  }

  /** What lies here; null where there is no second place. */
  async names(): Promise<Names | null> {
    const entries = { photo: new Set<string>(), op: new Set<string>(), draft: new Set<string>() }
    const requests = await this.inOrder((files) => files.keys())
    if (!requests) return null
    for (const { url } of requests) {
      const [kind, id] = url.slice(BASE.length).split('/')
      if (id !== undefined && kind! in entries) entries[kind as Kind].add(id)
    }
    return entries
  }

  async photo(id: string): Promise<{ row: PhotoRow; bytes: ArrayBuffer } | null> {
    const entries = await this.inOrder(async (files) => {
      const file = await files.match(BASE + 'photo/' + id)
      return file && { row: JSON.parse(decodeURIComponent(file.headers.get(ROW)!)) as PhotoRow, bytes: await file.arrayBuffer() }
    })
    return entries ?? null
  }

  op(id: string): Promise<OpRow | null> {
    return this.row('op/' + id)
  }

  draft(id: string): Promise<DraftRow | null> {
    return this.row('draft/' + id)
  }

  me(): Promise<DeviceProfile | null> {
    return this.row('me')
  }

  private keepRow(name: string, row: unknown): Promise<boolean> {
    return this.put(name, new Response(JSON.stringify(row)))
  }

  private async put(name: string, file: Response): Promise<boolean> {
    const done = await this.inOrder(async (files) => {
      await files.put(BASE + name, file)
      return true
    })
    return done ?? false
  }

  private async row<T>(name: string): Promise<T | null> {
    const entries = await this.inOrder(async (files) => (await files.match(BASE + name))?.json() as Promise<T> | undefined)
    return entries ?? null
  }

  /**
   * One write after the other, so that a slow write never comes after the removal it should precede. What
   * fails here fails nothing else: the database is the first place, and `tidy` completes the second later.
   */
  private async inOrder<T>(task: (files: Files) => Promise<T>): Promise<T | undefined> {
    const { open } = this
    if (open === null) return undefined
    const done = this.last
      .then(() => (this.files ??= open()))
      .then(task)
      .catch((error: unknown) => {
        this.files = null
        console.warn('second copy', error)
        return undefined
      })
    this.last = done
    let timer: number | ReturnType<typeof setTimeout> | undefined
    const enough = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, TIMEOUT_MS)
    })
    return Promise.race([done, enough]).finally(() => clearTimeout(timer))
  }
}

// --- rules ------------------------------------------------------------------------------------

/** A photo is safe elsewhere only when a receipt says `stored`; one that will never be is the person's to let go. */
export function needsPhotoCopy(photo: PhotoRow): boolean {
  // What the database lost or spoilt may be whole here.
  if (photo.state === 'lost') return !photo.acknowledged
  return photo.bytes_here && photo.state !== 'stored' && !(photo.state === 'rejected' && photo.acknowledged)
}

/** An op, until the server settled it and all its photos are safe: without it nobody could send them. */
export const needsOpCopy = (op: OpRow, photos: readonly PhotoRow[]): boolean =>
  isOpen(op) || photos.some((photo) => photo.op_id === op.op_id && needsPhotoCopy(photo))

/** Whether an op is what this draft was to become. */
function isOf(op: OpRow, draft: DraftRow): boolean {
  if (op.edit === draft.draft_id) return true
  if (op.draft_id !== undefined) return op.draft_id === draft.draft_id
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
