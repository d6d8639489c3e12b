/** The second place: what comes back from it when the database is gone, and when a copy may go. */
import 'fake-indexeddb/auto'

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { Phone, START, WANG } from '../testing/phone'
import { amendOp, emptyFields, moveOp, observationOp, visitOp, withdrawOp } from '../model/make'
import { CHEN } from '../testing/modelServer'
import { Database } from './database'
import { LocalStore } from './localStore'
import type { DraftRow, PhotoRow } from '../model/rows'
import { writeMark, detectLoss, repairLosses } from './lossDetector'
import { becameOp, type Files, needsPhotoCopy, Replica } from './replica'
import { completeReplica } from './replicaRepair'

/** The browser's cache: nothing else is not the real thing here. */
class Cabinet implements Files {
  readonly kept = new Map<string, Response>()

  put = (name: RequestInfo | URL, file: Response): Promise<void> => Promise.resolve(void this.kept.set(name as string, file))
  match = (name: RequestInfo | URL): Promise<Response | undefined> => Promise.resolve(this.kept.get(name as string)?.clone())
  delete = (name: RequestInfo | URL): Promise<boolean> => Promise.resolve(this.kept.delete(name as string))
  keys = (): Promise<readonly Request[]> => Promise.resolve([...this.kept.keys()].map((name) => new Request(name)))

  holds = (kind: string): string[] => [...this.kept.keys()].filter((name) => name.includes(`/${kind}/`)).map((name) => name.split('/').at(-1)!)
}

let phone: Phone
let cabinet: Cabinet

beforeEach(async () => {
  phone = new Phone()
  cabinet = new Cabinet()
  phone.localStore = beside(phone.db)
  await phone.ready()
})
afterEach(() => phone.db.destroy())

const beside = (db: Database, open: (() => Promise<Files>) | null = () => Promise.resolve(cabinet)): LocalStore =>
  new LocalStore(db, undefined, new Replica(open))

/** The browser takes the database for damaged and makes a new one; the files stay. */
async function vanish(): Promise<void> {
  await completeReplica(phone.localStore)
  const { name } = phone.db
  await phone.db.destroy()
  phone.localStore = beside(new Database(name))
}

async function start(): Promise<void> {
  await detectLoss(phone.localStore, null, START)
  await repairLosses(phone.localStore, START)
}

const draftOf = (draft_id: string, note: string): DraftRow => ({
  draft_id,
  author: CHEN.id,
  kind: 'observation',
  task_id: null,
  started_at: START,
  updated_at: START,
  fields: { category: 'GG0101', note, severity: null, outcome: 'open', point_id: null, shop_id: null, address: '', place: null, place_chosen: false },
})

describe('after the database vanished', () => {
  test('a saved record is back with its photos, and arrives', async () => {
    const op = await phone.record(2)
    await vanish()

    await start()

    expect((await phone.ops()).map((row) => row.content)).toEqual([op.content])
    expect((await phone.photos()).map((row) => [row.state, row.op_id])).toEqual([
      ['waiting', op.op_id],
      ['waiting', op.op_id],
    ])
    await phone.sync()
    expect((await phone.photos()).map((row) => row.state)).toEqual(['stored', 'stored'])
    expect((await phone.ops()).map((row) => row.state)).toEqual(['accepted'])
  })

  test('the bytes are those that were kept', async () => {
    const photo = await phone.photo('draft')
    const bytes = await phone.localStore.bytes(photo.photo_id)
    await vanish()

    await start()

    expect(new Uint8Array((await phone.localStore.bytes(photo.photo_id))!)).toEqual(new Uint8Array(bytes!))
  })

  test('the person is still signed in, on the same device', async () => {
    const [device, session] = [await phone.localStore.meta('device'), await phone.localStore.session()]
    await vanish()

    await start()

    expect(await phone.localStore.meta('device')).toEqual(device)
    expect(await phone.localStore.session()).toEqual(session)
    expect(await phone.sync()).toMatchObject({ kind: 'done', left: 0 })
  })

  test('nobody who signed out is signed in again', async () => {
    await phone.record(1)
    await completeReplica(phone.localStore)
    await phone.localStore.signOut()
    // Killed before anything was tidied.
    const { name } = phone.db
    await phone.db.destroy()
    phone.localStore = beside(new Database(name))

    await start()

    expect(await phone.localStore.session()).toBeNull()
    expect(await phone.ops()).toHaveLength(1)
  })

  test('a draft is back with its words and its photos', async () => {
    await phone.localStore.saveDraft(draftOf('d', '井盖'))
    const photo = await phone.photo('d')
    await vanish()

    await start()

    expect(await phone.localStore.draft('d')).toEqual(draftOf('d', '井盖'))
    expect(await phone.localStore.draftPhotos('d')).toEqual([photo])
  })

  test('a photo whose draft has no copy gets a form that lists it', async () => {
    const photo = await phone.photo('d')
    await vanish()
    await phone.localStore.replica.drop('draft', ['d'])

    await start()

    expect(await phone.localStore.drafts(CHEN.id)).toMatchObject([{ draft_id: 'd', kind: 'observation', fields: { note: '' } }])
    expect(await phone.localStore.draftPhotos('d')).toEqual([photo])
  })

  test('what other people left on this phone is back, bound to them', async () => {
    await phone.record(1)
    await phone.signIn(WANG)
    await phone.record(1, WANG.id)
    await vanish()

    await start()

    expect(await phone.ops(CHEN.id)).toHaveLength(1)
    expect(await phone.ops(WANG.id)).toHaveLength(1)
    expect((await phone.localStore.session())?.person.id).toBe(WANG.id)
  })

  test('the person sees what came back, and that nothing is lost', async () => {
    const kept = new Map<string, string>()
    const storage = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, text: string) => void kept.set(name, text),
      removeItem: (name: string) => void kept.delete(name),
    }
    await phone.record(2)
    await writeMark(phone.localStore, storage, 100)
    await vanish()

    await detectLoss(phone.localStore, storage, 200)

    const restored = { records: 1, photos: 2, drafts: 0 }
    expect(await phone.localStore.meta('vanished')).toMatchObject({ records: 0, photos: 0, drafts: 0, restored, at: 100, acknowledged: false })
  })

  test('what was sent before is sent again as the same op, and settled as it was', async () => {
    const op = await phone.record(1)
    await phone.localStore.changeOps([op.op_id], (row) => ({ ...row, state: 'sending', frozen: JSON.stringify(row.content) }))
    await vanish()

    await start()

    expect(await phone.ops()).toMatchObject([{ op_id: op.op_id, state: 'saved', frozen: null }])
  })

  test('a page killed while it puts back begins again', async () => {
    const op = await phone.record(2)
    await vanish()
    const restore = vi.spyOn(phone.localStore, 'restore').mockRejectedValueOnce(new Error('killed'))

    await expect(start()).rejects.toThrow('killed')
    restore.mockRestore()
    await start()

    expect(await phone.ops()).toMatchObject([{ op_id: op.op_id }])
    expect(await phone.photos()).toHaveLength(2)
    expect(await phone.localStore.session()).not.toBeNull()
  })
})

