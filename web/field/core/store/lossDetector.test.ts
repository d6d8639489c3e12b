/** A database that vanished is noticed once, with what was in it. */
import 'fake-indexeddb/auto'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { Phone } from '../testing/phone'
import { Database } from './database'
import { Ledger } from './localStore'
import { keepMark, lookForLoss, type Shelf } from './lossDetector'

const shelfWith = (kept = new Map<string, string>()): Shelf => ({
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, text) => void kept.set(name, text),
  removeItem: (name) => void kept.delete(name),
})

let phone: Phone
let shelf: Shelf

beforeEach(async () => {
  phone = await new Phone().ready()
  shelf = shelfWith()
})
afterEach(() => phone.db.destroy())

/** The browser clears the database and leaves the rest. */
async function vanish(): Promise<Ledger> {
  const { name } = phone.db
  await phone.db.destroy()
  phone.ledger = new Ledger(new Database(name))
  return phone.ledger
}

test('says what was lost', async () => {
  await phone.record(2)
  await keepMark(phone.ledger, shelf, 100)

  const ledger = await vanish()
  await lookForLoss(ledger, shelf, 200)

  expect(await ledger.meta('vanished')).toMatchObject({ records: 1, photos: 2, drafts: 0, at: 100, noticed_at: 200, acknowledged: false })
})

test('is noticed once, and never again', async () => {
  await phone.record(1)
  await keepMark(phone.ledger, shelf, 100)
  const ledger = await vanish()

  await lookForLoss(ledger, shelf, 200)
  await ledger.setMeta('vanished', { ...(await ledger.meta('vanished'))!, acknowledged: true })
  await lookForLoss(ledger, shelf, 300)

  expect(await ledger.meta('vanished')).toMatchObject({ noticed_at: 200, acknowledged: true })
})

test('a database that is there is no loss, whatever the mark says', async () => {
  await keepMark(phone.ledger, shelf, 100)
  await phone.record(1)

  await lookForLoss(phone.ledger, shelf, 200)

  expect(await phone.ledger.meta('vanished')).toBeNull()
})

test('what was delivered does not count as lost', async () => {
  await phone.record(1)
  await phone.sync()
  await keepMark(phone.ledger, shelf, 100)

  const ledger = await vanish()
  await lookForLoss(ledger, shelf, 200)

  expect(await ledger.meta('vanished')).toMatchObject({ records: 0, photos: 0 })
})

test('a new phone has lost nothing', async () => {
  const ledger = await vanish()

  await lookForLoss(ledger, shelf, 200)

  expect(await ledger.meta('vanished')).toBeNull()
})

test('a mark of somebody else is no mark', async () => {
  shelf.setItem('inspect-kept', '{"device": 7}')
  const ledger = await vanish()

  await lookForLoss(ledger, shelf, 200)

  expect(await ledger.meta('vanished')).toBeNull()
})

test('a shelf that refuses everything is no reason to fail', async () => {
  const refuse = (): never => {
    throw new DOMException('no', 'SecurityError')
  }

  await keepMark(phone.ledger, { getItem: refuse, setItem: refuse, removeItem: refuse }, 1)
  await lookForLoss(phone.ledger, { getItem: refuse, setItem: refuse, removeItem: refuse }, 2)

  expect(await phone.ledger.meta('vanished')).toBeNull()
})
