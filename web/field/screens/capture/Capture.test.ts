// @vitest-environment happy-dom
/** 记录问题: what a person typed or took is on the phone, and becomes one record. */
import 'fake-indexeddb/auto'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type { Category, Change, Person } from '@shared/api/types'
import { golden } from '@shared/testing/golden'
import { all, freshPinia, type Mounted, mountAt, see, type } from '@shared/testing/mount'

import { emptyFields } from '../../core/model/make'
import { picture } from '../../core/testing/phone'
import { localStore } from '../../data/phone'
import { useSession } from '../../data/session'
import Capture from './Capture.vue'

const { person } = golden<{ person: Person }>('session')
const CATEGORY = golden<Record<string, Change>>('registers').categories!.data as Category
const ROUTES = [{ path: '/capture', component: Capture }]

let page: Mounted

/** A phone that knows where it is, once. */
const geolocation = {
  watchPosition: (heard: PositionCallback): number => {
    heard({ coords: { longitude: 110.78751, latitude: 32.64962, accuracy: 8 }, timestamp: Date.parse('2026-04-01T02:00:00Z') } as GeolocationPosition)
    return 1
  },
  clearWatch: () => undefined,
}

async function open(address: string): Promise<void> {
  const pinia = freshPinia()
  await useSession(pinia).load()
  page = await mountAt(address, ROUTES, { pinia })
  await vi.waitUntil(() => !(see('save-record') as HTMLButtonElement).disabled)
}

const draftId = (): string => String(page.router.currentRoute.value.query.draft)

beforeEach(async () => {
  Object.defineProperty(navigator, 'geolocation', { value: geolocation, configurable: true })
  await localStore.signIn({ person, access_token: 'a', refresh_token: 'r', expires_at: '2099-01-01T00:00:00Z', signed_in_at: 0 })
  await localStore.db.write(['categories'], (tx) => tx.objectStore('categories').put({ id: CATEGORY.code, version: 1, pulled: 1, data: CATEGORY }))
})
afterEach(async () => {
  page?.unmount()
  await localStore.db.destroy()
})

test('every word is in the draft before anything is pressed', async () => {
  await open('/capture')
  see('more').click()
  await vi.waitUntil(() => all('note').length > 0)
  type('note', '垃圾桶满溢')

  await vi.waitUntil(async () => (await localStore.draft(draftId()))?.fields.note === '垃圾桶满溢')
})

test('a draft is taken up again with its words and its photo', async () => {
  const at = Date.now()
  const fields = { ...emptyFields(), note: '桶满了', category: CATEGORY.code }
  await localStore.saveDraft({ draft_id: 'd1', author: person.id, kind: 'observation', task_id: null, started_at: at, updated_at: at, fields })
  const { row, bytes } = await picture(person.id, 'd1', at)
  await localStore.addPhoto(row, bytes)

  await open('/capture?draft=d1')
  await vi.waitUntil(() => all('resumed').length > 0 && all('held-photo').length > 0)

  expect(all('held-photo')).toHaveLength(1)
  expect(document.body.textContent).toContain(CATEGORY.name_zh)
  expect((await localStore.draft('d1'))?.fields).toMatchObject({ note: '桶满了' })
})

test('saving makes one record of the words and photos, and the draft is gone', async () => {
  const at = Date.now()
  const fields = { ...emptyFields(), note: '桶满了', category: CATEGORY.code }
  await localStore.saveDraft({ draft_id: 'd2', author: person.id, kind: 'observation', task_id: null, started_at: at, updated_at: at, fields })
  const { row, bytes } = await picture(person.id, 'd2', at)
  await localStore.addPhoto(row, bytes)
  await open('/capture?draft=d2')
  await vi.waitUntil(() => all('held-photo').length > 0 && document.body.textContent?.includes(CATEGORY.name_zh))

  see('save-record').click()
  await vi.waitUntil(() => all('saved-sheet').length > 0)

  const ops = await localStore.ops(person.id)
  expect(ops).toHaveLength(1)
  expect(ops[0]).toMatchObject({ state: 'saved', entity_id: 'd2', content: { data: { category: CATEGORY.code, note: '桶满了' }, photos: [{ sha256: row.declaration.sha256 }] } })
  expect(await localStore.draft('d2')).toBeNull()
  expect(await localStore.photos(person.id)).toMatchObject([{ state: 'waiting', op_id: ops[0]!.op_id }])
})
