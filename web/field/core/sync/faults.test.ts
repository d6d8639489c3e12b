/** The sync cycle under faults of items, clocks, people and tokens. */
import 'fake-indexeddb/auto'

import { Refused, Unreachable } from '@shared/api/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { Phone, WANG } from '../testing/phone'
import { CHEN, refused } from '../testing/modelServer'
import { LONGEST_WAIT_MS } from '../model/rules'

const MONTHS = 90 * 24 * 3600 * 1000

let phone: Phone

beforeEach(async () => {
  phone = await new Phone().ready()
})
afterEach(() => phone.db.destroy())

const stateOf = async (op_id: string) => (await phone.localStore.op(op_id))!.state

describe('one bad item (PITFALLS 2)', () => {
  test('an op that makes the server fail holds up no other for long', async () => {
    for (let nth = 0; nth < 12; nth += 1) await phone.record(0)
    const bad = (await phone.ops())[11]!
    phone.server.verdicts.set(bad.op_id, () => 500)

    for (let cycle = 0; cycle < 10; cycle += 1) {
      await phone.sync()
      phone.clock += 5 * 60_000
    }

    expect(phone.server.ops.size).toBe(11)
    expect(await stateOf(bad.op_id)).toBe('sending')
  })

  test('an op that makes the server fail does not keep photos from going', async () => {
    const good = await phone.record(1)
    await phone.sync()
    phone.server.photos.clear()
    await phone.localStore.changePhotos([good.content.photos[0]!.photo_id], (photo) => ({ ...photo, state: 'waiting' }))
    const bad = await phone.record(0)
    phone.server.verdicts.set(bad.op_id, () => 500)

    await phone.sync()

    expect([...phone.server.photos.values()].map((photo) => photo.state)).toEqual(['stored'])
  })

  test('a server that fails for everything gets no third request', async () => {
    for (let nth = 0; nth < 5; nth += 1) await phone.record(0)
    for (const op of await phone.ops()) await phone.localStore.changeOps([op.op_id], (row) => ({ ...row, refusals: 7 }))
    phone.server.faults.push(...Array.from({ length: 9 }, () => 500 as const))

    const outcome = await phone.sync()

    expect(outcome.kind).toBe('later')
    expect(phone.server.calls).toEqual(['push', 'push'])
  })

  test('a batch too much for the line goes through in portions', async () => {
    for (let nth = 0; nth < 20; nth += 1) await phone.record(0)
    for (const op of await phone.ops()) {
      phone.server.verdicts.set(op.op_id, (batch) => {
        if (batch.ops.length > 6) throw new Unreachable('timeout')
        return 'accepted'
      })
    }

    expect(await phone.sync()).toMatchObject({ kind: 'done', left: 0 })

    expect(phone.server.ops.size).toBe(20)
  })

  test('an op nobody ever answers lets the others pass', async () => {
    for (let nth = 0; nth < 6; nth += 1) await phone.record(0)
    const bad = (await phone.ops())[5]!
    phone.server.verdicts.set(bad.op_id, () => {
      throw new Unreachable('network')
    })

    await phone.sync()

    expect(phone.server.ops.size).toBe(5)
  })

  test('a photo that makes the server fail holds up no other', async () => {
    await phone.record(5)
    const [bad] = await phone.photos()
    const upload = phone.server.upload.bind(phone.server)
    phone.server.upload = (one, token) =>
      one.declaration.photo_id === bad!.photo_id ? Promise.reject(refused(500, 'http-500')) : upload(one, token)

    await phone.sync()

    expect((await phone.photos()).filter((photo) => photo.state === 'stored')).toHaveLength(4)
  })

  test('a photo that failed often lets the others go first', async () => {
    await phone.record(2)
    const [tired, fresh] = await phone.photos()
    await phone.localStore.changePhotos([tired!.photo_id], (photo) => ({ ...photo, attempts: 9 }))
    const order: string[] = []
    phone.server.upload = (one) => {
      order.push(one.declaration.photo_id)
      return Promise.resolve()
    }

    await phone.sync()

    expect(order).toEqual([fresh!.photo_id, tired!.photo_id])
  })

  test('the wait of a refused op is not shortened by a receipt that does not know it', async () => {
    const op = await phone.record(0)
    phone.server.verdicts.set(op.op_id, () => 400)

    await phone.sync()

    expect((await phone.localStore.op(op.op_id))!.not_before).toBeGreaterThan(phone.clock)
  })
})

