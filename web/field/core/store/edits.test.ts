/** A saved record is edited in the queue: it stands there at every moment, once, and what was sent never changes. */
import 'fake-indexeddb/auto'

import { Unreachable } from '@shared/api/client'
import { PhotoRole } from '@shared/contract/vocabulary'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { edited, fieldsOf, isEditable, photosAfter } from '../model/edit'
import { observationOp } from '../model/make'
import type { DraftFields, OpRow } from '../model/rows'
import { CHEN } from '../testing/modelServer'
import { Phone } from '../testing/phone'
import { syncOnce } from '../sync/sync'
import { Database } from './database'
import { DraftChanged, DraftGone, SavedElsewhere } from './draftWrites'
import { beginEdit, EditTooLate, saveEdit, turnIntoAddition } from './edits'
import { LocalStore } from './localStore'
import { detectLoss, repairLosses } from './lossDetector'
import { type Files, Replica } from './replica'

let phone: Phone

class MemoryFiles implements Files {
  readonly kept = new Map<string, Response>()
  put = (name: RequestInfo | URL, file: Response): Promise<void> => Promise.resolve(void this.kept.set(name as string, file))
  match = (name: RequestInfo | URL): Promise<Response | undefined> => Promise.resolve(this.kept.get(name as string)?.clone())
  delete = (name: RequestInfo | URL): Promise<boolean> => Promise.resolve(this.kept.delete(name as string))
  keys = (): Promise<readonly Request[]> => Promise.resolve([...this.kept.keys()].map((name) => new Request(name)))
}

const files = new MemoryFiles()
const beside = (db: Database): LocalStore => new LocalStore(db, undefined, new Replica(() => Promise.resolve(files)))

beforeEach(async () => {
  files.kept.clear()
  phone = new Phone()
  phone.localStore = beside(phone.db)
  await phone.ready()
})
afterEach(() => phone.db.destroy())

let count = 0
const begin = (op: OpRow): Promise<string> => beginEdit(phone.localStore, op, `edit-${(count += 1)}`, phone.clock)

/** What the form does: other words, other roles, photos taken out, photos added. */
async function save(op: OpRow, draftId: string, change: Partial<DraftFields>, store = phone.localStore): Promise<OpRow> {
  const draft = (await store.draft(draftId))!
  const fields = { ...draft.fields, ...change }
  const here = (await store.photos(CHEN.id)).filter((photo) => photo.op_id === op.op_id)
  const photos = [...photosAfter(here, fields.photo_edits), ...(await store.draftPhotos(draftId))]
  const made = observationOp({ author: CHEN.id, now: phone.clock + 5, exchange: null }, op.entity_id, fields, photos)
  await saveEdit(store, edited(op, made, draftId), draftId, draft.updated_at)
  return (await store.op(op.op_id))!
}

const sent = (): { note?: string; photos: number }[] =>
  phone.server.pushed.flatMap((batch) => batch.ops as unknown as { data: { note?: string }; photos: unknown[] }[]).map(({ data, photos }) => ({ ...(data.note !== undefined && { note: data.note }), photos: photos.length }))

test('the form begins with what was saved', async () => {
  const op = await phone.record(1)
  const draft = (await phone.localStore.draft(await begin(op)))!
  expect(draft.fields).toMatchObject({ category: 'GG0101', note: '井盖缺失', outcome: 'open', place: null })
  expect(fieldsOf(op.content.data)).toEqual(draft.fields)
  // Asked for again, in this page or in another: the same edit.
  expect(await begin(op)).toBe(draft.draft_id)
})

