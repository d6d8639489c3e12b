/** Everything the phone keeps, as reads and writes of IndexedDB; no network, no screen. */
import type { Person } from '@shared/api/types'

import { sha256 } from '../model/canonical'
import { type Database, PULLED_STORES, type PulledStore, StorageFull, type Store } from './database'
import * as draftWrites from './draftWrites'
import type { Device, DraftFields, DraftRow, Declaration, Exchange, Meta, OpRow, PhotoRow, PulledRow, PullPosition, SessionRow } from '../model/rows'
import { freeOldestReceived, freeSettled } from './freeing'
import { countUnsent, waitingByAuthor } from './unsent'
import { type PulledPage, START, writePage } from './pulledPage'
import { type StoredRows, type DeviceProfile, Replica } from './replica'

/** Cleared when another person signs in; what all share stays and serves offline at once. */
const PERSONAL: readonly PulledStore[] = ['records', 'tasks', 'notices', 'visits', 'past_tasks']
/** So many bytes of received photos go at once when a write finds the storage full. */
const FREED_AT_ONCE = 4 * 1024 * 1024

/** The bytes on the disk are not those that were handed over. */
export class NotStored extends Error {
  constructor() {
    super('the stored bytes differ from what was to be stored')
    this.name = 'NotStored'
  }
}

export interface WriteEvent {
  readonly stores: readonly Store[]
}

export class LocalStore {
  constructor(
    readonly db: Database,
    /** Called after each write with the tables it touched. */
    private readonly tell: (touched: WriteEvent) => void = () => undefined,
    /** The second place of what is not received yet; none unless one is given. */
    readonly replica = new Replica(),
  ) {}

  /** For the modules beside this one: a transaction that all pages hear of. */
  async write<T>(stores: Store[], work: Parameters<Database['write']>[1], touched: readonly Store[] = stores): Promise<T> {
    const result = (await this.db.write(stores, work).catch(async (error: unknown) => {
      // Storage full: received photos go before anything is refused, words least of all.
      if (!(error instanceof StorageFull) || (await this.freeReceived(FREED_AT_ONCE)) === 0) throw error
      return this.db.write(stores, work)
    })) as T
    this.tell({ stores: touched })
    return result
  }

  // --- named values -------------------------------------------------------------------------

  async meta<K extends keyof Meta>(name: K): Promise<Meta[K] | null> {
    return this.db.read(['meta'], async (tx) => ((await tx.objectStore('meta').get(name)) as Meta[K] | undefined) ?? null)
  }

  async setMeta<K extends keyof Meta>(name: K, value: Meta[K]): Promise<void> {
    await this.write(['meta'], (tx) => tx.objectStore('meta').put(value, name))
  }

  /** This phone's own id, made on the first call and kept. */
  async device(make: () => Device): Promise<Device> {
    return this.write<Device>(['meta'], async (tx) => {
      const kept = (await tx.objectStore('meta').get('device')) as Device | undefined
      if (kept) return kept
      const result = make()
      await tx.objectStore('meta').put(result, 'device')
      return result
    })
  }

  /** What an answer showed: the clocks, and what a backup holds. */
  async learn(exchange: Exchange, backedUpTo: string | null): Promise<void> {
    await this.write(['meta'], async (tx) => {
      await tx.objectStore('meta').put(exchange, 'exchange')
      await tx.objectStore('meta').put(backedUpTo, 'backed_up_to')
    })
  }

  /** The server's generation that settled this person's rows; null before the first answer of all. */
  async epochOf(author: string): Promise<string | null> {
    return this.db.read(['meta'], async (tx) => {
      const epochs = ((await tx.objectStore('meta').get('epochs')) as Meta['epochs'] | undefined) ?? {}
      return epochs[author] ?? ((await tx.objectStore('meta').get('epoch')) as string | undefined) ?? null
    })
  }

  // --- session ------------------------------------------------------------------------------

  async session(): Promise<SessionRow | null> {
    return this.db.read(['session'], async (tx) => (await tx.objectStore('session').get('current')) ?? null)
  }

