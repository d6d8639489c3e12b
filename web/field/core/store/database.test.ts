/** Connections: dropped, shared by several windows, upgraded under an old one, out of storage. */
import 'fake-indexeddb/auto'

import { openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { Database, Outdated, type ConnectionState, StorageFull, VERSION } from './database'

let nth = 0
let name: string
const opened: Database[] = []

function open(stands: (connectionState: ConnectionState) => void = () => undefined, version = VERSION): Database {
  const one = new Database(name, stands, version, version === VERSION ? undefined : () => undefined)
  opened.push(one)
  return one
}

const count = (db: Database): Promise<number> => db.read(['meta'], (tx) => tx.objectStore('meta').count())
const put = (db: Database): Promise<unknown> => db.write(['meta'], (tx) => tx.objectStore('meta').put('first', 'epoch'))

beforeEach(() => {
  name = `database-${(nth += 1)}`
})
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
  await new Database(name).destroy()
})

describe('a connection', () => {
  test('that the browser closed is opened again', async () => {
    const db = open()
    await put(db)
    await db.close()

    expect(await count(db)).toBe(1)
  })

  test('that dies within a transaction is opened again, and the work is done once more', async () => {
    const db = open()
    let times = 0

    await db.write(['meta'], async (tx) => {
      times += 1
      await tx.objectStore('meta').put('first', 'epoch')
      // As an engine does that lost its database process: aborted, although nobody called abort.
      if (times === 1) tx.abort()
    })

    expect([times, await count(db)]).toEqual([2, 1])
  })

  test('that stays dead is said aloud', async () => {
    const db = open()

    await expect(
      db.write(['meta'], (tx) => {
        tx.abort()
        return tx.objectStore('meta').put('first', 'epoch')
      }),
    ).rejects.toThrow()

    expect(await count(db)).toBe(0)
  })

  test('does not hide an error of our own', async () => {
    const db = open()
    const ours = new Error('ours')

    await expect(db.write(['meta'], () => Promise.reject(ours))).rejects.toBe(ours)
  })
})

describe('no storage left', () => {
  const full = (): DOMException => new DOMException('full', 'QuotaExceededError')

  test('reported by a request', async () => {
    const db = open()

    await expect(db.write(['meta'], () => Promise.reject(full()))).rejects.toBeInstanceOf(StorageFull)
  })

  test('reported only by the end of the transaction (onabort)', async () => {
    const db = open()
    await put(db)

    await expect(
      db.write(['meta'], async (tx) => {
        const written = tx.objectStore('meta').put('second', 'epoch')
        // The request itself only hears that the transaction ended; why, the transaction knows.
        Object.defineProperty(tx, 'error', { value: full() })
        tx.abort()
        await written
      }),
    ).rejects.toBeInstanceOf(StorageFull)

    expect(await db.read(['meta'], (tx) => tx.objectStore('meta').get('epoch'))).toBe('first')
  })
})

describe('several windows', () => {
  test('use one database at the same time', async () => {
    const [one, other] = [open(), open()]
    await Promise.all([put(one), put(other)])

    expect(await count(one)).toBe(1)
  })

  test('an old window lets a new version in at once', async () => {
    const old = open()
    await put(old)

    expect(await count(open(undefined, VERSION + 1))).toBe(1)
  })

  test('an old window says that it is old', async () => {
    const seen: ConnectionState[] = []
    const old = open((connectionState) => seen.push(connectionState))
    await put(old)
    await count(open(undefined, VERSION + 1))

    await expect(count(old)).rejects.toBeInstanceOf(Outdated)

    expect(seen).toEqual(['open', 'outdated'])
  })

  test('a new window says that it waits for an old one that does not let go', async () => {
    const stubborn = await openDB(name, VERSION)
    const seen: ConnectionState[] = []
    const second = open((connectionState) => {
      seen.push(connectionState)
      if (connectionState === 'blocked') stubborn.close()
    }, VERSION + 1)

    await second.read([], () => Promise.resolve()).catch(() => undefined)

    expect(seen).toEqual(['blocked', 'open'])
  })
})
