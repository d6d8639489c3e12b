/** Phones in the field hold rows of version 1: today's code opens them, sends them, and frees them. */
import 'fake-indexeddb/auto'

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { openDB } from 'idb'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { canonical } from '../model/canonical'
import { CHEN, ModelServer } from '../testing/modelServer'
import { onTheWire } from '../model/rules'
import { syncOnce } from '../sync/sync'
import { Database } from './database'
import { LocalStore } from './localStore'
import type { OpRow, PhotoRow } from '../model/rows'

interface Frozen {
  readonly tables: Record<string, { keyPath: string | null; indexes: Record<string, string> }>
  readonly rows: Record<string, Record<string, unknown>[] | Record<string, unknown>> & {
    readonly ops: OpRow[]
    readonly photos: PhotoRow[]
    readonly photo_bytes: { photo_id: string; bytes: string }[]
  }
}

const TEXT = readFileSync(new URL('./fixtures/version1.json', import.meta.url), 'utf8')
const VERSION_1 = JSON.parse(TEXT) as Frozen
const CAPTURED = Date.parse('2026-04-01T02:00:00Z')
const LATER = CAPTURED + 10 * 60_000
const OPEN = ['saved', 'sending', 'deferred']

let nth = 0
let localStore: LocalStore
let now = LATER
let server: ModelServer

/** The database as the first version made it: by the frozen description, not by today's code. */
async function asVersion1Left(name: string): Promise<void> {
  const db = await openDB(name, 1, {
    upgrade: (fresh) => {
      for (const [table, { keyPath, indexes }] of Object.entries(VERSION_1.tables)) {
        const store = fresh.createObjectStore(table, keyPath === null ? {} : { keyPath })
        for (const [index, path] of Object.entries(indexes)) store.createIndex(index, path)
      }
    },
  })
  for (const [table, rows] of Object.entries(VERSION_1.rows)) {
    if (table === 'photo_bytes') {
      for (const { photo_id, bytes } of VERSION_1.rows.photo_bytes) {
        const buffer = new Uint8Array(Buffer.from(bytes, 'base64')).buffer
        await db.put(table, { photo_id, bytes: buffer })
      }
    } else if (Array.isArray(rows)) for (const row of rows) await db.put(table, row)
    else for (const [key, value] of Object.entries(rows)) await db.put(table, value, key)
  }
  db.close()
}

/** What the server of that time already had. */
function heard(op: OpRow, status: 'accepted' | 'conflict' | 'quarantined'): void {
  const content = op.frozen!
  server.ops.set(op.op_id, { by: CHEN.id, content, result: { op_id: op.op_id, status, version: 1, wanted: [] }, applied: 1 })
}

beforeEach(async () => {
  const name = `version1-${(nth += 1)}`
  await asVersion1Left(name)
  localStore = new LocalStore(new Database(name))
  now = LATER
  server = new ModelServer(() => now)
  for (const op of VERSION_1.rows.ops) {
    if (op.state === 'accepted' || op.state === 'conflict' || op.state === 'quarantined') heard(op, op.state)
  }
  for (const { photo_id, state, declaration } of VERSION_1.rows.photos) {
    if (state !== 'stored' && state !== 'sent') continue
    const { sha256, bytes } = declaration
    server.photos.set(photo_id, { state: 'stored', sha256, bytes, got: bytes })
  }
})
afterEach(() => localStore.db.destroy())

const sync = () => syncOnce({ localStore, transport: server, now: () => now, random: () => 0.5 })

test('the frozen rows were not touched since they were frozen', () => {
  expect(createHash('sha256').update(TEXT).digest('hex')).toBe('86334a6969ef45a1502da3aed1c50e62d2789cd9352b2f76c81789a45389bc33')
})

test('every op of version 1 goes over the wire as it was written then', () => {
  for (const op of VERSION_1.rows.ops) {
    expect(canonical({ ...onTheWire(op), clock: undefined })).toBe(op.frozen ?? canonical(op.content))
  }
})

test('everything version 1 had not sent arrives, whole', async () => {
  expect(await sync()).toMatchObject({ kind: 'done', left: 0 })

  for (const op of VERSION_1.rows.ops.filter((one) => OPEN.includes(one.state))) {
    expect(server.ops.get(op.op_id)?.content).toBe(canonical(op.content))
  }
  for (const photo of VERSION_1.rows.photos.filter((one) => one.state !== 'held')) {
    expect(server.photos.get(photo.photo_id)).toMatchObject({ state: 'stored', sha256: photo.declaration.sha256 })
  }
})

test('a half-made draft of version 1 is still there, with its photo', async () => {
  const [draft] = await localStore.drafts(CHEN.id)
  const [photo] = await localStore.draftPhotos(draft!.draft_id)

  expect(draft!.fields.note).toBe('未写完')
  expect((await localStore.bytes(photo!.photo_id))!.byteLength).toBe(photo!.declaration.bytes)
})

test('photos of version 1 are freed once a backup holds them', async () => {
  await sync()
  now += 60_000
  server.backedUpTo = new Date(now).toISOString()

  await sync()

  const left = (await localStore.photos(CHEN.id)).filter((photo) => photo.bytes_here)
  expect(left.map((photo) => photo.state)).toEqual(['held'])
})

test('what version 1 could not keep is pulled again, and nothing it had is forgotten meanwhile', async () => {
  const before = (VERSION_1.rows.meta as Record<string, { cursor?: string; pulled?: number }>).position
  const records = await localStore.pulled('records')

  expect(before?.cursor).toBeTruthy()
  expect(await localStore.position()).toEqual({ ...before, cursor: null, rebuilding: {} })
  expect(records.length).toBe((VERSION_1.rows.records as unknown[]).length)
  expect(await localStore.pulled('visits')).toEqual([])
  expect(await localStore.pulled('past_tasks')).toEqual([])
})