  /** A person signs in. Another person's pulled rows go; unsent rows of anybody stay, bound to their author. */
  async signIn(session: SessionRow): Promise<void> {
    await this.write(['session', 'meta', ...PULLED_STORES], async (tx) => {
      const meta = tx.objectStore('meta')
      if ((await meta.get('pulled_for')) !== session.person.id) {
        for (const name of PERSONAL) await tx.objectStore(name).clear()
        const old = ((await meta.get('position')) as PullPosition | undefined) ?? START
        await meta.put({ ...START, pulled: old.pulled }, 'position')
        await meta.put(session.person.id, 'pulled_for')
        await meta.delete('pulled_at')
      }
      const names = ((await meta.get('names')) as Meta['names'] | undefined) ?? {}
      await meta.put({ ...names, [session.person.id]: session.person.name }, 'names')
      await tx.objectStore('session').put(session, 'current')
    })
  }

  /** New tokens, or a new password, of the person who is signed in; one who left meanwhile is not signed in again. */
  async renew(changes: Partial<Omit<SessionRow, 'person' | 'signed_in_at'>>, person: Person): Promise<void> {
    await this.write(['session'], async (tx) => {
      const current = await tx.objectStore('session').get('current')
      if (current?.person.id === person.id) await tx.objectStore('session').put({ ...current, ...changes, person }, 'current')
    })
  }

  /** Sign out: the session and the personal copies go, unsent rows stay. */
  async signOut(): Promise<void> {
    // First there: nobody who left comes back with a restored database.
    await this.replica.removeProfile()
    await this.write(['session', 'meta', ...PULLED_STORES], async (tx) => {
      await tx.objectStore('session').delete('current')
      for (const name of PERSONAL) await tx.objectStore(name).clear()
      const old = ((await tx.objectStore('meta').get('position')) as PullPosition | undefined) ?? START
      await tx.objectStore('meta').put({ ...START, pulled: old.pulled }, 'position')
      await tx.objectStore('meta').delete('pulled_for')
    })
  }

  // --- drafts and photos --------------------------------------------------------------------

  async draft(id: string): Promise<DraftRow | null> {
    return this.db.read(['drafts'], async (tx) => (await tx.objectStore('drafts').get(id)) ?? null)
  }

  async drafts(author: string): Promise<DraftRow[]> {
    return this.db.read(['drafts'], (tx) => tx.objectStore('drafts').index('author').getAll(author))
  }

  /** Why this draft is not there: another page saved it, or threw it away. */
  async whyGone(author: string, draftId: string): Promise<draftWrites.SavedElsewhere | draftWrites.DraftGone> {
    return draftWrites.whyGone(await this.ops(author), draftId)
  }

  /** Begin a draft. */
  async saveDraft(draft: DraftRow): Promise<void> {
    await Promise.all([this.write(['drafts'], (tx) => tx.objectStore('drafts').put(draft)), this.replica.keepDraft(draft)])
  }

  /** Write over a draft what changed since `base`; returns it with what other pages wrote. Throws as `updateDraft`. */
  async changeDraft(draft: DraftRow, base: DraftFields): Promise<DraftRow> {
    const row = await this.write<DraftRow>(draftWrites.DRAFT_STORES, (tx) => draftWrites.updateDraft(tx, draft, base), ['drafts'])
    // After the database: a draft that is used up gets no second copy any more.
    await this.replica.keepDraft(row)
    return row
  }

  /** Throw an unfinished draft away, with its photos, at the request of the person. */
  async discardDraft(id: string): Promise<void> {
    const photos = (await this.draftPhotos(id)).map((photo) => photo.photo_id)
    // The second copy goes first, here and wherever a row is deleted: what only it knows would come back.
    await this.replica.drop('photo', photos)
    await this.replica.drop('draft', [id])
    await this.write(['drafts', 'photos', 'photo_bytes'], (tx) => draftWrites.deleteDraft(tx, id, null))
  }

  /** Throw a draft away into which nothing was put, unless another page has put something in meanwhile. */
  async discardBlank(id: string, revision: number): Promise<void> {
    const gone = await this.write<boolean>(['drafts', 'photos', 'photo_bytes'], (tx) => draftWrites.deleteDraft(tx, id, revision))
    if (gone) await this.replica.drop('draft', [id])
  }

