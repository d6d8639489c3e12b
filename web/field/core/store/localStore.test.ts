/** The ledger keeps what a person made, whoever signs in, and never half of it. */
import 'fake-indexeddb/auto'

import type { Person } from '@shared/api/types'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { declared } from '../testing/phone'
import { emptyFields, heldPhoto, observationOp } from '../model/make'
import { CHEN } from '../testing/modelServer'
import { Database } from './database'
import { Ledger, NotKept } from './localStore'
import type { DraftFields, DraftRow, PhotoRow, SessionRow } from '../model/rows'

const WANG: Person = { ...CHEN, id: '01900000-0000-7000-8000-0000000000aa', name: '老王' }
const FIELDS: DraftFields = { ...emptyFields(), category: 'GG0101' }
const session = (person: Person): SessionRow => ({
  person,
  access_token: 'a',
  refresh_token: 'r',
  expires_at: '2026-04-01T00:00:00Z',
  signed_in_at: 0,
})
const draft: DraftRow = { draft_id: 'd', author: CHEN.id, kind: 'observation', task_id: null, started_at: 1, updated_at: 1, fields: FIELDS }

async function held(bytes: ArrayBuffer, hash?: string): Promise<PhotoRow> {
  const declaration = await declared('p', bytes, 1)
  return heldPhoto(CHEN.id, 'd', { ...declaration, sha256: hash ?? declaration.sha256 }, 1)
}

let nth = 0
let ledger: Ledger

beforeEach(() => {
  ledger = new Ledger(new Database(`ledger-${(nth += 1)}`))
})
afterEach(() => ledger.db.destroy())

describe('saving', () => {
  test('turns a draft and its photos into one op', async () => {
    const photo = await held(new Uint8Array([1, 2, 3]).buffer)
    await ledger.saveDraft(draft)
    await ledger.addPhoto(photo, new Uint8Array([1, 2, 3]).buffer)
    const op = observationOp({ author: CHEN.id, now: 1, exchange: null }, 'd', FIELDS, [photo])

    await ledger.saveOp(op, 'd')

    expect(await ledger.draft('d')).toBeNull()
    expect((await ledger.photos(CHEN.id))[0]).toMatchObject({ state: 'waiting', op_id: op.op_id, draft_id: null })
  })

  test('keeps the draft whole when a declared photo is missing', async () => {
    await ledger.saveDraft(draft)
    const op = observationOp({ author: CHEN.id, now: 1, exchange: null }, 'd', FIELDS, [await held(new Uint8Array([1]).buffer)])

    await expect(ledger.saveOp(op, 'd')).rejects.toBeInstanceOf(NotKept)

    expect(await ledger.draft('d')).not.toBeNull()
    expect(await ledger.ops(CHEN.id)).toEqual([])
  })

  test('a photo whose bytes do not fit its hash is not kept', async () => {
    const photo = await held(new Uint8Array([1]).buffer, '0'.repeat(64))

    await expect(ledger.addPhoto(photo, new Uint8Array([1]).buffer)).rejects.toBeInstanceOf(NotKept)

    expect(await ledger.photos(CHEN.id)).toEqual([])
  })

  test('a photo of a saved record can no longer be taken out', async () => {
    const photo = await held(new Uint8Array([1]).buffer)
    await ledger.addPhoto(photo, new Uint8Array([1]).buffer)
    await ledger.saveOp(observationOp({ author: CHEN.id, now: 1, exchange: null }, 'd', FIELDS, [photo]), null)

    await ledger.removeHeldPhoto('p')

    expect(await ledger.bytes('p')).not.toBeNull()
  })
})

test.each(['waiting', 'sent', 'rejected', 'lost'] as const)('bytes of a photo that is %s are not freed, whoever asks', async (state) => {
  const photo = await held(new Uint8Array([1]).buffer)
  await ledger.addPhoto(photo, new Uint8Array([1]).buffer)
  await ledger.changePhotos(['p'], (row) => ({ ...row, state }))

  await ledger.free(['p'], [])

  expect(await ledger.bytes('p')).not.toBeNull()
})

