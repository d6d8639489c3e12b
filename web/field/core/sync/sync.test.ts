/** The sync cycle against a model server and a bad network: nothing lost, nothing doubled, nothing freed early. */
import 'fake-indexeddb/auto'

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { OpRow } from '../model/rows'
import { canonical } from '../model/canonical'
import { Phone } from '../testing/phone'
import { withdrawOp } from '../model/make'
import { CHEN, type Fault } from '../testing/modelServer'
import { RETENTION_MS } from '../model/rules'

let phone: Phone

beforeEach(async () => {
  phone = await new Phone().ready()
})

afterEach(() => phone.db.destroy())

describe('the straight path', () => {
  test('a record with two photos is accepted, stored and proven in one cycle', async () => {
    await phone.record(2)

    expect(await phone.sync()).toMatchObject({ kind: 'done', left: 0 })

    expect((await phone.ops()).map((op) => op.state)).toEqual(['accepted'])
    expect((await phone.photos()).map((photo) => photo.state)).toEqual(['stored', 'stored'])
  })

  test('the newest record goes first', async () => {
    const older = await phone.record(0)
    const newer = await phone.record(0)

    await phone.sync()

    expect(phone.server.pushed[0]!.ops.map((op) => op.op_id)).toEqual([newer.op_id, older.op_id])
  })

  test('a withdrawal never overtakes the record it withdraws', async () => {
    const op = await phone.record(0)
    phone.clock += 1000
    const withdrawal = withdrawOp({ author: CHEN.id, now: phone.clock, exchange: null }, { id: op.entity_id, version: 1 }, [op.op_id])
    await phone.localStore.saveOp(withdrawal, null)

    await phone.sync()

    expect(phone.server.pushed[0]!.ops.map((sent) => sent.op_id)).toEqual([op.op_id, withdrawal.op_id])
  })

  test('at most three photos travel at once', async () => {
    await phone.record(9)
    phone.server.crowd(3)

    await phone.sync()

    expect(phone.server.mostUploads).toBe(3)
  })

  test('a hundred and fifty records go in batches of at most a hundred', async () => {
    for (let nth = 0; nth < 150; nth += 1) await phone.record(0)

    await phone.settle()

    expect(phone.server.ops.size).toBe(150)
    expect(Math.max(...phone.server.pushed.map((batch) => batch.ops.length))).toBe(100)
  })

})

describe('answers that mean nothing', () => {
  const FAULTS: Fault[] = ['network', 'timeout', 'stranger', 503, 429, 408, 403]

  test.each(FAULTS)('%s on push changes nothing but counters', async (fault) => {
    await phone.record(1)
    phone.server.faults.push(fault, fault)

    const outcome = await phone.sync()

    expect(outcome.kind).not.toBe('done')
    const [op] = await phone.ops()
    expect(op).toMatchObject({ state: 'sending', attempts: 1, answered_at: null })
    expect(await phone.localStore.bytes((await phone.photos())[0]!.photo_id)).not.toBeNull()
  })

  test('401 with a refused refresh pauses the queue and keeps every row', async () => {
    await phone.record(1)
    phone.server.accessToken = 'another'
    phone.server.refreshToken = 'another'

    const outcome = await phone.sync()

    expect(outcome.kind).toBe('sign-in-again')
    expect(await phone.ops()).toHaveLength(1)
    expect((await phone.photos())[0]!.bytes_here).toBe(true)
  })

  test('a token refused right after its renewal pauses the queue instead of renewing for ever', async () => {
    await phone.record(1)
    phone.server.faults.push(401, 'none', 401)

    expect((await phone.sync()).kind).toBe('sign-in-again')

    expect(phone.server.calls).toEqual(['push', 'refresh', 'push'])
  })

  test('an expired access token is renewed once and the cycle goes on', async () => {
    await phone.record(1)
    phone.server.accessToken = 'expired-for-the-phone'

    expect(await phone.sync()).toMatchObject({ kind: 'done', left: 0 })

    expect((await phone.localStore.session())!.access_token).toBe(phone.server.accessToken)
  })

  test('a lost reply to a push is answered as duplicate and counted once', async () => {
    const op = await phone.record(1)
    phone.server.faults.push('lost-reply')

    await phone.sync()
    await phone.settle()

    expect(phone.server.ops.get(op.op_id)!.applied).toBe(1)
    expect((await phone.ops())[0]!.state).toBe('accepted')
  })
})