describe('in a database that is there', () => {
  test('rows that are missing come back, and the person gets a notice', async () => {
    const op = await phone.record(1)
    await phone.db.write(['ops', 'photos', 'photo_bytes'], async (tx) => {
      for (const name of ['ops', 'photos', 'photo_bytes'] as const) await tx.objectStore(name).clear()
    })

    await start()

    expect(await phone.ops()).toMatchObject([{ op_id: op.op_id, state: 'saved' }])
    expect(await phone.localStore.meta('vanished')).toMatchObject({ records: 0, restored: { records: 1, photos: 1, drafts: 0 } })
  })

  test('no notice is shown when nothing is missing', async () => {
    await phone.record(1)

    await start()

    expect(await phone.localStore.meta('vanished')).toBeNull()
  })

  test('a photo the person took out does not come back', async () => {
    const photo = await phone.photo('d')
    await phone.localStore.removeHeldPhoto(photo.photo_id)

    await start()

    expect(await phone.photos()).toEqual([])
  })

  test('a draft the person threw away does not come back', async () => {
    await phone.localStore.saveDraft(draftOf('d', '井盖'))
    await phone.photo('d')
    await phone.localStore.discardDraft('d')

    await start()

    expect([await phone.localStore.drafts(CHEN.id), await phone.photos()]).toEqual([[], []])
  })

  test('a draft that became a record is none any more, though the page died before its copy went', async () => {
    const id = (await phone.record(0)).entity_id
    await phone.localStore.replica.keepDraft(draftOf(id, '井盖'))

    await start()

    expect(await phone.localStore.drafts(CHEN.id)).toEqual([])
    expect(cabinet.holds('draft')).toEqual([])
  })
})

