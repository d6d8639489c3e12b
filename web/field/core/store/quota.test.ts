/** Storage on the phone: received photos go, the oldest first; nothing else ever does. */
import 'fake-indexeddb/auto'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { Phone } from '../testing/phone'
import { CHEN } from '../testing/modelServer'
import { StorageFull } from './database'
import { requestPersistenceIn, type BrowserStorage, freeSpaceIn, ONE_PHOTO, measureQuota } from './quota'

const MB = 1024 * 1024
const DAY = 24 * 3600 * 1000
const disk = (usage: number, quota: number): BrowserStorage => ({ estimate: () => Promise.resolve({ usage, quota }) })

let phone: Phone

beforeEach(async () => {
  phone = await new Phone().ready()
})
afterEach(() => phone.db.destroy())

/** Records with one photo of this size each, delivered one after the other. */
async function delivered(count: number, size: number): Promise<string[]> {
  const ids: string[] = []
  for (let nth = 0; nth < count; nth += 1) {
    const photo = await phone.photo(`draft-${nth}`, CHEN.id, size)
    ids.push(photo.photo_id)
    await phone.localStore.changePhotos([photo.photo_id], (row) => ({
      ...row,
      state: 'stored',
      op_id: 'op',
      draft_id: null,
      stored_at: new Date(phone.clock + nth * 1000).toISOString(),
    }))
  }
  return ids
}

const here = async (): Promise<string[]> => (await phone.photos()).filter((photo) => photo.bytes_here).map((photo) => photo.photo_id)

describe('how much is left', () => {
  test.each([
    ['plenty', 10 * MB, 1000 * MB, true, false],
    ['little', 850 * MB, 1000 * MB, true, true],
    ['too little for a photo', 900 * MB, 1000 * MB, false, true],
    ['a small phone', 65 * MB, 100 * MB, true, true],
    ['a browser that does not tell', 0, 0, true, false],
  ])('%s', async (_, usage, quota, mayCapture, low) => {
    expect(await measureQuota(phone.localStore, disk(usage, quota))).toEqual({ usage, quota, mayCapture, low })
  })

  test('a browser without any estimate does not stop the capture', async () => {
    expect(await measureQuota(phone.localStore, {})).toMatchObject({ mayCapture: true, low: false })
  })
})

describe('under pressure', () => {
  test('the oldest received photo goes first, and no more than needed', async () => {
    const [first, ...others] = await delivered(3, 2 * MB)

    expect(await freeSpaceIn(phone.localStore, disk(900 * MB, 1000 * MB), ONE_PHOTO)).toBe(true)

    const left = await here()
    expect(left).not.toContain(first)
    expect(left.sort()).toEqual(others.sort())
  })

  test('capture goes on as long as received photos can go', async () => {
    await delivered(2, 2 * MB)

    expect((await measureQuota(phone.localStore, disk(900 * MB, 1000 * MB))).mayCapture).toBe(true)
  })

  test('what no receipt names stays, and new photos are refused', async () => {
    await phone.record(2)

    expect(await freeSpaceIn(phone.localStore, disk(990 * MB, 1000 * MB), ONE_PHOTO)).toBe(false)

    expect(await here()).toHaveLength(2)
  })

  test('a write that finds the storage full frees received photos', async () => {
    const [received] = await delivered(1, 2 * MB)
    let full = true
    const write = phone.db.write.bind(phone.db)
    phone.db.write = (stores, work) => {
      if (full && stores.includes('ops')) {
        full = false
        return Promise.reject(new StorageFull())
      }
      return write(stores, work)
    }

    const op = await phone.record(0)

    expect(await phone.localStore.op(op.op_id)).not.toBeNull()
    expect(await here()).not.toContain(received)
  })

  test('with nothing to free, the writer gets the error', async () => {
    phone.db.write = () => Promise.reject(new StorageFull())

    await expect(phone.record(0)).rejects.toBeInstanceOf(StorageFull)
  })
})

describe('a promise to keep the database', () => {
  const asked = (granted: boolean): BrowserStorage & { times: number } => {
    const it = { times: 0, persisted: () => Promise.resolve(false), persist: () => ((it.times += 1), Promise.resolve(granted)) }
    return it
  }

  test('the answer is remembered', async () => {
    await requestPersistenceIn(phone.localStore, asked(true), 5)

    expect(await phone.localStore.meta('keeping')).toEqual({ granted: true, asked_at: 5 })
  })

  test('after a refusal the request is not repeated the same day', async () => {
    const browser = asked(false)

    await requestPersistenceIn(phone.localStore, browser, 0)
    await requestPersistenceIn(phone.localStore, browser, DAY / 2)

    expect(browser.times).toBe(1)
  })

  test('after a refusal the request is repeated the next day', async () => {
    const browser = asked(false)

    await requestPersistenceIn(phone.localStore, browser, 0)
    await requestPersistenceIn(phone.localStore, browser, DAY)

    expect(browser.times).toBe(2)
  })

  test('a browser that granted it gets no second request', async () => {
    const browser = { ...asked(false), persisted: () => Promise.resolve(true) }

    expect(await requestPersistenceIn(phone.localStore, browser, 0)).toBe(true)

    expect(browser.times).toBe(0)
  })
})