describe('waiting as requested', () => {
  test('Retry-After of one photo is that photo’s wait', async () => {
    await phone.record(1)
    phone.server.upload = () => Promise.reject(new Refused({ type: '', slug: 'busy', title: '', status: 409 }, 40, null))

    await phone.sync()

    expect((await phone.photos())[0]!.not_before).toBe(phone.clock + 40_000)
  })

  test('Retry-After of a request reaches the plan of the next cycle', async () => {
    await phone.record(0)
    phone.server.push = () => Promise.reject(new Refused({ type: '', slug: 'busy', title: '', status: 503 }, 30, null))

    expect(await phone.sync()).toMatchObject({ kind: 'later', retryAfterMs: 30_000 })
  })

  test('a date read by a wrong clock keeps nobody waiting for months', async () => {
    await phone.record(0)
    phone.server.push = () => Promise.reject(new Refused({ type: '', slug: 'busy', title: '', status: 503 }, MONTHS / 1000, null))

    expect(await phone.sync()).toMatchObject({ retryAfterMs: LONGEST_WAIT_MS })
  })
})

describe('a clock wrong by months', () => {
  test.each([
    ['ahead', MONTHS],
    ['behind', -MONTHS],
  ])('%s: the record arrives all the same', async (_, by) => {
    phone.setClock(by)

    await phone.record(1)

    expect(await phone.sync()).toMatchObject({ kind: 'done', left: 0 })
  })

  test('a known offset keeps a good token from being renewed', async () => {
    phone.setClock(MONTHS)
    await phone.sync()
    phone.server.calls.length = 0

    await phone.sync()

    expect(phone.server.calls).not.toContain('refresh')
  })

  test.each([
    ['put back', -MONTHS],
    ['put back by half an hour', -30 * 60_000],
    ['put forward', MONTHS],
  ])('%s: nobody waits longer than before', async (_, by) => {
    const op = await phone.record(0)
    phone.server.verdicts.set(op.op_id, () => 400)
    await phone.sync(() => 1)
    phone.server.verdicts.clear()
    phone.setClock(by)

    await phone.sync()
    await phone.sync()

    expect(await stateOf(op.op_id)).toBe('accepted')
  })

  test('put back: photos are still freed by the server’s time', async () => {
    await phone.record(1)
    await phone.sync()
    phone.setClock(-MONTHS)
    phone.clock += 60_000
    phone.server.backUp()

    await phone.sync()

    expect((await phone.photos()).some((photo) => photo.bytes_here)).toBe(false)
  })
})