  /** Keep a photo of a draft; it is kept when this returns, read back and hashed. Throws as `putHeldPhoto`. */
  async addPhoto(photo: PhotoRow, bytes: ArrayBuffer): Promise<void> {
    // The queue is none of a draft's business: it would read itself anew after every shot.
    const stored = this.write([...draftWrites.DRAFT_STORES, 'photo_bytes'], (tx) => draftWrites.putHeldPhoto(tx, photo, bytes), ['photo_bytes'])
    const results = await Promise.allSettled([stored, this.replica.keepPhoto(photo, bytes)])
    if (results[0].status === 'rejected') {
      // Its copy would come back as a photo of a draft that is none.
      if (draftWrites.isGone(results[0].reason)) await this.replica.drop('photo', [photo.photo_id])
      throw results[0].reason
    }
    const kept = await this.bytes(photo.photo_id)
    if (kept === null || (await sha256(kept)) !== photo.declaration.sha256) {
      await this.removeHeldPhoto(photo.photo_id)
      throw new NotStored()
    }
  }

  /** Take a photo out of a draft; one that belongs to a saved record stays. */
  async removeHeldPhoto(id: string): Promise<void> {
    const row = await this.db.read(['photos'], (tx) => tx.objectStore('photos').get(id))
    if (row?.state !== 'held') return
    await this.replica.drop('photo', [id])
    await this.write(['photos', 'photo_bytes'], async (tx) => {
      const photo = await tx.objectStore('photos').get(id)
      if (photo?.state !== 'held') return
      await tx.objectStore('photos').delete(id)
      await tx.objectStore('photo_bytes').delete(id)
    })
  }

  /** Say of a held photo what it shows (全景, 近景, 整改后…). */
  async setRole(id: string, role: Declaration['role']): Promise<void> {
    await this.write(['photos'], async (tx) => {
      const photo = await tx.objectStore('photos').get(id)
      if (photo?.state !== 'held') return
      await tx.objectStore('photos').put({ ...photo, declaration: { ...photo.declaration, role } })
    })
  }

  async draftPhotos(draftId: string): Promise<PhotoRow[]> {
    const rows = await this.db.read(['photos'], (tx) => tx.objectStore('photos').index('draft').getAll(draftId))
    return rows.sort((a, b) => a.added_at - b.added_at)
  }

  async bytes(photoId: string): Promise<ArrayBuffer | null> {
    return this.db.read(['photo_bytes'], async (tx) => (await tx.objectStore('photo_bytes').get(photoId))?.bytes ?? null)
  }

  /**
   * Save: the draft becomes an op in one transaction, with the photos it declares, and once. `revision` is that of
   * the draft as the person saw it. Throws `SavedElsewhere`, `DraftGone`, `DraftChanged`, `NotStored`.
   */
  async saveOp(op: OpRow, draftId: string | null, revision: number | null = null): Promise<void> {
    const row = draftId === null ? op : { ...op, draft_id: draftId }
    await this.write(draftWrites.DRAFT_STORES, async (tx) => {
      if (draftId !== null) await draftWrites.useUpDraft(tx, op, draftId, revision)
      await draftWrites.refuseSecond(tx, op)
      await tx.objectStore('ops').add(row)
      for (const { photo_id } of op.content.photos) {
        const photo = await tx.objectStore('photos').get(photo_id)
        if (!photo) throw new NotStored()
        await tx.objectStore('photos').put({ ...photo, state: 'waiting', op_id: op.op_id, draft_id: null, entity_id: op.entity_id })
      }
    })
    const kept = await this.op(op.op_id)
    if (!kept) throw new NotStored()
    // After the database: whoever finds a copy without its row knows that the row is lost.
    await this.replica.keepOp(row)
    if (draftId !== null) void this.replica.drop('draft', [draftId])
  }

  // --- the queue ----------------------------------------------------------------------------

  async op(id: string): Promise<OpRow | null> {
    return this.db.read(['ops'], async (tx) => (await tx.objectStore('ops').get(id)) ?? null)
  }

  async ops(author: string): Promise<OpRow[]> {
    return this.db.read(['ops'], (tx) => tx.objectStore('ops').index('author').getAll(author))
  }