test('an op whose photo still has bytes here is not forgotten', async () => {
  const photo = await held(new Uint8Array([1]).buffer)
  await ledger.addPhoto(photo, new Uint8Array([1]).buffer)
  const op = observationOp({ author: CHEN.id, now: 1, exchange: null }, 'd', FIELDS, [photo])
  await ledger.saveOp(op, null)

  await ledger.free([], [op.op_id])

  expect(await ledger.op(op.op_id)).not.toBeNull()
})

describe('people', () => {
  test('signing out leaves unsent rows and takes the personal copies', async () => {
    await ledger.signIn(session(CHEN))
    await ledger.applyPage(
      CHEN.id,
      await ledger.position(),
      { changes: [{ seq: 1, collection: 'observations', id: 'o', op: 'put', version: 1, data: {} }], cursor: 'c', more: false, reset: [] },
      '2026-04-01T00:00:00Z',
    )
    await ledger.saveOp(observationOp({ author: CHEN.id, now: 1, exchange: null }, 'd', FIELDS, []), null)

    await ledger.signOut()

    expect(await ledger.session()).toBeNull()
    expect(await ledger.pulled('records')).toEqual([])
    expect(await ledger.ops(CHEN.id)).toHaveLength(1)
  })

  test('another person pulls afresh', async () => {
    await ledger.signIn(session(CHEN))
    await ledger.applyPage(CHEN.id, await ledger.position(), { changes: [], cursor: 'chen', more: false, reset: [] }, '2026-04-01T00:00:00Z')

    await ledger.signIn(session(WANG))

    expect((await ledger.position()).cursor).toBeNull()
  })

  test('the same person goes on where the pull stood', async () => {
    await ledger.signIn(session(CHEN))
    await ledger.applyPage(CHEN.id, await ledger.position(), { changes: [], cursor: 'chen', more: false, reset: [] }, '2026-04-01T00:00:00Z')

    await ledger.signIn(session(CHEN))

    expect((await ledger.position()).cursor).toBe('chen')
  })

  test('a page that was asked for somebody else is not kept', async () => {
    await ledger.signIn(session(CHEN))
    const position = await ledger.position()
    await ledger.signIn(session(WANG))

    await ledger.applyPage(
      CHEN.id,
      position,
      { changes: [{ seq: 1, collection: 'tasks', id: 't', op: 'put', version: 1, data: {} }], cursor: 'c', more: false, reset: [] },
      '2026-04-01T00:00:00Z',
    )

    expect(await ledger.pulled('tasks')).toEqual([])
  })
})

describe('a collection that is reset', () => {
  const put = (id: string) => ({ seq: 1, collection: 'tasks', id, op: 'put', version: 1, data: { id } }) as const

  test('loses what the new copy does not hold, and only when that is whole', async () => {
    await ledger.signIn(session(CHEN))
    await ledger.applyPage(CHEN.id, await ledger.position(), { changes: [put('old'), put('kept')], cursor: '1', more: false, reset: [] }, 'x')

    await ledger.applyPage(CHEN.id, await ledger.position(), { changes: [put('kept')], cursor: '2', more: true, reset: ['tasks'] }, 'x')
    expect(await ledger.pulled('tasks')).toHaveLength(2)

    await ledger.applyPage(CHEN.id, await ledger.position(), { changes: [put('new')], cursor: '3', more: false, reset: [] }, 'x')
    expect((await ledger.pulled<{ id: string }>('tasks')).map((row) => row.id).sort()).toEqual(['kept', 'new'])
  })
})

test('a connection the browser closed is opened again', async () => {
  await ledger.setMeta('epoch', 'first')
  await ledger.db.close()

  expect(await ledger.meta('epoch')).toBe('first')
})