test('what was edited is sent, once, as the record that was saved then', async () => {
  const op = await phone.record(2)
  const [first, second] = await phone.photos()
  const id = await begin(op)
  const added = await phone.photo(id)

  const row = await save(op, id, { note: '井盖缺失，已围挡', photo_edits: { [first!.photo_id]: null, [second!.photo_id]: PhotoRole.CLOSE } })

  expect(row).toMatchObject({ op_id: op.op_id, entity_id: op.entity_id, state: 'saved', frozen: null, made_at: op.made_at })
  expect(row.content).toMatchObject({ captured_at: op.content.captured_at, data: { note: '井盖缺失，已围挡' } })
  expect(row.content.photos.map((photo) => [photo.photo_id, photo.role])).toEqual([[second!.photo_id, PhotoRole.CLOSE], [added.photo_id, 'scene']])
  expect((await phone.photos()).map((photo) => [photo.photo_id, photo.state, photo.op_id])).toEqual(
    expect.arrayContaining([[second!.photo_id, 'waiting', op.op_id], [added.photo_id, 'waiting', op.op_id]]),
  )
  expect(await phone.localStore.bytes(first!.photo_id)).toBeNull()
  expect(await phone.localStore.drafts(CHEN.id)).toEqual([])
  await phone.settle()
  expect(sent()).toEqual([{ note: '井盖缺失，已围挡', photos: 2 }])
  expect((await phone.photos()).map((photo) => photo.state)).toEqual(['stored', 'stored'])
})

test('while it is edited the record is sent as it was saved, and the edit changes nothing of it', async () => {
  const op = await phone.record(1)
  const id = await begin(op)
  const added = await phone.photo(id)
  await phone.settle()

  await expect(save(op, id, { note: '晚了' })).rejects.toBeInstanceOf(EditTooLate)

  expect(sent()).toEqual([{ note: '井盖缺失', photos: 1 }])
  expect((await phone.ops()).map((one) => one.content)).toEqual([op.content])
  // The edit is still there with its photo, and can become an addition to the record.
  expect((await phone.localStore.draftPhotos(id)).map((photo) => photo.photo_id)).toEqual([added.photo_id])
  const row = await turnIntoAddition(phone.localStore, id, (draft, was) => ({ ...draft, kind: 'amend', record_id: was!.entity_id }))
  expect([row.draft_id, row.kind, row.record_id]).toEqual([id, 'amend', op.entity_id])
})

test('where the server does not answer nothing is frozen: the record can still be edited', async () => {
  const op = await phone.record(1)
  const around = { localStore: phone.localStore, transport: phone.server, now: () => phone.clock, random: () => 0.5 }
  const outcome = await syncOnce({ ...around, reach: () => Promise.reject(new Unreachable('network')) })
  expect(outcome).toEqual({ kind: 'offline', why: 'network' })
  expect(isEditable((await phone.localStore.op(op.op_id))!)).toBe(true)
  expect(phone.server.pushed).toEqual([])
  await syncOnce({ ...around, reach: () => Promise.resolve() })
  expect(sent()).toEqual([{ note: '井盖缺失', photos: 1 }])
})

test('a record that was sent long ago, and that the phone has forgotten, is not made once more', async () => {
  const op = await phone.record(0)
  const id = await begin(op)
  await phone.settle()
  await phone.localStore.free([], [op.op_id])
  expect(await phone.localStore.op(op.op_id)).toBeNull()
  await expect(saveEdit(phone.localStore, edited(op, op, id), id, phone.clock)).rejects.toBeInstanceOf(EditTooLate)
  expect(await phone.ops()).toEqual([])
})

test.each(['network', 'lost-reply'] as const)('a record whose first send met %s is frozen', async (fault) => {
  const op = await phone.record(1)
  const id = await begin(op)
  phone.server.faults.push(fault, fault, fault)
  await phone.sync()
  expect(isEditable((await phone.localStore.op(op.op_id))!)).toBe(false)
  await expect(save(op, id, { note: '晚了' })).rejects.toBeInstanceOf(EditTooLate)
  await phone.settle()
  expect(new Set(sent().map(({ note }) => note))).toEqual(new Set(['井盖缺失']))
})