describe('a copy', () => {
  test('of a photo is there when the photo is kept, of an op when it is saved', async () => {
    const photo = await phone.photo('d')
    expect(cabinet.holds('photo')).toEqual([photo.photo_id])
    const by = { author: CHEN.id, now: START, exchange: null }
    const op = observationOp(by, 'd', draftOf('d', '井盖').fields, [photo])

    await phone.localStore.saveOp(op, 'd')

    expect(cabinet.holds('op')).toEqual([op.op_id])
  })

  test.each([
    ['held', true],
    ['waiting', true],
    ['sent', true],
    ['rejected', true],
    ['lost', true],
    ['stored', false],
  ] as const)('of a photo that is %s stays: %s', async (state, stays) => {
    const photo: PhotoRow = { ...(await phone.photo('d')), state }

    expect(needsPhotoCopy(photo)).toBe(stays)
  })

  test('goes when the receipt came, and not before', async () => {
    const op = await phone.record(1)
    const [photo] = await phone.photos()
    await phone.localStore.changeOps([op.op_id], (row) => ({ ...row, state: 'accepted', answered_at: new Date(START).toISOString() }))
    await phone.localStore.changePhotos([photo!.photo_id], (row) => ({ ...row, state: 'sent' }))
    await completeReplica(phone.localStore)
    expect([cabinet.holds('op'), cabinet.holds('photo')]).toEqual([[op.op_id], [photo!.photo_id]])

    await phone.localStore.changePhotos([photo!.photo_id], (row) => ({ ...row, state: 'stored', stored_at: new Date(START).toISOString() }))
    await completeReplica(phone.localStore)

    expect([cabinet.holds('op'), cabinet.holds('photo')]).toEqual([[], []])
  })

  test('of what the database does not know stays when it is tidied', async () => {
    const op = await phone.record(1)
    await phone.db.write(['ops', 'photos'], async (tx) => {
      await tx.objectStore('ops').clear()
      await tx.objectStore('photos').clear()
    })

    await completeReplica(phone.localStore)

    expect(cabinet.holds('op')).toEqual([op.op_id])
    expect(cabinet.holds('photo')).toHaveLength(1)
  })

  test('is made later for rows of a version that made none', async () => {
    phone.localStore = beside(phone.db, null)
    const op = await phone.record(1)
    await phone.localStore.saveDraft(draftOf('d', '井盖'))
    phone.localStore = beside(phone.db)

    await completeReplica(phone.localStore)

    expect([cabinet.holds('op'), cabinet.holds('draft')]).toEqual([[op.op_id], ['d']])
    expect(cabinet.holds('photo')).toHaveLength(1)
  })

  test('is made again when a restored server no longer has what it was given', async () => {
    await phone.record(1)
    await phone.sync()
    await completeReplica(phone.localStore)
    const [photo] = await phone.photos()
    await phone.localStore.changePhotos([photo!.photo_id], (row) => ({ ...row, state: 'waiting', stored_at: null }))

    await completeReplica(phone.localStore)

    expect(cabinet.holds('photo')).toEqual([photo!.photo_id])
    expect(cabinet.holds('op')).toHaveLength(1)
  })
})

describe('where there is no second place', () => {
  const quiet = (): void => void vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  afterEach(() => vi.restoreAllMocks())

  test.each([
    ['refused', () => Promise.reject(new DOMException('no', 'SecurityError'))],
    ['full', () => Promise.resolve({ ...new Cabinet(), put: () => Promise.reject(new DOMException('full', 'QuotaExceededError')) } as Files)],
  ])('%s: everything goes on as before', async (_, open) => {
    quiet()
    phone.localStore = beside(phone.db, open)

    await phone.record(1)
    await start()
    await completeReplica(phone.localStore)
    await phone.sync()

    expect(await phone.ops()).toMatchObject([{ state: 'accepted' }])
  })

  test('a disk that hangs keeps nobody waiting for ever', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const replica = new Replica(() => new Promise(() => undefined))
    const asked = replica.names()

    await vi.runAllTimersAsync()

    expect(await asked).toBeNull()
    vi.useRealTimers()
  })
})

describe('a draft became an op', () => {
  const by = { author: CHEN.id, now: 20, exchange: null }
  const draft = (kind: DraftRow['kind']): DraftRow => ({
    draft_id: 'd',
    author: CHEN.id,
    kind,
    task_id: kind === 'submit' || kind === 'make_safe' ? 'task' : null,
    ...(kind === 'amend' && { record_id: 'record' }),
    started_at: 1,
    updated_at: 10,
    fields: emptyFields(),
  })
  const task = { id: 'task', version: 1 }
  const record = { id: 'record', version: 1, note: '' }
  const visit = { id: 'v', about: { title: '核查', said: '属实' } }
  const seen = { finding: 'confirmed', note: '', place: null } as const

  test.each([
    ['a record', draft('observation'), observationOp(by, 'd', emptyFields(), []), true],
    ['its submission', draft('submit'), moveOp(by, task, { move: 'submit' }, [], []), true],
    ['its proof of safety', draft('make_safe'), moveOp(by, task, { move: 'make_safe' }, [], []), true],
    ['an addition', draft('amend'), amendOp(by, record, '近景', [], []), true],
    ['what was found', { ...draft('visit'), visit_id: 'v' }, visitOp(by, visit, seen, []), true],
    ['what was found by another visit', { ...draft('visit'), visit_id: 'w' }, visitOp(by, visit, seen, []), false],
    ['more time asked for meanwhile', draft('submit'), moveOp(by, task, { move: 'request_extension' }, [], []), false],
    ['an earlier addition', draft('amend'), amendOp({ ...by, now: 5 }, record, '近景', [], []), false],
    ['a withdrawal', draft('amend'), withdrawOp(by, record, []), false],
  ])('%s', (_, left, op, became) => {
    expect(becameOp(left, [op])).toBe(became)
  })
})