describe('several people, one phone', () => {
  test('B neither sends nor counts as own what A left, and sees that it is there', async () => {
    await phone.record(2)
    await phone.localStore.signOut()
    await phone.signIn(WANG)

    await phone.sync()

    expect(phone.server.ops.size + phone.server.photos.size).toBe(0)
    expect(await phone.ops(WANG.id)).toEqual([])
    expect([...(await phone.localStore.waitingForOthers(WANG.id))]).toEqual([[CHEN.id, 1]])
  })

  test('a photo that waits is somebody’s unsent record too', async () => {
    const op = await phone.record(1)
    await phone.localStore.changeOps([op.op_id], (row) => ({ ...row, state: 'accepted', answered_at: 'x' }))

    expect([...(await phone.localStore.waitingForOthers(WANG.id))]).toEqual([[CHEN.id, 1]])
  })

  test('everybody’s own arrives as their own', async () => {
    const hers = await phone.record(1)
    await phone.localStore.signOut()
    await phone.signIn(WANG)
    const his = await phone.record(1, WANG.id)
    await phone.sync()
    await phone.localStore.signOut()
    await phone.signIn(CHEN)

    await phone.sync()

    expect([hers, his].map((op) => phone.server.ops.get(op.op_id)!.by)).toEqual([CHEN.id, WANG.id])
  })

  test('a cycle that began for A sends nothing of A with B’s token', async () => {
    await phone.record(0)
    const push = phone.server.push.bind(phone.server)
    phone.server.push = async (batch, token) => {
      await phone.localStore.signOut()
      await phone.signIn(WANG)
      phone.server.revoke()
      return push(batch, token)
    }

    expect((await phone.sync()).kind).toBe('sign-in-again')

    expect(phone.server.ops.size).toBe(0)
  })

  test('tokens of somebody else are not taken', async () => {
    await phone.record(0)
    phone.server.accessToken = 'another'
    phone.server.refresh = () => Promise.resolve({ access_token: 'w', expires_at: '2030-01-01T00:00:00Z', refresh_token: 'w', person: WANG })

    expect(await phone.sync()).toEqual({ kind: 'offline', why: 'stranger' })

    expect((await phone.localStore.session())!.person.id).toBe(CHEN.id)
    expect(phone.server.ops.size).toBe(0)
  })

  test('a pull that A began ends when A leaves, and leaves B nothing', async () => {
    for (const nth of [1, 2, 3, 4, 5]) phone.server.tell('tasks', `task-${nth}`, {})
    const pull = phone.server.pull.bind(phone.server)
    phone.server.pull = async (cursor, token, limit) => {
      const page = await pull(cursor, token, limit)
      await phone.localStore.signOut()
      return page
    }

    expect((await phone.sync()).kind).toBe('signed-out')

    expect(phone.server.calls.filter((call) => call === 'pull')).toHaveLength(1)
    expect(await phone.localStore.pulled('tasks')).toEqual([])
  })

  test('leaving and coming back while a page travels loses nothing of the pull', async () => {
    for (const nth of [1, 2, 3]) phone.server.tell('tasks', `task-${nth}`, { id: `task-${nth}` })
    await phone.sync()
    phone.server.tell('tasks', 'task-4', { id: 'task-4' })
    const pull = phone.server.pull.bind(phone.server)
    phone.server.pull = async (cursor, token, limit) => {
      phone.server.pull = pull
      const page = await pull(cursor, token, limit)
      await phone.localStore.signOut()
      await phone.signIn(CHEN)
      return page
    }

    await phone.sync()
    await phone.sync()

    expect(await phone.localStore.pulled('tasks')).toHaveLength(4)
  })
})

describe('tokens', () => {
  test('three photos that meet the same expiry share one renewal', async () => {
    await phone.record(3)
    phone.server.crowd(3)
    const { push } = phone.server
    phone.server.push = async (batch, token) => {
      const answer = await push.call(phone.server, batch, token)
      phone.server.accessToken = 'the next one'
      return answer
    }

    expect(await phone.sync()).toMatchObject({ kind: 'done', left: 0 })

    expect(phone.server.calls.filter((call) => call === 'refresh')).toHaveLength(1)
  })

  test('a long cycle renews as often as tokens end', async () => {
    await phone.record(6)
    const upload = phone.server.upload.bind(phone.server)
    phone.server.upload = async (one, token) => {
      await upload(one, token)
      phone.server.accessToken = `${phone.server.accessToken} ended`
    }

    expect(await phone.sync()).toMatchObject({ kind: 'done', left: 0 })
  })

  test('a revoked device pauses, says so, and keeps every row', async () => {
    await phone.record(2)
    phone.server.revoke()

    const outcome = await phone.sync()

    expect(outcome.kind).toBe('sign-in-again')
    expect((await phone.photos()).filter((photo) => photo.bytes_here)).toHaveLength(2)
  })

  test('a revoked device that signs in again goes on', async () => {
    await phone.record(2)
    phone.server.revoke()
    await phone.sync()

    await phone.signIn(CHEN)

    expect(await phone.sync()).toMatchObject({ kind: 'done', left: 0 })
  })

  test('a person who was disabled keeps every row', async () => {
    await phone.record(1)
    phone.server.disable(CHEN)

    expect((await phone.sync()).kind).toBe('disabled')

    expect(await phone.ops()).toHaveLength(1)
  })
})
