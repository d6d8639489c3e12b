/** A rescue holds everything the phone could not send, exactly, and changes nothing on the phone. */
import 'fake-indexeddb/auto'

import { unzipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import type { DraftRow } from '../model/rows'
import { canonical, sha256 } from '../model/canonical'
import { FIELDS, Phone, WANG } from '../testing/phone'
import { CHEN } from '../testing/modelServer'
import type { Manifest } from './manifest'
import { makeRescue, type Rescue, type RescueRequest } from './rescue'
import { freeze, onTheWire } from '../model/rules'

let phone: Phone

beforeEach(async () => {
  phone = await new Phone().ready()
})

afterEach(() => phone.db.destroy())

const NAMES = { category: (code: string) => (code === 'GG0101' ? '井盖' : null), point: () => null }

function exported(more: Partial<RescueRequest> = {}): Promise<Rescue> {
  return makeRescue(phone.localStore, {
    person: { id: CHEN.id, name: CHEN.name },
    deviceId: 'this-phone',
    appVersion: '0.1.0',
    now: phone.clock,
    delivered: false,
    names: NAMES,
    ...more,
  })
}

/** The files of a zip by their names, as any program unpacks it. */
async function unpacked(rescue: Rescue): Promise<Record<string, Uint8Array>> {
  return unzipSync(new Uint8Array(await rescue.zip.arrayBuffer()))
}

const words = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)
const held = <T>(bytes: Uint8Array | undefined): T => JSON.parse(words(bytes)) as T

/** Everything of one table, to compare before and after. */
async function everything(): Promise<unknown> {
  return phone.db.read(['ops', 'photos', 'photo_bytes', 'drafts', 'meta', 'session'], async (tx) => ({
    ops: await tx.objectStore('ops').getAll(),
    photos: await tx.objectStore('photos').getAll(),
    bytes: await tx.objectStore('photo_bytes').getAll(),
    drafts: await tx.objectStore('drafts').getAll(),
    meta: await tx.objectStore('meta').getAll(),
    session: await tx.objectStore('session').getAll(),
  }))
}

async function draft(note = '写到一半', photos = 1): Promise<DraftRow> {
  const row: DraftRow = { draft_id: 'a-draft', author: CHEN.id, kind: 'observation', task_id: null, started_at: 1, updated_at: phone.clock, fields: { ...FIELDS, category: null, note } }
  await phone.localStore.saveDraft(row)
  for (let nth = 0; nth < photos; nth += 1) await phone.photo(row.draft_id)
  return row
}

/** Other bytes under a photo's id, as a failing disk would leave them. */
function spoil(photo_id: string): Promise<unknown> {
  return phone.db.write(['photo_bytes'], (tx) => tx.objectStore('photo_bytes').put({ photo_id, bytes: new TextEncoder().encode('mould').buffer as ArrayBuffer }))
}

function lose(photo_id: string): Promise<unknown> {
  return phone.db.write(['photo_bytes'], (tx) => tx.objectStore('photo_bytes').delete(photo_id))
}

describe('what is packed', () => {
  test('a saved op stands as it would be sent', async () => {
    const op = await phone.record(1)

    const files = await unpacked(await exported())

    const [packed] = held<Record<string, unknown>[]>(files['ops.json'])
    expect(packed).toEqual(JSON.parse(JSON.stringify(onTheWire(freeze(op)))))
    const { clock, ...content } = packed!
    expect(canonical(content)).toBe(freeze(op).frozen)
    expect(clock).toEqual(op.clock)
  })

  test('a frozen op stands as it was frozen, whatever its row says now', async () => {
    const op = await phone.record(0)
    phone.server.faults.push('network')
    await phone.sync()
    const frozen = (await phone.localStore.op(op.op_id))!.frozen
    await phone.localStore.changeOps([op.op_id], (row) => ({ ...row, content: { ...row.content, data: { note: 'changed' } } }))

    const files = await unpacked(await exported())

    const [packed] = held<Record<string, unknown>[]>(files['ops.json'])
    expect(canonical({ ...packed, clock: undefined })).toBe(frozen)
  })

  test('photographs are the stored bytes, to the last one', async () => {
    await phone.record(2)

    const files = await unpacked(await exported())

    for (const photo of await phone.photos()) {
      const bytes = files[`photos/${photo.photo_id}.jpg`]!
      expect(await sha256(bytes.slice().buffer)).toBe(photo.declaration.sha256)
    }
  })

  test('the manifest names every other file with its hash, and who and when', async () => {
    await phone.record(2)
    await draft()

    const files = await unpacked(await exported())

    const manifest = held<Manifest>(files['manifest.json'])
    expect(manifest).toMatchObject({
      format: 'inspect-rescue',
      version: 1,
      device_id: 'this-phone',
      person: { id: CHEN.id, name: CHEN.name },
      made_at: new Date(phone.clock).toISOString(),
      app_version: '0.1.0',
      counts: { ops: 1, drafts: 1, photos: 3, absent: 0 },
    })
    expect(manifest.files.map((file) => file.name).sort()).toEqual(Object.keys(files).filter((name) => name !== 'manifest.json').sort())
    for (const file of manifest.files) {
      expect(await sha256(files[file.name]!.slice().buffer)).toBe(file.sha256)
      expect(files[file.name]!.byteLength).toBe(file.bytes)
    }
  })

  test('the oldest op stands first, so that nothing stands before what it follows', async () => {
    const older = await phone.record(0)
    const newer = await phone.record(0)

    const files = await unpacked(await exported())

    expect(held<{ op_id: string }[]>(files['ops.json']).map((op) => op.op_id)).toEqual([older.op_id, newer.op_id])
  })

  test('a draft is packed with its photos', async () => {
    const row = await draft()

    const rescue = await exported()
    const files = await unpacked(rescue)

    const [packed] = held<{ draft_id: string; photos: { photo_id: string }[] }[]>(files['drafts.json'])
    expect(packed).toMatchObject({ ...row, photos: [{ photo_id: rescue.manifest.photos[0]!.photo_id }] })
    expect(rescue.manifest.photos[0]).toMatchObject({ draft_id: 'a-draft', op_id: null, condition: 'whole' })
  })

  test('a draft that was only opened is left out', async () => {
    await draft('', 0)

    expect((await exported()).manifest.counts.drafts).toBe(0)
  })

  test("another person's records stay out of it", async () => {
    await phone.record(1, WANG.id)
    const mine = await phone.record(0)

    const files = await unpacked(await exported())

    expect(held<{ op_id: string }[]>(files['ops.json']).map((op) => op.op_id)).toEqual([mine.op_id])
    expect((await exported()).manifest.counts.photos).toBe(0)
  })

  test('what was delivered is left out unless it is requested', async () => {
    await phone.record(1)
    await phone.settle()

    expect((await exported()).manifest.counts).toMatchObject({ ops: 0, photos: 0 })
    expect((await exported({ delivered: true })).manifest.counts).toMatchObject({ ops: 1, photos: 1 })
  })

  test('an accepted record whose photo is still to go is packed whole', async () => {
    await phone.record(1)
    phone.server.faults.push('none', 'network')
    await phone.sync()

    expect((await phone.ops())[0]!.state).toBe('accepted')
    expect((await exported()).manifest.counts).toMatchObject({ ops: 1, photos: 1 })
  })
})

