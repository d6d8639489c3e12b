/** Drafts on a real IndexedDB (fake-indexeddb): on the disk at once, never written after they became an op. */
import 'fake-indexeddb/auto'

import { beforeEach, describe, expect, test } from 'vitest'

import { Database } from '../core/store/database'
import { LocalStore } from '../core/store/localStore'
import { Replica } from '../core/store/replica'
import { emptyFields } from '../core/model/make'
import { isBlank, useDraft } from './useDraft'

const CHEN = 'chen'
let localStore: LocalStore

const draftOf = (author: string) => useDraft(localStore, author, { kind: 'observation', task_id: null }, (error) => expect.fail(String(error)))

beforeEach(() => {
  localStore = new LocalStore(new Database(`drafts-${crypto.randomUUID()}`))
})

describe('a draft', () => {
  test('is on the disk before any screen hears of it', async () => {
    const draft = draftOf(CHEN)
    await draft.begin(null, { point_id: 'p' })
    expect(await localStore.draft(draft.id.value!)).toMatchObject({ author: CHEN, fields: { point_id: 'p' } })
  })

  test('holds the last of many quick changes', async () => {
    const draft = draftOf(CHEN)
    await draft.begin(null)
    for (const character of '井盖缺失') draft.fields.note += character
    await draft.unwritten()
    expect((await localStore.draft(draft.id.value!))?.fields.note).toBe('井盖缺失')
    expect(draft.unwritten()).toBeNull()
  })

  test('is taken up again with what was said, by its author alone', async () => {
    const draft = draftOf(CHEN)
    await draft.begin(null, { note: '桶满' })
    const id = draft.id.value!
    const again = draftOf(CHEN)
    expect(await again.begin(id)).toBe(true)
    expect(again.fields.note).toBe('桶满')
    const other = draftOf('wang')
    expect(await other.begin(id)).toBe(false)
    expect(other.id.value).not.toBe(id)
    expect(other.fields.note).toBe('')
  })

  test('of a visit keeps what that visit was, though the screen no longer knows', async () => {
    const visit = { kind: 'verify', title: '核查 A1' } as const
    const of = { kind: 'visit', task_id: null, visit_id: 'v' } as const
    const draft = useDraft(localStore, CHEN, { ...of, visit }, (error) => expect.fail(String(error)))
    await draft.begin(null)
    const again = useDraft(localStore, CHEN, of, (error) => expect.fail(String(error)))
    await again.begin(draft.id.value)
    expect(await localStore.draft(draft.id.value!)).toMatchObject({ visit })
  })

  test('is not written again after it was let go', async () => {
    const draft = draftOf(CHEN)
    await draft.begin(null)
    const { id } = draft.release()!
    await draft.unwritten()
    await localStore.discardDraft(id)
    draft.fields.note = 'late'
    await draft.unwritten()
    expect(await localStore.draft(id)).toBeNull()
  })

  test('that could not become an op is a draft again, with what was put in', async () => {
    const draft = draftOf(CHEN)
    await draft.begin(null)
    draft.fields.note = '桶满'
    await expect(draft.become(() => Promise.reject(new Error('full')))).rejects.toThrow('full')
    draft.fields.note = '桶满了'
    await draft.unwritten()
    expect((await localStore.draft(draft.id.value!))?.fields.note).toBe('桶满了')
  })

  test('that became an op is not written again', async () => {
    const draft = draftOf(CHEN)
    await draft.begin(null)
    await draft.become((id) => localStore.discardDraft(id))
    draft.fields.note = 'late'
    await draft.unwritten()
    expect([draft.id.value, await localStore.drafts(CHEN)]).toEqual([null, []])
  })

  test('a new one begins empty beside those that wait', async () => {
    const draft = draftOf(CHEN)
    await draft.begin(null, { note: 'first' })
    await draft.begin(null)
    expect(draft.fields).toEqual(emptyFields())
    expect((await localStore.drafts(CHEN)).map((one) => one.fields.note).sort()).toEqual(['', 'first'])
  })
})

test('where one stands is no work of a person’s; a photo, a word or a chosen place is', () => {
  const place = { lon: 1, lat: 2, accuracy_m: 3, source: 'gnss', fixed_at: '' } as const
  expect(isBlank({ ...emptyFields(), place }, 0)).toBe(true)
  expect(isBlank({ ...emptyFields(), place, place_chosen: true }, 0)).toBe(false)
  expect(isBlank({ ...emptyFields(), note: ' x' }, 0)).toBe(false)
  expect(isBlank(emptyFields(), 1)).toBe(false)
})

/** A second place that is slow, as the Cache Storage of a busy phone. */
class SlowReplica extends Replica {
  readonly held: (() => void)[] = []
  override keepDraft(): Promise<boolean> {
    return new Promise((resolve) => this.held.push(() => resolve(true)))
  }
}

test('what is put in while a new draft is being written is saved at the first press', async () => {
  const slow = new SlowReplica()
  const store = new LocalStore(new Database(`drafts-${crypto.randomUUID()}`), () => undefined, slow)
  const draft = useDraft(store, CHEN, { kind: 'observation', task_id: null }, (error) => expect.fail(String(error)))
  const begun = draft.begin(null)
  await expect.poll(() => slow.held.length).toBe(1)
  draft.fields.note = '桶满'
  await expect.poll(() => slow.held.length).toBe(2)
  slow.held[1]!()
  await draft.unwritten()
  slow.held[0]!()
  await begun
  const saved = { note: '', revision: 0 }
  await draft.become(async (id, revision) => {
    const row = (await store.draft(id))!
    Object.assign(saved, { note: row.fields.note, revision: row.updated_at - revision })
  })
  expect(saved).toEqual({ note: '桶满', revision: 0 })
})
