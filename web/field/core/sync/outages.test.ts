/** The sync cycle under faults of the network, of a restored server and of the storage. */
import 'fake-indexeddb/auto'

import { type Api, Unreachable } from '@shared/api/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { StorageFull } from '../store/database'
import { httpTransport } from './transport'
import { Phone, WANG } from '../testing/phone'
import { CHEN, refused } from '../testing/modelServer'
import { syncOnce } from './sync'

let phone: Phone

beforeEach(async () => {
  phone = await new Phone().ready()
})
afterEach(() => phone.db.destroy())

const stateOf = async (op_id: string) => (await phone.localStore.op(op_id))!.state

describe('a network that is not ours (PITFALLS 14)', () => {
  const api = (body: unknown): Api => ({ post: () => Promise.resolve(body), get: () => Promise.resolve(body) }) as unknown as Api

  test('a captive portal changes nothing and is called by its name', async () => {
    await phone.record(1)
    phone.server.faults.push('stranger', 'stranger')

    expect(await phone.sync()).toEqual({ kind: 'offline', why: 'stranger' })

    expect((await phone.photos())[0]).toMatchObject({ state: 'waiting', bytes_here: true })
  })

  test.each([
    ['an empty object', {}],
    ['no results', { server_now: '2026-04-01T00:00:00Z', epoch: 'first', backed_up_to: null }],
    ['a time nobody can read', { server_now: 'soon', epoch: 'first', backed_up_to: null, results: [] }],
    ['nothing at all', undefined],
  ])('an answer with %s says nothing', async (_, body) => {
    await phone.record(0)
    const transport = httpTransport(
      () => api(body),
      () => Promise.resolve(),
    )

    expect(await syncOnce({ localStore: phone.localStore, transport, now: () => phone.clock, random: () => 0.5 })).toEqual({
      kind: 'offline',
      why: 'stranger',
    })

    expect((await phone.ops())[0]).toMatchObject({ state: 'sending', answered_at: null })
  })
})

describe('lost answers', () => {
  test('a push whose answer was lost is known by its receipt, in the same cycle', async () => {
    const op = await phone.record(1)
    phone.server.faults.push('lost-reply')

    expect(await phone.sync()).toMatchObject({ kind: 'done', left: 0 })

    expect(phone.server.calls.filter((call) => call === 'push')).toHaveLength(1)
    expect(await stateOf(op.op_id)).toBe('accepted')
  })

  test.each(['conflict', 'quarantined'] as const)('a lost %s comes back with its reason', async (verdict) => {
    const op = await phone.record(0)
    phone.server.verdicts.set(op.op_id, () => verdict)
    phone.server.faults.push('lost-reply')

    await phone.settle()

    const row = (await phone.localStore.op(op.op_id))!
    expect([row.state, row.problem?.slug]).toEqual([verdict, verdict])
  })
})

describe('pulling on a bad line', () => {
  test('a page that never comes in time is requested smaller', async () => {
    phone.server.tell('categories', 'GG0101', { code: 'GG0101' })
    phone.server.slowAbove = 200

    expect((await phone.sync()).kind).toBe('done')

    expect(await phone.localStore.pulled('categories')).toHaveLength(1)
  })

  test('an expired cursor starts the pull anew and touches no unsent row', async () => {
    phone.server.tell('points', 'one', { id: 'one' })
    await phone.sync()
    const op = await phone.record(1)
    const pull = phone.server.pull.bind(phone.server)
    phone.server.pull = (cursor, token, limit) => {
      if (cursor !== null) return Promise.reject(refused(409, 'cursor-invalid'))
      return pull(cursor, token, limit)
    }
    phone.server.push = () => Promise.reject(refused(426, 'pull-only'))

    await phone.sync()

    expect(await phone.localStore.pulled('points')).toHaveLength(1)
    expect(await stateOf(op.op_id)).toBe('sending')
  })

  test('a server whose pages never end gets no endless requests', async () => {
    await phone.sync()
    phone.server.calls.length = 0
    const { pull } = phone.server
    phone.server.pull = async (cursor, token) => ({ ...(await pull.call(phone.server, cursor, token)), more: true })

    await phone.sync()

    expect(phone.server.calls).toEqual(['pull'])
  })
})

