/** A visit on its way: assigned by the pull, recorded without a network, delivered once, gone from the list. */
import 'fake-indexeddb/auto'

import { Collection, SiteFinding } from '@shared/contract/vocabulary'
import { uuid7 } from '@shared/api/uuid7'
import type { AssignedVisit } from '@shared/api/types'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { Phone } from '../core/testing/phone'
import { emptyFields, visitOp } from '../core/model/make'
import { CHEN } from '../core/testing/modelServer'
import type { OpRow } from '../core/model/rows'
import { mergeVisits } from './visitMerge'

const VISIT = { id: '01900000-0000-7000-8000-00000000aaaa', task_id: 't', kind: 'verify', due_at: '2026-04-01T06:00:00Z' } as AssignedVisit

const ABOUT = { title: '核查 A1', said: '问题仍在' }

let phone: Phone

beforeEach(async () => {
  phone = await new Phone().ready()
  phone.server.tell(Collection.VISITS, VISIT.id, VISIT)
  await phone.sync()
})
afterEach(() => phone.db.destroy())

/** What the sheet does: a draft with a photo becomes an op. */
async function look(): Promise<OpRow> {
  phone.clock += 1000
  const draft_id = uuid7(phone.clock)
  const fields = { ...emptyFields(), finding: SiteFinding.NOT_CONFIRMED }
  await phone.localStore.saveDraft({
    draft_id,
    author: CHEN.id,
    kind: 'visit',
    task_id: null,
    visit_id: VISIT.id,
    started_at: phone.clock,
    updated_at: phone.clock,
    fields,
  })
  const photo = await phone.photo(draft_id)
  const by = { author: CHEN.id, now: phone.clock, exchange: null }
  const op = visitOp(by, { id: VISIT.id, about: ABOUT }, { finding: fields.finding, note: '还在', place: null }, [photo])
  await phone.localStore.saveOp(op, draft_id)
  return op
}

const mine = async () => mergeVisits(await phone.localStore.pulled<AssignedVisit>('visits'), await phone.ops(), await phone.photos())

test('an assigned visit is on the phone', async () => {
  expect((await mine()).todo).toEqual([VISIT])
})

test('recorded without a network it is no longer to do, and waits with its photo', async () => {
  await look()

  const { todo, done } = await mine()
  expect(todo).toEqual([])
  expect(done).toMatchObject([{ id: VISIT.id, state: 'saved', photos: [{ state: 'waiting' }] }])
  expect(await phone.localStore.drafts(CHEN.id)).toEqual([])
})

test('through a bad network it arrives once, with its photo', async () => {
  const op = await look()
  phone.server.faults.push('lost-reply', 'network', 503)

  await phone.settle()

  expect(phone.server.ops.get(op.op_id)).toMatchObject({ applied: 1 })
  expect([...phone.server.photos.values()].map((photo) => photo.state)).toEqual(['stored'])
  expect((await mine()).done).toMatchObject([{ state: 'delivered', trouble: null }])
})

test('withdrawn on the console it leaves the phone, and its finding is still sent', async () => {
  const op = await look()
  phone.server.verdicts.set(op.op_id, () => 'quarantined')
  phone.server.tell(Collection.VISITS, VISIT.id, null, 'del')

  await phone.settle()

  const { todo, done } = await mine()
  expect(todo).toEqual([])
  expect(done).toMatchObject([{ state: 'kept', op: { about: ABOUT } }])
  expect([...phone.server.photos.values()].map((photo) => photo.state)).toEqual(['stored'])
})

test('another person sees nothing of it', async () => {
  await phone.localStore.signOut()

  expect(await phone.localStore.pulled('visits')).toEqual([])
})