describe('two pages', () => {
  test('edit the same record in one draft, which is saved once', async () => {
    const op = await phone.record(1)
    const id = await begin(op)
    const other = beside(new Database(phone.db.name))
    await save(op, id, { note: '第一页' })
    await expect(saveEdit(other, edited(op, op, id), id, phone.clock)).rejects.toBeInstanceOf(SavedElsewhere)
    expect((await phone.ops()).map((one) => one.content.data.note)).toEqual(['第一页'])
    await other.db.close()
  })

  test('with a draft each: the second edit does not undo the first', async () => {
    const op = await phone.record(1)
    const first = await begin(op)
    const second = { ...(await phone.localStore.draft(first))!, draft_id: 'second' }
    await phone.localStore.saveDraft(second)
    await save(op, first, { note: '第一页' })
    await expect(save(op, 'second', { note: '第二页' })).rejects.toBeInstanceOf(EditTooLate)
    expect((await phone.ops()).map((one) => one.content.data.note)).toEqual(['第一页'])
    expect(await phone.localStore.draft('second')).not.toBeNull()
  })

  test('a photo added by the other page is not left out unseen', async () => {
    const op = await phone.record(1)
    const id = await begin(op)
    await phone.photo(id)
    const made = observationOp({ author: CHEN.id, now: 1, exchange: null }, op.entity_id, fieldsOf(op.content.data), [])
    await expect(saveEdit(phone.localStore, edited(op, made, id), id, (await phone.localStore.draft(id))!.updated_at)).rejects.toBeInstanceOf(DraftChanged)
    expect((await phone.ops()).map((one) => one.content)).toEqual([op.content])
  })

  test('thrown away by the other page: nothing is saved over the record', async () => {
    const op = await phone.record(1)
    const id = await begin(op)
    await phone.localStore.discardDraft(id)
    await expect(saveEdit(phone.localStore, edited(op, op, id), id, phone.clock)).rejects.toBeInstanceOf(DraftGone)
    expect((await phone.ops()).map((one) => one.content)).toEqual([op.content])
  })

  test('edited twice, one after the other', async () => {
    const op = await phone.record(1)
    const once = await save(op, await begin(op), { note: '一' })
    const twice = await save(once, await begin(once), { note: '二' })
    expect(twice.content.data.note).toBe('二')
    await phone.settle()
    expect(sent()).toEqual([{ note: '二', photos: 1 }])
  })
})

describe('after the database vanished', () => {
  async function vanish(): Promise<void> {
    const { name } = phone.db
    await phone.db.destroy()
    phone.localStore = beside(new Database(name))
    await detectLoss(phone.localStore, null, phone.clock)
    await repairLosses(phone.localStore, phone.clock)
  }

  test('the edited record is back, not the one before, and no draft beside it', async () => {
    const op = await phone.record(2)
    const id = await begin(op)
    const [first] = await phone.photos()
    const row = await save(op, id, { note: '改过', photo_edits: { [first!.photo_id]: null } })
    await vanish()
    expect((await phone.ops()).map((one) => one.content)).toEqual([row.content])
    expect(await phone.localStore.drafts(CHEN.id)).toEqual([])
    expect((await phone.photos()).map((photo) => photo.photo_id)).toEqual(row.content.photos.map((photo) => photo.photo_id))
  })

  test('an edit under way is back beside its record, with its photo', async () => {
    const op = await phone.record(1)
    const id = await begin(op)
    const added = await phone.photo(id)
    await vanish()
    expect((await phone.ops()).map((one) => one.content)).toEqual([op.content])
    expect((await phone.localStore.draft(id))?.edits).toEqual({ op_id: op.op_id, record_id: op.entity_id, after: null })
    expect((await phone.localStore.draftPhotos(id)).map((photo) => photo.photo_id)).toEqual([added.photo_id])
  })

  test('photos of an edit that was refused keep their second copies', async () => {
    const op = await phone.record(1)
    const id = await begin(op)
    const [first] = await phone.photos()
    phone.server.faults.push('network', 'network', 'network')
    await phone.sync()
    await expect(save(op, id, { photo_edits: { [first!.photo_id]: null } })).rejects.toBeInstanceOf(EditTooLate)
    await vanish()
    expect((await phone.photos()).map((photo) => photo.photo_id)).toEqual([first!.photo_id])
  })
})