describe('verdicts on single ops', () => {
  test.each(['conflict', 'quarantined'] as const)('%s holds up no other record', async (verdict) => {
    const bad = await phone.record(1)
    const good = await phone.record(1)
    phone.server.verdicts.set(bad.op_id, () => verdict)

    await phone.sync()

    const states = Object.fromEntries((await phone.ops()).map((op) => [op.op_id, op.state]))
    expect(states).toEqual({ [bad.op_id]: verdict, [good.op_id]: 'accepted' })
    expect([...phone.server.photos.values()].map((photo) => photo.state)).toEqual(['stored', 'stored'])
  })

  test('a deferred op waits as long as the server says and then goes through', async () => {
    const op = await phone.record(0)
    phone.server.verdicts.set(op.op_id, () => 'deferred')
    await phone.sync()
    phone.server.verdicts.clear()
    expect((await phone.ops())[0]).toMatchObject({ state: 'deferred', not_before: phone.clock + 1000 })

    await phone.settle()

    expect((await phone.ops())[0]!.state).toBe('accepted')
  })

  test('an op that spoils every batch is isolated in one cycle and the others arrive', async () => {
    for (let nth = 0; nth < 12; nth += 1) await phone.record(0)
    const bad = (await phone.ops())[5]!
    phone.server.verdicts.set(bad.op_id, () => 400)

    await phone.sync()

    expect(phone.server.ops.size).toBe(11)
    expect((await phone.ops()).find((op) => op.op_id === bad.op_id)).toMatchObject({ state: 'sending', answered_at: null })
  })

  test('a rejected photo is shown to its author and keeps its bytes', async () => {
    await phone.record(1)
    const [photo] = await phone.photos()
    phone.server.rejectedPhotos.add(photo!.photo_id)

    await phone.sync()

    expect((await phone.photos())[0]).toMatchObject({ state: 'rejected', problem: 'not-an-image', bytes_here: true })
  })

  test('bytes that rotted on the phone never travel as evidence', async () => {
    await phone.record(1)
    const [photo] = await phone.photos()
    await phone.db.write(['photo_bytes'], (tx) =>
      tx.objectStore('photo_bytes').put({ photo_id: photo!.photo_id, bytes: new Uint8Array([1, 2, 3]).buffer }),
    )

    await phone.sync()

    expect((await phone.photos())[0]!.state).toBe('lost')
    expect(phone.server.calls).not.toContain('upload')
  })
})

describe('freeing bytes', () => {
  test('stored bytes stay until a backup covers them', async () => {
    await phone.record(1)
    await phone.sync()
    expect((await phone.photos())[0]!.bytes_here).toBe(true)

    phone.clock += 60_000
    phone.server.backedUpTo = new Date(phone.clock).toISOString()
    await phone.sync()

    const [photo] = await phone.photos()
    expect(photo === undefined || !photo.bytes_here).toBe(true)
  })

  test('stored bytes go after fourteen days without a backup', async () => {
    await phone.record(1)
    await phone.sync()

    phone.clock += RETENTION_MS - 60_000
    await phone.sync()
    expect((await phone.photos())[0]!.bytes_here).toBe(true)

    phone.clock += 120_000
    await phone.sync()
    expect(await phone.photos()).toHaveLength(0)
  })

  test('unsent bytes never go, however old', async () => {
    await phone.record(1)
    phone.clock += 10 * RETENTION_MS
    phone.server.backedUpTo = new Date(phone.clock).toISOString()
    phone.server.faults.push('none', 'none', 'network')

    await phone.sync()

    expect((await phone.photos())[0]!.bytes_here).toBe(true)
  })
})

