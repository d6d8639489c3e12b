// @vitest-environment happy-dom
/** A register's form: what an admin typed is sent whole, and is still there when the server refuses it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'

import type { Change, Unit } from '@shared/api/types'
import { golden } from '@shared/testing/golden'
import { all, freshPinia, type Mounted, mountAt, see, type } from '@shared/testing/mount'

import { REGISTERS } from './columns'
import EntrySheet from './EntrySheet.vue'

const UNIT = { ...(golden<Record<string, Change>>('registers').units!.data as Unit), active: true, version: 7 }
const STALE = golden<{ status: number }>('problem_stale')
const register = REGISTERS.find((one) => one.name === 'units')!
const names = { unit: () => null, point: () => null, district: () => null, street: () => null, community: () => null } as never

interface Sent {
  readonly method: string
  readonly path: string
  readonly body: Record<string, unknown>
}

let page: Mounted
let sent: Sent[]
let saved: unknown[]

/** The server answers every write with this. */
function answerWith(status: number, body: unknown): void {
  vi.stubGlobal('fetch', async (path: string, init: RequestInit = {}) => {
    const read = init.method === undefined || init.method === 'GET'
    if (!read) sent.push({ method: init.method!, path, body: JSON.parse(String(init.body ?? 'null')) as Record<string, unknown> })
    return new Response(JSON.stringify(read ? { items: [], next: null } : body), { status: read ? 200 : status, headers: { 'X-Sync': '1' } })
  })
}

async function open(entry: typeof UNIT | null): Promise<void> {
  const props = { register, entry, names, mayWrite: true, onSaved: (one: unknown) => saved.push(one) }
  page = await mountAt('/', [{ path: '/', component: EntrySheet, props }], { pinia: freshPinia() })
  await vi.waitUntil(() => all('entry-save').length > 0)
}

const valueOf = (testid: string): string => (see(testid).matches('input') ? see(testid) : see(testid).querySelector('input'))!.getAttribute('value') ?? (see(testid) as HTMLInputElement).value

beforeEach(() => {
  sent = []
  saved = []
})
afterEach(() => {
  page.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

test('a changed name is sent with the version it was read at', async () => {
  answerWith(200, { ...UNIT, name: '市城管局', version: 8 })
  await open(UNIT)
  type('field-name', '市城管局')
  await nextTick()
  see('entry-save').click()
  await vi.waitUntil(() => saved.length > 0)

  expect(sent).toMatchObject([{ method: 'PUT', path: expect.stringContaining(`/units/${encodeURIComponent(UNIT.id)}`), body: { name: '市城管局', version: 7, kind: 'responsible' } }])
})

test('an empty field that is needed is named, and nothing is sent', async () => {
  answerWith(200, UNIT)
  await open(UNIT)
  type('field-name', '')
  await nextTick()
  see('entry-save').click()
  await vi.waitUntil(() => see('about-name').textContent?.includes('请填写'))

  expect(sent).toEqual([])
})

test('what somebody else changed meanwhile is said, and what was typed stays', async () => {
  answerWith(STALE.status, STALE)
  await open(UNIT)
  type('field-name', '市城管执法委')
  await nextTick()
  see('entry-save').click()
  await vi.waitUntil(() => all('entry-refused').length > 0)

  expect(all('entry-reload')).toHaveLength(1)
  expect(valueOf('field-name')).toBe('市城管执法委')
  expect(saved).toEqual([])
})
