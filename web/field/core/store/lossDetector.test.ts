/** A database that vanished is noticed once, with what was in it. */
import 'fake-indexeddb/auto'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { Phone } from '../testing/phone'
import { Database } from './database'
import { LocalStore } from './localStore'
import { writeMark, detectLoss, type MarkStorage } from './lossDetector'

const shelfWith = (kept = new Map<string, string>()): MarkStorage => ({
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, text) => void kept.set(name, text),
  removeItem: (name) => void kept.delete(name),
})

let phone: Phone
let storage: MarkStorage

beforeEach(async () => {
  phone = await new Phone().ready()
  storage = shelfWith()
})
afterEach(() => phone.db.destroy())

/** The browser clears the database and leaves the rest. */
async function vanish(): Promise<LocalStore> {
  const { name } = phone.db
  await phone.db.destroy()
  phone.localStore = new LocalStore(new Database(name))
  return phone.localStore
}

test('says what was lost', async () => {
  await phone.record(2)
  await writeMark(phone.localStore, storage, 100)

  const localStore = await vanish()
  await detectLoss(localStore, storage, 200)

  expect(await localStore.meta('vanished')).toMatchObject({ records: 1, photos: 2, drafts: 0, at: 100, noticed_at: 200, acknowledged: false })
})

test('is noticed once, and never again', async () => {
  await phone.record(1)
  await writeMark(phone.localStore, storage, 100)
  const localStore = await vanish()

  await detectLoss(localStore, storage, 200)
  await localStore.setMeta('vanished', { ...(await localStore.meta('vanished'))!, acknowledged: true })
  await detectLoss(localStore, storage, 300)

  expect(await localStore.meta('vanished')).toMatchObject({ noticed_at: 200, acknowledged: true })
})

test('a database that is there is no loss, whatever the mark says', async () => {
  await writeMark(phone.localStore, storage, 100)
  await phone.record(1)

  await detectLoss(phone.localStore, storage, 200)

  expect(await phone.localStore.meta('vanished')).toBeNull()
})

test('what was delivered does not count as lost', async () => {
  await phone.record(1)
  await phone.sync()
  await writeMark(phone.localStore, storage, 100)

  const localStore = await vanish()
  await detectLoss(localStore, storage, 200)

  expect(await localStore.meta('vanished')).toMatchObject({ records: 0, photos: 0 })
})

test('a new phone has lost nothing', async () => {
  const localStore = await vanish()

  await detectLoss(localStore, storage, 200)

  expect(await localStore.meta('vanished')).toBeNull()
})

test('a mark of somebody else is no mark', async () => {
  storage.setItem('inspect-kept', '{"device": 7}')
  const localStore = await vanish()

  await detectLoss(localStore, storage, 200)

  expect(await localStore.meta('vanished')).toBeNull()
})

test('a shelf that refuses everything is no reason to fail', async () => {
  const refuse = (): never => {
    throw new DOMException('no', 'SecurityError')
  }

  await writeMark(phone.localStore, { getItem: refuse, setItem: refuse, removeItem: refuse }, 1)
  await detectLoss(phone.localStore, { getItem: refuse, setItem: refuse, removeItem: refuse }, 2)

  expect(await phone.localStore.meta('vanished')).toBeNull()
})