describe('a restored server', () => {
  test('is sent again what it no longer knows, and nothing else', async () => {
    const kept = await phone.record(1)
    const lost = await phone.record(1)
    await phone.sync()
    const keptPhoto = kept.content.photos[0]!.photo_id
    phone.server.restore(new Set([kept.op_id]), new Set([keptPhoto]))
    const before = phone.server.calls.filter((call) => call === 'upload').length

    await phone.settle()

    expect([...phone.server.ops.keys()].sort()).toEqual([kept.op_id, lost.op_id].sort())
    expect([...phone.server.photos.values()].map((photo) => photo.state)).toEqual(['stored', 'stored'])
    expect(phone.server.calls.filter((call) => call === 'upload').length).toBe(before + 1)
  })

  test('is noticed by a push too', async () => {
    const lost = await phone.record(0)
    await phone.sync()
    phone.server.restore(new Set(), new Set())
    const fresh = await phone.record(0)

    await phone.settle()

    expect([...phone.server.ops.keys()].sort()).toEqual([fresh.op_id, lost.op_id].sort())
  })
})

describe('pulling', () => {
  test('pages are applied until there are no more', async () => {
    for (const code of ['GG0101', 'GG0102', 'GG0103', 'GG0104', 'GG0105']) phone.server.tell('categories', code, { code })

    await phone.sync()

    expect(await phone.localStore.pulled('categories')).toHaveLength(5)
  })

  test('what vanished from the server goes only when the new copy is whole', async () => {
    phone.server.tell('points', 'old', { id: 'old' })
    await phone.sync()
    phone.server.changes.length = 0
    for (const id of ['a', 'b', 'c']) phone.server.tell('points', id, { id })
    phone.server.epoch = 'second'
    // receipts of the adoption, then the session, then the first page; the second page is lost
    phone.server.faults.push('none', 'none', 'none', 'network')

    await phone.sync()
    expect((await phone.localStore.pulled<{ id: string }>('points')).map((row) => row.id)).toContain('old')

    await phone.settle()
    expect((await phone.localStore.pulled<{ id: string }>('points')).map((row) => row.id).sort()).toEqual(['a', 'b', 'c'])
  })
})

describe('for any run of faults', () => {
  const fault = fc.constantFrom<Fault>('none', 'none', 'network', 'lost-reply', 'stranger', 'timeout', 500, 503, 429, 408, 401, 403)
  const action = fc.constantFrom('record', 'sync', 'sync', 'restore', 'backup')

  test('every record arrives once and whole, and no byte is freed unproven', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 40 }), fc.array(action, { maxLength: 14 }), async (faults, actions) => {
        const one = await new Phone().ready()
        try {
          one.server.faults.push(...faults)
          const made: OpRow[] = []
          for (const what of actions) {
            one.clock += 90_000
            if (what === 'record') made.push(await one.record(made.length % 3))
            if (what === 'backup') one.server.backedUpTo = new Date(one.clock).toISOString()
            if (what === 'sync') await one.sync()
            // A restored backup holds at least what was promised by `backed_up_to`; here: everything or, without one, nothing.
            if (what === 'restore' && one.server.backedUpTo === null) one.server.restore(new Set(), new Set())
            for (const photo of await one.photos()) {
              if (!photo.bytes_here) expect(one.server.photos.get(photo.photo_id)?.state).toBe('stored')
            }
          }
          one.server.faults.length = 0
          await one.settle()
          for (const op of made) {
            expect(one.server.ops.get(op.op_id)?.content).toBe(canonical(op.content))
            for (const photo of op.content.photos) expect(one.server.photos.get(photo.photo_id)?.state).toBe('stored')
          }
          expect(one.server.ops.size).toBe(made.length)
        } finally {
          await one.db.destroy()
        }
      }),
      { numRuns: 60 },
    )
  }, 60_000)
})
