/** The phone's IndexedDB: its tables, and a connection that comes back when the browser drops it. */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb'

import type { DraftRow, Meta, OpRow, PhotoBytes, PhotoRow, PulledRow, PullPosition, SessionRow } from '../model/rows'

const PULLED_AT_FIRST = ['records', 'tasks', 'points', 'shops', 'categories', 'units', 'calendar', 'notices'] as const
export const PULLED_STORES = [...PULLED_AT_FIRST, 'visits', 'past_tasks'] as const
export type PulledStore = (typeof PULLED_STORES)[number]

type PulledTables = { [S in PulledStore]: { key: string; value: PulledRow } }

export interface FieldSchema extends DBSchema, PulledTables {
  meta: { key: string; value: Meta[keyof Meta] }
  session: { key: string; value: SessionRow }
  drafts: { key: string; value: DraftRow; indexes: { author: string } }
  ops: { key: string; value: OpRow; indexes: { author: string } }
  photos: { key: string; value: PhotoRow; indexes: { author: string; op: string; draft: string } }
  photo_bytes: { key: string; value: PhotoBytes }
}

export type Store = StoreNames<FieldSchema>
export type Writing = IDBPTransaction<FieldSchema, Store[], 'readwrite'>

/** The phone has no storage left; what was to be written is not on it. */
export class StorageFull extends Error {
  constructor() {
    super('storage full')
    this.name = 'StorageFull'
  }
}

/** Another window runs a newer version of the app; this page can no longer read the database. */
export class Outdated extends Error {
  constructor() {
    super('the database is newer than this page')
    this.name = 'Outdated'
  }
}

/**
 * blocked: another window with an older version holds the database, and this one waits for it ·
 * outdated: the other way round, this page is the old one · broken: it does not open at all.
 */
export type ConnectionState = 'open' | 'blocked' | 'outdated' | 'broken'

export const VERSION = 3

async function upgrade(db: IDBPDatabase<FieldSchema>, from: number, tx: Upgrading): Promise<void> {
  if (from < 1) makeVersion1(db)
  if (from < 2) db.createObjectStore('visits', { keyPath: 'id' })
  if (from < 3) db.createObjectStore('past_tasks', { keyPath: 'id' })
  if (from > 0 && from < VERSION) await pullAnew(tx)
}

function makeVersion1(db: IDBPDatabase<FieldSchema>): void {
  db.createObjectStore('meta')
  db.createObjectStore('session')
  db.createObjectStore('drafts', { keyPath: 'draft_id' }).createIndex('author', 'author')
  db.createObjectStore('ops', { keyPath: 'op_id' }).createIndex('author', 'author')
  const photos = db.createObjectStore('photos', { keyPath: 'photo_id' })
  photos.createIndex('author', 'author')
  photos.createIndex('op', 'op_id')
  photos.createIndex('draft', 'draft_id')
  db.createObjectStore('photo_bytes', { keyPath: 'photo_id' })
  for (const name of PULLED_AT_FIRST) db.createObjectStore(name, { keyPath: 'id' })
}

/** What was sent before this phone could keep it is read again: the pull begins anew. */
async function pullAnew(tx: Upgrading): Promise<void> {
  const meta = tx.objectStore('meta')
  const onState = (await meta.get('position')) as PullPosition | undefined
  if (onState) await meta.put({ ...onState, cursor: null, rebuilding: {} }, 'position')
}

/** How the tables came to be, version by version; a version that was shipped is never edited. */
export type Upgrade = (db: IDBPDatabase<FieldSchema>, from: number, tx: Upgrading) => void | Promise<void>
type Upgrading = IDBPTransaction<FieldSchema, Store[], 'versionchange'>

/** One database by name; opens on first use and again after the browser closed it. */
export class Database {
  private opened: Promise<IDBPDatabase<FieldSchema>> | null = null

  constructor(
    readonly name = 'inspect-field',
    /** Called when another window stands in the way, or no longer does. */
    private readonly stands: (connectionState: ConnectionState) => void = () => undefined,
    private readonly version = VERSION,
    private readonly upgraded: Upgrade = upgrade,
  ) {}

