// @vitest-environment happy-dom
/** 待传: everything that is not delivered is listed, with what is wrong, and only a receipt takes it away. */
import 'fake-indexeddb/auto'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { parseProblem } from '@shared/api/problem'
import type { Person } from '@shared/api/types'
import { golden } from '@shared/testing/golden'
import { all, freshPinia, type Mounted, mountAt, see } from '@shared/testing/mount'

import { heldPhoto, observationOp } from '../../core/model/make'
import type { OpRow } from '../../core/model/rows'
import { declared, FIELDS } from '../../core/testing/phone'
import { localStore } from '../../data/phone'
import { useSession } from '../../data/session'
import Outbox from './Outbox.vue'

const { person } = golden<{ person: Person }>('session')
/** What the server says of an op that met a record of the same id. */
const CONFLICT = golden<{ results: { status: string; problem: unknown }[] }>('push').results.find((one) => one.status === 'conflict')!

let page: Mounted
let minutes = 0

async function record(id: string, change: Partial<OpRow> = {}): Promise<OpRow> {
  const at = Date.parse('2026-04-01T02:00:00Z') + (minutes += 1) * 60_000
  const bytes = new TextEncoder().encode(`picture of ${id}`).buffer
  const row = heldPhoto(person.id, id, await declared(`photo-${id}`, bytes, at), at)
  await localStore.saveDraft({ draft_id: id, author: person.id, kind: 'observation', task_id: null, started_at: at, updated_at: at, fields: FIELDS })
  await localStore.addPhoto(row, bytes)
  const op = observationOp({ author: person.id, now: at, exchange: null }, id, FIELDS, [row])
  await localStore.saveOp(op, id)
  await localStore.changeOps([op.op_id], (kept) => ({ ...kept, ...change }))
  return op
}

async function open(): Promise<void> {
  const pinia = freshPinia()
  await useSession(pinia).load()
  page = await mountAt('/outbox', [{ path: '/outbox', component: Outbox }], { pinia })
  await vi.waitUntil(() => all('outbox-item').length > 0)
}

const item = (id: string): HTMLElement => all('outbox-item').find((one) => one.dataset.id === id)!

beforeEach(() => localStore.signIn({ person, access_token: 'a', refresh_token: 'r', expires_at: '2099-01-01T00:00:00Z', signed_in_at: 0 }))
afterEach(async () => {
  page.unmount()
  await localStore.db.destroy()
})

test('each unsent record is listed with its state, the newest first', async () => {
  await record('saved')
  await record('sending', { state: 'sending', attempts: 3, trouble: { why: 'network', at: '2026-04-01T02:10:00Z' } })
  await open()

  expect(all('outbox-item').map(({ dataset }) => [dataset.id, dataset.state])).toEqual([
    ['sending', 'sending'],
    ['saved', 'saved'],
  ])
  expect(item('sending').textContent).toContain('网络不通')
})

test('a record the server answered with a conflict says why and waits for the person', async () => {
  const problem = parseProblem(409, CONFLICT.problem)
  const op = await record('c', { state: 'conflict', problem, answered_at: '2026-04-01T02:10:00Z' })
  await localStore.changePhotos(['photo-c'], (photo) => ({ ...photo, state: 'stored', stored_at: '2026-04-01T02:11:00Z' }))
  await open()
  expect(item('c').dataset.state).toBe('attention')
  expect(item('c').textContent).toContain(problem.title)

  if (all('acknowledge').length === 0) item('c').querySelector<HTMLElement>('button, summary')!.click()
  await vi.waitUntil(() => all('acknowledge').length > 0)
  see('acknowledge').click()

  await vi.waitUntil(async () => (await localStore.op(op.op_id))?.acknowledged)
  // Read by the person, and still on the phone: only a receipt and a backup let it go.
  expect(await localStore.op(op.op_id)).toMatchObject({ state: 'conflict', content: op.content })
})

test('a record that waits for its turn is tried at once when the person says so', async () => {
  const op = await record('w', { state: 'sending', not_before: Date.parse('2099-01-01T00:00:00Z') })
  await open()
  if (all('retry').length === 0) item('w').querySelector<HTMLElement>('button, summary')!.click()
  await vi.waitUntil(() => all('retry').length > 0)

  see('retry').click()

  await vi.waitUntil(async () => (await localStore.op(op.op_id))?.not_before === 0)
})
