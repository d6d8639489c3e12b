/** Two pages on one database: a draft becomes one op, and nothing either page put in is lost. */
import 'fake-indexeddb/auto'

import { Move } from '@shared/contract/vocabulary'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { emptyFields, moveOp, observationOp, visitOp } from '../model/make'
import type { DraftFields, DraftRow, OpRow, PhotoRow } from '../model/rows'
import { CHEN } from '../testing/modelServer'
import { picture } from '../testing/phone'
import { Database } from './database'
import { DraftChanged, DraftGone, mergedFields, SavedElsewhere } from './draftWrites'
import { LocalStore } from './localStore'

const FIELDS: DraftFields = { ...emptyFields(), category: 'GG0101', note: '桶满' }
const draft: DraftRow = { draft_id: 'd', author: CHEN.id, kind: 'observation', task_id: null, started_at: 1, updated_at: 1, fields: FIELDS }
const by = (now: number) => ({ author: CHEN.id, now, exchange: null })
const opOf = (now: number, photos: readonly PhotoRow[] = []): OpRow => observationOp(by(now), 'd', FIELDS, photos)

let nth = 0
/** Two pages of one browser: each its own connection to one database. */
let first: LocalStore
let second: LocalStore

async function shot(page: LocalStore, at: number): Promise<PhotoRow> {
  const { row, bytes } = await picture(CHEN.id, 'd', at)
  await page.addPhoto(row, bytes)
  return row
}

beforeEach(async () => {
  const name = `pages-${(nth += 1)}`
  first = new LocalStore(new Database(name))
  second = new LocalStore(new Database(name))
  await first.saveDraft(draft)
})
afterEach(async () => {
  await second.db.close()
  await first.db.destroy()
})

describe('a draft open in two pages', () => {
  test('saved by both becomes one op; the second learns which', async () => {
    const photo = await shot(first, 1)
    await first.saveOp(opOf(1, [photo]), 'd')

    const error = await second.saveOp(opOf(2, [photo]), 'd').catch((caught: unknown) => caught)

    const [op, ...more] = await first.ops(CHEN.id)
    expect(more).toEqual([])
    expect(error).toBeInstanceOf(SavedElsewhere)
    expect((error as SavedElsewhere).op.op_id).toBe(op!.op_id)
    expect(await first.photos(CHEN.id)).toMatchObject([{ photo_id: photo.photo_id, state: 'waiting', op_id: op!.op_id }])
  })

  test('saved by both at the same moment becomes one op', async () => {
    const results = await Promise.allSettled([first.saveOp(opOf(1), 'd'), second.saveOp(opOf(2), 'd')])
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await first.ops(CHEN.id)).toHaveLength(1)
  })

  test('is not saved without a photo that the other page took', async () => {
    const seen = await shot(first, 1)
    const unseen = await shot(second, 2)

    await expect(first.saveOp(opOf(1, [seen]), 'd')).rejects.toBeInstanceOf(DraftChanged)

    expect((await first.draftPhotos('d')).map((photo) => photo.photo_id)).toEqual([seen.photo_id, unseen.photo_id])
    expect(await first.ops(CHEN.id)).toEqual([])
  })

  test('is not saved as it was before the other page wrote', async () => {
    const row = await second.changeDraft({ ...draft, fields: { ...FIELDS, note: '桶满，有异味' } }, FIELDS)
    await expect(first.saveOp(opOf(1), 'd', draft.updated_at)).rejects.toBeInstanceOf(DraftChanged)
    await first.saveOp(opOf(1), 'd', row.updated_at)
    expect(await first.ops(CHEN.id)).toHaveLength(1)
  })

  test('takes what each page changed', async () => {
    await first.changeDraft({ ...draft, fields: { ...FIELDS, note: '桶满，有异味' } }, FIELDS)
    const row = await second.changeDraft({ ...draft, fields: { ...FIELDS, severity: 2 } }, FIELDS)
    expect(row.fields).toMatchObject({ note: '桶满，有异味', severity: 2 })
    expect(await first.draft('d')).toEqual(row)
  })

  test('after it was saved takes neither words nor photos, so that none lies where nobody looks', async () => {
    await first.saveOp(opOf(1), 'd')
    await expect(second.changeDraft({ ...draft, fields: { ...FIELDS, note: '后来' } }, FIELDS)).rejects.toBeInstanceOf(SavedElsewhere)
    await expect(shot(second, 2)).rejects.toBeInstanceOf(SavedElsewhere)
    expect([await first.drafts(CHEN.id), await first.photos(CHEN.id)]).toEqual([[], []])
  })

  test('thrown away by one is gone for the other', async () => {
    await first.discardDraft('d')
    await expect(second.saveOp(opOf(1), 'd')).rejects.toBeInstanceOf(DraftGone)
    await expect(shot(second, 2)).rejects.toBeInstanceOf(DraftGone)
  })

  test('left blank by one page stays when the other put something in', async () => {
    await shot(second, 1)
    await first.discardBlank('d', draft.updated_at)
    expect(await first.draftPhotos('d')).toHaveLength(1)
    expect(await first.draft('d')).not.toBeNull()
  })
})

describe('a step without a draft', () => {
  const task = { id: 't', version: 3 }
  const accept = (now: number): OpRow => moveOp(by(now), task, { move: Move.ACCEPT }, [], [])

  test('made in two pages is one op', async () => {
    await first.saveOp(accept(1), null)
    await expect(second.saveOp(accept(2), null)).rejects.toBeInstanceOf(SavedElsewhere)
    expect(await first.ops(CHEN.id)).toHaveLength(1)
  })

  test('that the server refused may be made once more', async () => {
    const refused = accept(1)
    await first.saveOp(refused, null)
    await first.changeOps([refused.op_id], (op) => ({ ...op, state: 'quarantined' }))
    await second.saveOp(accept(2), null)
    expect(await first.ops(CHEN.id)).toHaveLength(2)
  })

  test('another move, another version and another visit are other steps', async () => {
    const visit = (now: number, id: string): OpRow => visitOp(by(now), { id, about: { title: '', said: '' } }, { finding: 'confirmed', note: '', place: null }, [])
    await first.saveOp(accept(1), null)
    await first.saveOp(moveOp(by(2), { ...task, version: 5 }, { move: Move.ACCEPT }, [], []), null)
    await first.saveOp(moveOp(by(3), task, { move: Move.HAND_BACK }, [], []), null)
    await first.saveOp(visit(4, 'v'), null)
    await first.saveOp(visit(5, 'w'), null)
    expect(await first.ops(CHEN.id)).toHaveLength(5)
    await expect(second.saveOp(visit(6, 'v'), null)).rejects.toBeInstanceOf(SavedElsewhere)
  })
})

describe('one text written in two pages', () => {
  const merged = (mine: string, theirs: string): string => mergedFields(FIELDS, { ...FIELDS, note: mine }, { ...FIELDS, note: theirs }).note

  test('keeps the words of both', () => {
    expect(merged('桶满，有异味', '桶满，路边')).toBe('桶满，路边\n桶满，有异味')
  })

  test('is the longer one where it holds the other', () => {
    expect(merged('桶满，有异味', '桶满')).toBe('桶满，有异味')
    expect(merged('桶满了', '桶满了，路边')).toBe('桶满了，路边')
  })
})