  private connection(): Promise<IDBPDatabase<FieldSchema>> {
    this.opened ??= openDB<FieldSchema>(this.name, this.version, {
      upgrade: (db, from, _to, tx) => void this.upgraded(db, from, tx),
      blocked: () => this.stands('blocked'),
      // A newer window wants to upgrade: let go at once, it must not wait for this one.
      blocking: () => void this.close(),
      terminated: () => {
        this.opened = null
      },
    }).then(
      (db) => {
        this.stands('open')
        return db
      },
      (error: unknown) => {
        this.opened = null
        const outdated = nameOf(error) === 'VersionError'
        this.stands(outdated ? 'outdated' : 'broken')
        throw outdated ? new Outdated() : translated(error)
      },
    )
    return this.opened
  }

  /** Read from one or more tables; only IndexedDB may be awaited inside `work`, which may run twice. */
  read<T>(stores: Store[], work: (tx: IDBPTransaction<FieldSchema, Store[], 'readonly'>) => Promise<T>): Promise<T> {
    return this.attempted(async () => {
      const tx = (await this.connection()).transaction(stores, 'readonly')
      return this.finished(tx, () => work(tx))
    })
  }

  /**
   * Write all or nothing, on the disk when it returns; only IndexedDB may be awaited inside `work`,
   * which may run twice. Throws `StorageFull` when the storage is full, and nothing was written.
   */
  write<T>(stores: Store[], work: (tx: Writing) => Promise<T>): Promise<T> {
    return this.attempted(async () => {
      const tx = (await this.connection()).transaction(stores, 'readwrite', { durability: 'strict' })
      return this.finished(tx, () => work(tx))
    })
  }

  /** Once more on a new connection when the browser dropped the old one during the work. */
  private async attempted<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Dropped)) {
        if (nameOf(error) !== 'InvalidStateError') throw error
      }
      // Some engines let a dead connection linger without ever closing it.
      void this.close().catch(() => undefined)
    }
    try {
      return await work()
    } catch (error) {
      throw error instanceof Dropped ? error.cause : error
    }
  }

  /** What the work made, once the transaction is complete; never earlier. */
  private async finished<T>(
    tx: { readonly done: Promise<void>; readonly error: DOMException | null; abort(): void },
    work: () => Promise<T>,
  ): Promise<T> {
    let ours: unknown = null
    try {
      const result = await work().catch((error: unknown) => {
        ours = error
        throw error
      })
      await tx.done
      return result
    } catch (error) {
      try {
        tx.abort()
      } catch {
        // Already aborted by the failure itself.
      }
      await tx.done.catch(() => undefined)
      throw whatHappened(error, ours, tx.error)
    }
  }

  async close(): Promise<void> {
    const opened = this.opened
    this.opened = null
    if (opened) (await opened).close()
  }

  /** Tests only need this; nothing in the product deletes the database. */
  async destroy(): Promise<void> {
    await this.close()
    await deleteDB(this.name)
  }
}

/** The transaction was ended by the browser, not by us and not because the storage is full: nothing of it was written. */
class Dropped extends Error {}

const nameOf = (error: unknown): string | null =>
  typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : null

function translated(error: unknown): unknown {
  return nameOf(error) === 'QuotaExceededError' ? new StorageFull() : error
}

/** Full storage shows as the error of a request, or only as the reason why the transaction ended (`onabort`). */
function whatHappened(error: unknown, ours: unknown, reason: DOMException | null): unknown {
  const names = [nameOf(error), nameOf(reason)]
  if (names.includes('QuotaExceededError')) return new StorageFull()
  const byTheBrowser = ours === null || ours instanceof DOMException || nameOf(ours) === 'AbortError'
  if (byTheBrowser && names.some((name) => name === 'AbortError' || name === 'UnknownError')) {
    return new Dropped('the transaction was dropped', { cause: error })
  }
  return error
}
