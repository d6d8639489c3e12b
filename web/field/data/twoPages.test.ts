/** One draft in two pages, as the screens use it: one record, and nothing typed or shot is lost. */
import 'fake-indexeddb/auto'

import { compress } from '@shared/photos/photoCompressor'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'

import { amendOp, observationOp } from '../core/model/make'
import { announce } from '../core/store/changes'
import { Database } from '../core/store/database'
import { LocalStore } from '../core/store/localStore'
import { CHEN } from '../core/testing/modelServer'
import { picture } from '../core/testing/phone'
import { corrections } from './draftFork'
import { draftsOf } from './drafts'
import { useDraftPhotos } from './photos/useDraftPhotos'
import { type Draft, useDraft } from './useDraft'

vi.mock('@shared/photos/photoCompressor', () => ({ compress: vi.fn() }))
vi.mock('./phone', async () => {
  const { LocalStore: Store } = await import('../core/store/localStore')
  const { Database: Db } = await import('../core/store/database')
  return { localStore: new Store(new Db('two-pages')) }
})

let name = 'two-pages'
let first: LocalStore
let second: LocalStore
let scope: EffectScope

const failed = (error: unknown): never => expect.fail(String(error))
const draftIn = (page: LocalStore): Draft => scope.run(() => useDraft(page, CHEN.id, { kind: 'observation', task_id: null }, failed))!
const by = { author: CHEN.id, now: 5, exchange: null }

/** What the form does when it is saved. */
async function save(page: LocalStore, draft: Draft): Promise<boolean> {
  const op = observationOp(by, draft.id.value!, draft.fields, await page.draftPhotos(draft.id.value!))
  return draft.become((id, revision) => page.saveOp(op, id, revision))
}

/** The other page hears of a change only when a test says so. */
const tell = (): void => announce(['drafts', 'photos'])

beforeEach(() => {
  first = new LocalStore(new Database(name))
  second = new LocalStore(new Database(name))
  scope = effectScope()
})
afterEach(async () => {
  scope.stop()
  await first.db.close()
  await second.db.close()
  await new Database(name).destroy().catch(() => undefined)
  name = `two-pages-${crypto.randomUUID()}`
})

async function open(): Promise<[Draft, Draft]> {
  const one = draftIn(first)
  await one.begin(null, { category: 'GG0101', note: '桶满' })
  const other = draftIn(second)
  await other.begin(one.id.value)
  return [one, other]
}

describe('a draft in two pages', () => {
  test('shows in one what was typed in the other', async () => {
    const [one, other] = await open()
    one.fields.note = '桶满，有异味'
    await one.unwritten()
    tell()
    await vi.waitUntil(() => other.fields.note === '桶满，有异味')
    other.fields.severity = 2
    await other.unwritten()
    expect((await first.draft(one.id.value!))?.fields).toMatchObject({ note: '桶满，有异味', severity: 2 })
  })

  test('saved in one is shown as saved in the other, which has nothing more', async () => {
    const [one, other] = await open()
    expect(await save(first, one)).toBe(true)
    tell()
    await vi.waitUntil(() => other.elsewhere.value !== null)
    expect(other.elsewhere.value).toMatchObject({ op: { kind: 'observation.create' }, kept: null })
    expect(other.id.value).toBeNull()
  })

  test('saved in both is one record, though neither heard of the other', async () => {
    const [one, other] = await open()
    expect([await save(first, one), await save(second, other)]).toEqual([true, false])
    expect(other.elsewhere.value?.op).toMatchObject({ entity_id: (await first.ops(CHEN.id))[0]!.entity_id })
    expect(await first.ops(CHEN.id)).toHaveLength(1)
  })

  test('words typed after it was saved elsewhere become an addition to that record', async () => {
    const [one, other] = await open()
    await save(first, one)
    other.fields.note = '桶满，还有玻璃'
    other.fields.address = '五堰街'
    await vi.waitUntil(() => other.elsewhere.value?.kept)

    const [record] = await first.ops(CHEN.id)
    const drafts = await first.drafts(CHEN.id)
    expect(drafts).toMatchObject([{ kind: 'amend', record_id: record!.entity_id, fields: { note: '，还有玻璃', category: null } }])
    const { note } = drafts[0]!.fields
    const op = amendOp(by, { id: record!.entity_id, version: 1, note: '桶满' }, note, [], [], corrections({ ...drafts[0]!.fields, address: '五堰街' }))
    expect(op.content.data).toEqual({ fields: { address: '五堰街', note: '桶满\n，还有玻璃' } })
  })

  test('a photo taken after it was saved elsewhere is held by a draft of its own', async () => {
    const [one, other] = await open()
    await save(first, one)
    const { bytes } = await picture(CHEN.id, 'x', 1)
    vi.mocked(compress).mockResolvedValue({ bytes, width: 1920, height: 1440 })
    const { choose } = scope.run(() =>
      useDraftPhotos(second, { author: CHEN.id, draftId: () => other.id.value, role: () => 'scene', place: () => null, failed, rehome: other.rehome }),
    )!

    await choose([new File(['x'], 'x.jpg')])

    const kept = other.elsewhere.value!.kept!
    expect(await first.draftPhotos(kept.draft_id)).toHaveLength(1)
    expect(kept).toMatchObject({ kind: 'amend', record_id: (await first.ops(CHEN.id))[0]!.entity_id })
  })

  test('a photo of the other page is shown before the record is saved without it', async () => {
    const [one, other] = await open()
    const { row, bytes } = await picture(CHEN.id, other.id.value!, 1)
    await second.addPhoto(row, bytes)
    const op = observationOp(by, one.id.value!, one.fields, [])
    await expect(one.become((id, revision) => first.saveOp(op, id, revision))).rejects.toThrow('changed by another page')
    expect(one.id.value).not.toBeNull()
    expect(await save(first, one)).toBe(true)
    expect((await first.ops(CHEN.id))[0]!.content.photos).toHaveLength(1)
  })

  test('thrown away in one leaves in the other what it alone had', async () => {
    const [one, other] = await open()
    await first.discardDraft(one.id.value!)
    other.fields.note = '桶满，还在写'
    await vi.waitUntil(() => other.elsewhere.value?.kept)
    expect(other.elsewhere.value).toMatchObject({ op: null, kept: { kind: 'observation', fields: { note: '桶满，还在写' } } })
  })
})

test('an addition that only corrects is offered among what is unfinished', async () => {
  const { localStore } = await import('./phone')
  const [one, other] = [draftIn(localStore), draftIn(localStore)]
  await one.begin(null, { category: 'GG0101', note: '桶满' })
  await other.begin(one.id.value)
  await save(localStore, one)
  other.fields.address = '五堰街'
  await vi.waitUntil(() => other.elsewhere.value?.kept)
  expect(await draftsOf(CHEN.id)).toMatchObject([{ draft: { kind: 'amend', fields: { address: '五堰街' } } }])
  await localStore.db.close()
})