describe('a restored server', () => {
  test('is recognised even by a phone killed at its very first answer', async () => {
    const op = await phone.record(0)
    const { settle } = phone.localStore
    phone.localStore.settle = async (...what) => {
      await settle.apply(phone.localStore, what)
      throw new Error('killed')
    }
    await phone.sync().catch(() => undefined)
    phone.localStore.settle = settle
    phone.server.restoreBackup()

    await phone.settle()

    expect(phone.server.ops.has(op.op_id)).toBe(true)
  })

  test('its backup line frees nothing before receipts were requested', async () => {
    await phone.record(1)
    await phone.sync()
    phone.clock += 60_000
    phone.server.restoreBackup()
    phone.server.backUp()
    // The first receipts after the adoption never come.
    phone.server.receipts = () => Promise.reject(new Unreachable('network'))

    await phone.sync()

    expect((await phone.photos())[0]).toMatchObject({ bytes_here: true })
    expect(await phone.localStore.meta('backed_up_to')).toBeNull()
  })

  test('is recognised even when the first answer was only a receipt', async () => {
    const op = await phone.record(0)
    const { pull } = phone.server
    phone.server.faults.push('lost-reply')
    phone.server.pull = () => Promise.reject(new Error('killed'))
    await phone.sync().catch(() => undefined)
    phone.server.pull = pull
    phone.server.restoreBackup()

    await phone.settle()

    expect(phone.server.ops.has(op.op_id)).toBe(true)
  })

  test('is offered again what everybody on this phone had delivered', async () => {
    const hers = await phone.record(1)
    await phone.sync()
    await phone.localStore.signOut()
    await phone.signIn(WANG)
    phone.server.restoreBackup()
    await phone.sync()
    await phone.localStore.signOut()
    await phone.signIn(CHEN)

    await phone.settle()

    expect(phone.server.ops.has(hers.op_id)).toBe(true)
    expect(phone.server.photos.get(hers.content.photos[0]!.photo_id)!.state).toBe('stored')
  })

  test('is offered a photo again that it once refused', async () => {
    await phone.record(1)
    const [photo] = await phone.photos()
    phone.server.rejectedPhotos.add(photo!.photo_id)
    await phone.sync()
    phone.server.rejectedPhotos.clear()
    phone.server.restoreBackup()

    await phone.settle()

    expect(phone.server.photos.get(photo!.photo_id)!.state).toBe('stored')
  })

  test('a conflict that comes again is shown again', async () => {
    const op = await phone.record(0)
    phone.server.verdicts.set(op.op_id, () => 'conflict')
    await phone.sync()
    await phone.localStore.changeOps([op.op_id], (row) => ({ ...row, acknowledged: true }))
    phone.server.restoreBackup()

    await phone.settle()

    expect(await phone.localStore.op(op.op_id)).toMatchObject({ state: 'conflict', acknowledged: false })
  })

  test('what it wants again without a new generation is sent again', async () => {
    const op = await phone.record(1)
    await phone.sync()
    phone.server.photos.clear()
    await phone.localStore.changeOps([op.op_id], (row) => ({ ...row, state: 'sending', answered_at: null }))

    await phone.settle()

    expect([...phone.server.photos.values()].map((photo) => photo.state)).toEqual(['stored'])
  })
})

describe('no storage on the phone', () => {
  test('during a cycle is said as what it is', async () => {
    await phone.record(0)
    phone.db.write = () => Promise.reject(new StorageFull())

    expect(await phone.sync()).toEqual({ kind: 'storage-full' })
  })
})
