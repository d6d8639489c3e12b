/** The local store keeps what a person made, whoever signs in, and never half of it. */
import 'fake-indexeddb/auto'

import type { Person } from '@shared/api/types'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { declared } from '../testing/phone'
import { emptyFields, heldPhoto, observationOp } from '../model/make'
import { CHEN } from '../testing/modelServer'
import { Database } from './database'
import { LocalStore, NotStored } from './localStore'
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
let localStore: LocalStore

beforeEach(async () => {
  localStore = new LocalStore(new Database(`store-${(nth += 1)}`))
  await localStore.saveDraft(draft)
})
afterEach(() => localStore.db.destroy())

describe('saving', () => {
  test('turns a draft and its photos into one op', async () => {
    const photo = await held(new Uint8Array([1, 2, 3]).buffer)
    await localStore.addPhoto(photo, new Uint8Array([1, 2, 3]).buffer)
    const op = observationOp({ author: CHEN.id, now: 1, exchange: null }, 'd', FIELDS, [photo])

    await localStore.saveOp(op, 'd')

    expect(await localStore.draft('d')).toBeNull()
    expect((await localStore.photos(CHEN.id))[0]).toMatchObject({ state: 'waiting', op_id: op.op_id, draft_id: null })
  })

  test('keeps the draft whole when a declared photo is missing', async () => {
    const op = observationOp({ author: CHEN.id, now: 1, exchange: null }, 'd', FIELDS, [await held(new Uint8Array([1]).buffer)])

    await expect(localStore.saveOp(op, 'd')).rejects.toBeInstanceOf(NotStored)

    expect(await localStore.draft('d')).not.toBeNull()
    expect(await localStore.ops(CHEN.id)).toEqual([])
  })

  test('a photo whose bytes do not fit its hash is not kept', async () => {
    const photo = await held(new Uint8Array([1]).buffer, '0'.repeat(64))

    await expect(localStore.addPhoto(photo, new Uint8Array([1]).buffer)).rejects.toBeInstanceOf(NotStored)

    expect(await localStore.photos(CHEN.id)).toEqual([])
  })

  test('a photo of a saved record can no longer be taken out', async () => {
    const photo = await held(new Uint8Array([1]).buffer)
    await localStore.addPhoto(photo, new Uint8Array([1]).buffer)
    await localStore.saveOp(observationOp({ author: CHEN.id, now: 1, exchange: null }, 'd', FIELDS, [photo]), null)

    await localStore.removeHeldPhoto('p')

    expect(await localStore.bytes('p')).not.toBeNull()
  })
})

test.each(['waiting', 'sent', 'rejected', 'lost'] as const)('bytes of a photo that is %s are not freed, whoever asks', async (state) => {
  const photo = await held(new Uint8Array([1]).buffer)
  await localStore.addPhoto(photo, new Uint8Array([1]).buffer)
  await localStore.changePhotos(['p'], (row) => ({ ...row, state }))

  await localStore.free(['p'], [])

  expect(await localStore.bytes('p')).not.toBeNull()
})

test('an op whose photo still has bytes here is not forgotten', async () => {
  const photo = await held(new Uint8Array([1]).buffer)
  await localStore.addPhoto(photo, new Uint8Array([1]).buffer)
  const op = observationOp({ author: CHEN.id, now: 1, exchange: null }, 'd', FIELDS, [photo])
  await localStore.saveOp(op, null)

  await localStore.free([], [op.op_id])

  expect(await localStore.op(op.op_id)).not.toBeNull()
})

describe('people', () => {
  test('signing out leaves unsent rows and takes the personal copies', async () => {
    await localStore.signIn(session(CHEN))
    await localStore.applyPage(
      CHEN.id,
      await localStore.position(),
      { changes: [{ seq: 1, collection: 'observations', id: 'o', op: 'put', version: 1, data: {} }], cursor: 'c', more: false, reset: [] },
      '2026-04-01T00:00:00Z',
    )
    await localStore.saveOp(observationOp({ author: CHEN.id, now: 1, exchange: null }, 'd', FIELDS, []), null)

    await localStore.signOut()

    expect(await localStore.session()).toBeNull()
    expect(await localStore.pulled('records')).toEqual([])
    expect(await localStore.ops(CHEN.id)).toHaveLength(1)
  })

  test('another person pulls afresh', async () => {
    await localStore.signIn(session(CHEN))
    await localStore.applyPage(CHEN.id, await localStore.position(), { changes: [], cursor: 'chen', more: false, reset: [] }, '2026-04-01T00:00:00Z')

    await localStore.signIn(session(WANG))

    expect((await localStore.position()).cursor).toBeNull()
  })

  test('the same person goes on where the pull stood', async () => {
    await localStore.signIn(session(CHEN))
    await localStore.applyPage(CHEN.id, await localStore.position(), { changes: [], cursor: 'chen', more: false, reset: [] }, '2026-04-01T00:00:00Z')

    await localStore.signIn(session(CHEN))

    expect((await localStore.position()).cursor).toBe('chen')
  })

  test('a page that was requested for another person is not kept', async () => {
    await localStore.signIn(session(CHEN))
    const position = await localStore.position()
    await localStore.signIn(session(WANG))

    await localStore.applyPage(
      CHEN.id,
      position,
      { changes: [{ seq: 1, collection: 'tasks', id: 't', op: 'put', version: 1, data: {} }], cursor: 'c', more: false, reset: [] },
      '2026-04-01T00:00:00Z',
    )

    expect(await localStore.pulled('tasks')).toEqual([])
  })
})

describe('a collection that is reset', () => {
  const put = (id: string) => ({ seq: 1, collection: 'tasks', id, op: 'put', version: 1, data: { id } }) as const

  test('loses what the new copy does not hold, and only when that is whole', async () => {
    await localStore.signIn(session(CHEN))
    await localStore.applyPage(CHEN.id, await localStore.position(), { changes: [put('old'), put('kept')], cursor: '1', more: false, reset: [] }, 'x')

    await localStore.applyPage(CHEN.id, await localStore.position(), { changes: [put('kept')], cursor: '2', more: true, reset: ['tasks'] }, 'x')
    expect(await localStore.pulled('tasks')).toHaveLength(2)

    await localStore.applyPage(CHEN.id, await localStore.position(), { changes: [put('new')], cursor: '3', more: false, reset: [] }, 'x')
    expect((await localStore.pulled<{ id: string }>('tasks')).map((row) => row.id).sort()).toEqual(['kept', 'new'])
  })
})

test('a connection the browser closed is opened again', async () => {
  await localStore.setMeta('epoch', 'first')
  await localStore.db.close()

  expect(await localStore.meta('epoch')).toBe('first')
})