  async photos(author: string): Promise<PhotoRow[]> {
    return this.db.read(['photos'], (tx) => tx.objectStore('photos').index('author').getAll(author))
  }

  /** How many records and moves other people have not got through from this phone yet, by author. */
  async waitingForOthers(author: string | null): Promise<ReadonlyMap<string, number>> {
    return this.db.read(['ops', 'photos'], (tx) => waitingByAuthor(tx, author))
  }

  /** What would be lost with this database: everything no receipt names yet, of whoever made it. */
  async unsent(): Promise<{ records: number; photos: number; drafts: number }> {
    return this.db.read(['ops', 'photos', 'drafts'], countUnsent)
  }

  /** The phone's clock was set anew: waits that were counted by the old one mean nothing. */
  async forgetWaits(author: string): Promise<void> {
    await this.write(['ops', 'photos'], async (tx) => {
      for (const name of ['ops', 'photos'] as const) {
        const store = tx.objectStore(name)
        for (const row of await store.index('author').getAll(author)) {
          if (row.not_before !== 0) await store.put({ ...row, not_before: 0 } as OpRow & PhotoRow)
        }
      }
    })
  }

  /** Change ops as they stand on the disk now, not as they were read earlier. */
  async changeOps(ids: readonly string[], change: (op: OpRow) => OpRow): Promise<OpRow[]> {
    return this.write<OpRow[]>(['ops'], async (tx) => {
      const changed: OpRow[] = []
      for (const id of ids) {
        const op = await tx.objectStore('ops').get(id)
        if (!op) continue
        const next = change(op)
        if (next !== op) await tx.objectStore('ops').put(next)
        changed.push(next)
      }
      return changed
    })
  }

  async changePhotos(ids: readonly string[], change: (photo: PhotoRow) => PhotoRow): Promise<void> {
    if (ids.length === 0) return
    await this.write(['photos'], async (tx) => {
      for (const id of ids) {
        const photo = await tx.objectStore('photos').get(id)
        if (!photo) continue
        const next = change(photo)
        if (next !== photo) await tx.objectStore('photos').put(next)
      }
    })
  }

  /** One answer about ops and their photos, applied as a whole. */
  async settle(
    ops: ReadonlyMap<string, (op: OpRow) => OpRow>,
    photos: (photo: PhotoRow) => PhotoRow,
  ): Promise<void> {
    await this.write(['ops', 'photos'], async (tx) => {
      for (const [id, change] of ops) {
        const op = await tx.objectStore('ops').get(id)
        if (!op) continue
        await tx.objectStore('ops').put(change(op))
        for (const photo of await tx.objectStore('photos').index('op').getAll(id)) {
          const next = photos(photo)
          if (next !== photo) await tx.objectStore('photos').put(next)
        }
      }
    })
  }

  /** A new server generation: re-queued rows, the epoch and a fresh pull in one transaction. */
  async adoptEpoch(
    epoch: string,
    author: string,
    changeOp: (op: OpRow) => OpRow,
    changePhoto: (photo: PhotoRow) => PhotoRow,
  ): Promise<void> {
    await this.write(['ops', 'photos', 'meta'], async (tx) => {
      for (const op of await tx.objectStore('ops').index('author').getAll(author)) {
        const next = changeOp(op)
        if (next !== op) await tx.objectStore('ops').put(next)
      }
      for (const photo of await tx.objectStore('photos').index('author').getAll(author)) {
        const next = changePhoto(photo)
        if (next !== photo) await tx.objectStore('photos').put(next)
      }
      const old = ((await tx.objectStore('meta').get('position')) as PullPosition | undefined) ?? START
      await tx.objectStore('meta').put({ ...START, pulled: old.pulled }, 'position')
      const epochs = ((await tx.objectStore('meta').get('epochs')) as Meta['epochs'] | undefined) ?? {}
      await tx.objectStore('meta').put({ ...epochs, [author]: epoch }, 'epochs')
    })
  }

