/** The phone's IndexedDB: its tables, and a connection that comes back when the browser drops it. */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb'

import type { DraftRow, Meta, OpRow, PhotoBytes, PhotoRow, PulledRow, SessionRow } from './rows'

export const PULLED_STORES = ['records', 'tasks', 'points', 'shops', 'categories', 'units', 'calendar', 'notices'] as const
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

/** The phone has no room left; what was to be written is not on it. */
export class StorageFull extends Error {
  constructor() {
    super('storage full')
    this.name = 'StorageFull'
  }
}

const VERSION = 1

function upgrade(db: IDBPDatabase<FieldSchema>): void {
  db.createObjectStore('meta')
  db.createObjectStore('session')
  db.createObjectStore('drafts', { keyPath: 'draft_id' }).createIndex('author', 'author')
  db.createObjectStore('ops', { keyPath: 'op_id' }).createIndex('author', 'author')
  const photos = db.createObjectStore('photos', { keyPath: 'photo_id' })
  photos.createIndex('author', 'author')
  photos.createIndex('op', 'op_id')
  photos.createIndex('draft', 'draft_id')
  db.createObjectStore('photo_bytes', { keyPath: 'photo_id' })
  for (const name of PULLED_STORES) db.createObjectStore(name, { keyPath: 'id' })
}

/** One database by name; opens on first use and again after the browser closed it. */
export class Database {
  private opened: Promise<IDBPDatabase<FieldSchema>> | null = null

  constructor(readonly name = 'inspect-field') {}

  private connection(): Promise<IDBPDatabase<FieldSchema>> {
    this.opened ??= openDB<FieldSchema>(this.name, VERSION, {
      upgrade,
      blocking: () => void this.close(),
      terminated: () => {
        this.opened = null
      },
    }).catch((error: unknown) => {
      this.opened = null
      throw error
    })
    return this.opened
  }

  /** Read from one or more tables; only IndexedDB may be awaited inside `work`. */
  async read<T>(stores: Store[], work: (tx: IDBPTransaction<FieldSchema, Store[], 'readonly'>) => Promise<T>): Promise<T> {
    const tx = await this.begin(stores, 'readonly')
    const found = await work(tx)
    await tx.done
    return found
  }

  /** Write all or nothing, on the disk when it returns; only IndexedDB may be awaited inside `work`. */
  async write<T>(stores: Store[], work: (tx: Writing) => Promise<T>): Promise<T> {
    const tx = await this.begin(stores, 'readwrite')
    try {
      const made = await work(tx)
      await tx.done
      return made
    } catch (error) {
      try {
        tx.abort()
      } catch {
        // Already aborted by the failure itself.
      }
      await tx.done.catch(() => undefined)
      if (error instanceof DOMException && error.name === 'QuotaExceededError') throw new StorageFull()
      if (tx.error?.name === 'QuotaExceededError') throw new StorageFull()
      throw error
    }
  }

  private async begin<M extends 'readonly' | 'readwrite'>(
    stores: Store[],
    mode: M,
  ): Promise<IDBPTransaction<FieldSchema, Store[], M>> {
    const options = mode === 'readwrite' ? ({ durability: 'strict' } as const) : undefined
    try {
      return (await this.connection()).transaction(stores, mode, options)
    } catch (error) {
      // The connection was dropped between two uses: open it again, once.
      if (!(error instanceof DOMException) || error.name !== 'InvalidStateError') throw error
      this.opened = null
      return (await this.connection()).transaction(stores, mode, options)
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
