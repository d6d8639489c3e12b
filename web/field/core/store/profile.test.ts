/** A browser profile of the pages before the code was ordered by areas: today's core sends and offers what it holds. */
import 'fake-indexeddb/auto'

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { openDB } from 'idb'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { canonical } from '../model/canonical'
import type { DraftRow, OpRow, PhotoRow, SessionRow } from '../model/rows'
import { syncOnce } from '../sync/sync'
import { ModelServer } from '../testing/modelServer'
import { Database } from './database'
import { LocalStore } from './localStore'
import { detectLoss, repairLosses } from './lossDetector'
import { type Files, NAME, Replica } from './replica'

interface Binary {
  readonly $base64: string
}

interface Profile {
  readonly database: {
    readonly name: string
    readonly version: number
    readonly tables: Readonly<Record<string, { readonly keyPath: string | null; readonly indexes: Readonly<Record<string, string>> }>>
    readonly rows: Readonly<Record<string, readonly Record<string, unknown>[] | Readonly<Record<string, unknown>>>> & {
      readonly ops: readonly OpRow[]
      readonly photos: readonly PhotoRow[]
      readonly drafts: readonly DraftRow[]
      readonly session: { readonly current: SessionRow }
    }
  }
  readonly caches: Readonly<Record<string, readonly { readonly url: string; readonly headers: Record<string, string>; readonly body: string }[]>>
  readonly localStorage: Readonly<Record<string, string>>
}

const TEXT = readFileSync(new URL('./fixtures/profile-ca6e40e.json', import.meta.url), 'utf8')
const PROFILE = JSON.parse(TEXT) as Profile
const { rows, tables, name, version } = PROFILE.database
const [OP] = rows.ops as [OpRow]
const [DRAFT] = rows.drafts as [DraftRow]
const { person } = rows.session.current

const bytesOf = (base64: string): ArrayBuffer => new Uint8Array(Buffer.from(base64, 'base64')).buffer

function decoded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decoded)
  if (typeof value !== 'object' || value === null) return value
  if ('$base64' in value) return bytesOf((value as Binary).$base64)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decoded(inner)]))
}

/** The cache of that time, as a map of its addresses. */
function filesOfThen(): Files {
  const files = new Map(PROFILE.caches[NAME]!.map(({ url, headers, body }) => [url, { headers, body: bytesOf(body) }]))
  return {
    keys: async () => [...files.keys()].map((url) => new Request(url)),
    match: async (url) => {
      const file = files.get(String(url))
      return file && new Response(file.body.slice(0), { headers: file.headers })
    },
    delete: async (url) => files.delete(String(url)),
    put: async (url, answer) => void files.set(String(url), { headers: Object.fromEntries(answer.headers), body: await answer.arrayBuffer() }),
  }
}

async function putBack(without: readonly string[] = []): Promise<void> {
  const db = await openDB(name, version, {
    upgrade: (fresh) => {
      for (const [table, { keyPath, indexes }] of Object.entries(tables)) {
        const store = fresh.createObjectStore(table, keyPath === null ? {} : { keyPath })
        for (const [index, path] of Object.entries(indexes)) store.createIndex(index, path)
      }
    },
  })
  for (const [table, held] of Object.entries(rows)) {
    if (without.includes(table)) continue
    if (Array.isArray(held)) for (const row of held) await db.put(table, decoded(row))
    else for (const [key, row] of Object.entries(held)) await db.put(table, decoded(row), key)
  }
  db.close()
}

let localStore: LocalStore
let server: ModelServer
let now: number

beforeEach(() => {
  // Ten minutes later the phone finds a network again.
  now = OP.made_at + 10 * 60_000
  localStore = new LocalStore(new Database(), undefined, new Replica(async () => filesOfThen()))
  server = new ModelServer(() => now)
})
afterEach(() => localStore.db.destroy())

async function signInAgain(): Promise<void> {
  const { access, refresh } = server.tokensOf(person)
  const expires_at = new Date(now + 3_600_000).toISOString()
  await localStore.signIn({ ...rows.session.current, access_token: access, refresh_token: refresh, expires_at })
}

const sync = () => syncOnce({ localStore, transport: server, now: () => now, random: () => 0.5 })

test('the frozen profile was not touched since it was frozen', () => {
  expect(createHash('sha256').update(TEXT).digest('hex')).toBe('b761419a35471cd8ce7dceabfe850e42b02f65c40864619deb37e97add7b9555')
})

test('the unsent record arrives, word for word and with its photo', async () => {
  await putBack()
  await signInAgain()

  expect(await sync()).toMatchObject({ kind: 'done', left: 0 })

  expect(server.ops.get(OP.op_id)).toMatchObject({ by: person.id, content: canonical(OP.content), applied: 1 })
  const [photo] = OP.content.photos
  expect(server.photos.get(photo!.photo_id)).toMatchObject({ state: 'stored', sha256: photo!.sha256 })
})

test('the draft is there with its photo, and stays on the phone', async () => {
  await putBack()
  await signInAgain()
  await sync()

  const [draft] = await localStore.drafts(person.id)
  expect(draft!.fields).toEqual(DRAFT.fields)
  const [photo] = await localStore.draftPhotos(DRAFT.draft_id)
  expect((await localStore.bytes(photo!.photo_id))!.byteLength).toBe(photo!.declaration.bytes)
})

test('rows the database lost come back from the replica of that time', async () => {
  await putBack(['ops', 'photos', 'photo_bytes', 'drafts'])
  await repairLosses(localStore, now)
  await signInAgain()
  await sync()

  expect(server.ops.get(OP.op_id)?.content).toBe(canonical(OP.content))
  expect(await localStore.drafts(person.id)).toEqual([DRAFT])
})

test('a database that vanished whole is noticed by the mark of that time, and comes back', async () => {
  const storage = new Map(Object.entries(PROFILE.localStorage))
  await detectLoss(
    localStore,
    { getItem: (key) => storage.get(key) ?? null, setItem: (key, value) => void storage.set(key, value), removeItem: (key) => void storage.delete(key) },
    now,
  )

  expect(await localStore.meta('vanished')).toMatchObject({ records: 0, photos: 0, drafts: 0, restored: { records: 1, photos: 2, drafts: 1 } })
  expect((await localStore.session())?.person.id).toBe(person.id)
  expect(await localStore.ops(person.id)).toHaveLength(1)
})