describe('nothing stops it, nothing is changed by it', () => {
  test('not one row is another afterwards', async () => {
    await phone.record(2)
    await draft()
    const before = await everything()

    await exported()

    expect(await everything()).toEqual(before)
  })

  test('what is exported is sent all the same when a network comes', async () => {
    const op = await phone.record(1)
    await exported()

    await phone.settle()

    expect(phone.server.ops.get(op.op_id)!.applied).toBe(1)
  })

  test('a rotten photo is packed as it is and named in the manifest', async () => {
    await phone.record(2)
    const [rotten] = await phone.photos()
    await spoil(rotten!.photo_id)

    const rescue = await exported()

    expect(rescue.manifest.counts).toMatchObject({ photos: 2, absent: 1 })
    const named = rescue.manifest.photos.find((photo) => photo.photo_id === rotten!.photo_id)
    expect(named).toMatchObject({ condition: 'rotten', sha256: await sha256(new TextEncoder().encode('mould').buffer as ArrayBuffer) })
    expect(words((await unpacked(rescue))[named!.file!])).toBe('mould')
  })

  test('a photo without bytes is named as missing', async () => {
    await phone.record(1)
    const [photo] = await phone.photos()
    await lose(photo!.photo_id)

    const { manifest } = await exported()

    expect(manifest.photos).toEqual([expect.objectContaining({ condition: 'missing', file: null })])
    expect(manifest.counts).toMatchObject({ photos: 0, absent: 1 })
  })

  test('a photo the browser cannot read stops no other', async () => {
    await phone.record(2)
    const [bad] = await phone.photos()
    const read = phone.localStore.bytes.bind(phone.localStore)
    vi.spyOn(phone.localStore, 'bytes').mockImplementation((id) => (id === bad!.photo_id ? Promise.reject(new DOMException('bad', 'UnknownError')) : read(id)))
    const said = vi.spyOn(console, 'warn').mockReturnValue()

    const { manifest } = await exported()

    expect(manifest.photos.map((photo) => photo.condition).sort()).toEqual(['missing', 'whole'])
    expect(said).toHaveBeenCalledOnce()
  })

  test.each([0, Date.parse('2150-01-01T00:00:00Z')])('a clock that says %d is no obstacle', async (now) => {
    await phone.record(1)

    expect(Object.keys(await unpacked(await exported({ now })))).toContain('manifest.json')
  })
})

describe('what a person reads', () => {
  test('the page shows every record with its photographs', async () => {
    await phone.record(1)

    const rescue = await exported()

    const page = words((await unpacked(rescue))['记录.html'])
    expect(page).toContain('井盖(GG0101)')
    expect(page).toContain('井盖缺失')
    expect(page).toContain(`<img src="${rescue.manifest.photos[0]!.file!}"`)
  })

  test('the words of a note are never markup', async () => {
    await draft('<script>alert("1")</script>')

    const page = words((await unpacked(await exported()))['记录.html'])

    expect(page).not.toContain('<script')
    expect(page).toContain('&#60;script&#62;')
  })

  test('the note beside it says what to do and what is missing', async () => {
    await phone.record(1)
    const [photo] = await phone.photos()
    await lose(photo!.photo_id)

    const note = words((await unpacked(await exported()))['说明.txt'])

    expect(note).toContain('交给管理员')
    expect(note).toContain(`${photo!.photo_id} 缺失`)
  })

  test('the file is named by day and person, in signs any system takes', async () => {
    const person = { id: CHEN.id, name: '小 陈/..\\' }

    expect((await exported({ person })).name).toBe('rescue-20260401-1000-小陈.zip')
  })
})