  /** Free the bytes of photos, then forget ops that nobody can ask back. */
  async free(photoIds: readonly string[], opIds: readonly string[]): Promise<void> {
    if (photoIds.length + opIds.length === 0) return
    await this.replica.drop('photo', photoIds)
    await this.replica.drop('op', opIds)
    await this.write(['ops', 'photos', 'photo_bytes'], (tx) => freeSettled(tx, photoIds, opIds))
  }

  /**
   * Under storage pressure: free the bytes of received photos, the oldest receipt first, until so many
   * are free (I1). Whoever took them: the receipt is theirs. Returns how many bytes went.
   */
  async freeReceived(bytes: number): Promise<number> {
    const stores: Store[] = ['photos', 'photo_bytes']
    const freed = await this.db.write(stores, (tx) => freeOldestReceived(tx, bytes))
    if (freed > 0) this.tell({ stores })
    return freed
  }

  // --- the second place ---------------------------------------------------------------------

  /** Every row a person made, of whoever uses this phone, and who that is. */
  async everything(): Promise<StoredRows> {
    return this.db.read(['ops', 'photos', 'drafts', 'meta', 'session'], async (tx) => {
      const device = (await tx.objectStore('meta').get('device')) as Device | undefined
      const session = (await tx.objectStore('session').get('current')) ?? null
      const names = ((await tx.objectStore('meta').get('names')) as Meta['names'] | undefined) ?? {}
      return {
        ops: await tx.objectStore('ops').getAll(),
        photos: await tx.objectStore('photos').getAll(),
        drafts: await tx.objectStore('drafts').getAll(),
        me: device ? { device, session, names } : null,
      }
    })
  }

  /** A photo the database lost; one that is there is never touched. */
  async restorePhoto(photo: PhotoRow, bytes: ArrayBuffer): Promise<void> {
    await this.write(['photos', 'photo_bytes'], async (tx) => {
      if (await tx.objectStore('photos').get(photo.photo_id)) return
      await tx.objectStore('photos').put({ ...photo, bytes_here: true })
      await tx.objectStore('photo_bytes').put({ photo_id: photo.photo_id, bytes })
    })
  }

  /** The other rows the database lost, who worked with it, and the notice for the person; all or nothing. */
  async restore(ops: readonly OpRow[], drafts: readonly DraftRow[], me: DeviceProfile | null, note: Meta['vanished']): Promise<void> {
    await this.write(['ops', 'drafts', 'meta', 'session'], async (tx) => {
      const meta = tx.objectStore('meta')
      for (const op of ops) if (!(await tx.objectStore('ops').get(op.op_id))) await tx.objectStore('ops').put(op)
      for (const draft of drafts) if (!(await tx.objectStore('drafts').get(draft.draft_id))) await tx.objectStore('drafts').put(draft)
      if (me && !(await meta.get('device'))) {
        await meta.put(me.device, 'device')
        await meta.put(me.names, 'names')
        if (me.session) {
          await meta.put(me.session.person.id, 'pulled_for')
          await tx.objectStore('session').put(me.session, 'current')
        }
      }
      await meta.put(note, 'vanished')
    })
  }

  // --- what the server sent -----------------------------------------------------------------

  async position(): Promise<PullPosition> {
    return (await this.meta('position')) ?? START
  }

  async restartPull(): Promise<void> {
    const old = await this.position()
    await this.setMeta('position', { ...START, pulled: old.pulled })
  }

  /**
   * One page of changes and the cursor behind it, in one transaction. False when the pull it belongs to
   * is no longer the one that stands: somebody signed in or out while the answer travelled.
   */
  async applyPage(
    person: string,
    from: PullPosition,
    page: PulledPage,
    now: string,
  ): Promise<boolean> {
    const stores: Store[] = ['meta', 'session', ...PULLED_STORES]
    return this.write<boolean>(stores, (tx) => writePage(tx, person, { from, page, now }))
  }

  async pulled<T>(name: PulledStore): Promise<T[]> {
    const rows = await this.db.read([name], (tx) => tx.objectStore(name).getAll())
    return (rows as PulledRow<T>[]).map((row) => row.data)
  }

  async pulledRow<T>(name: PulledStore, id: string): Promise<T | null> {
    const row = await this.db.read([name], (tx) => tx.objectStore(name).get(id))
    return (row as PulledRow<T> | undefined)?.data ?? null
  }
}
