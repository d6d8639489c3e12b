// @vitest-environment happy-dom
/** 核查 by keys alone: J and K walk the list, a key opens its move, a decision waits and Z takes it back. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'

import type { MoveForm, Task, TaskRow } from '@shared/api/types'
import { golden } from '@shared/testing/golden'
import { all, freshPinia, type Mounted, mountAt, press, see } from '@shared/testing/mount'

import { useSession } from '../data/session'
import CaseScreen from '../screens/case/CaseScreen.vue'
import DecisionBar from './DecisionBar.vue'

const [ROW] = golden<{ items: [TaskRow] }>('tasks').items
const TASK = golden<Task>('task_supervisor')
const ME = golden<Record<string, unknown>>('me')
const form = (move: MoveForm['move'], label: string, needs: MoveForm['needs'] = []): MoveForm => ({
  move,
  label,
  needs,
  reasons: needs.includes('reason') ? [{ code: 'not_fixed', label: '未整改到位' }] : [],
  decisions: [],
})
/** Three cases to verify, as the server lists them. */
const IDS = ['case-1', 'case-2', 'case-3'] as const
const FORMS = [form('pass', '通过'), form('fail', '不通过', ['reason']), form('merge', '合并', ['into'])]
const stateOf = { state: 'verifying', moves: FORMS.map((one) => one.move) } as const
const rows = IDS.map((id, nth): TaskRow => ({ ...ROW, ...stateOf, id, number: `20260304-00000${nth + 1}` }))
const cases = new Map(rows.map((row): [string, Task] => [row.id, { ...TASK, ...row, move_forms: FORMS, evidence: [], events: [] }]))
/** The last one has a photo handed in twice. */
const HINT = { kind: 'before_as_after', severity: 'danger', text: '与本案整改前照片为同一个文件', text_en: 'is the same file', photo_id: null, other_photo_id: null, other_task_id: null, to_confirm: true } as const
cases.set('case-3', { ...cases.get('case-3')!, hints: [HINT, HINT] })

let page: Mounted
let moves: { readonly path: string; readonly body: Record<string, unknown> }[]

function answerTo(path: string): unknown {
  if (path === '/me') return { ...ME, person: { ...(ME.person as object), role: 'supervisor' } }
  if (path === '/tasks') return { items: rows, next: null }
  if (path === '/tasks/counts') return { states: { verifying: 3 }, capped: [], overdue: 0, due_soon: 0, unassigned: 0, unplaced: 0 }
  if (path === '/map') return { districts: { type: 'FeatureCollection', features: [] }, points: [], bounds: [110, 32, 111, 33], tianditu: null }
  if (path.startsWith('/tasks/') && cases.has(path.slice(7))) return cases.get(path.slice(7))
  return { items: [], next: null }
}

beforeEach(async () => {
  moves = []
  localStorage.clear()
  vi.stubGlobal('fetch', async (address: string, init: RequestInit = {}) => {
    const path = new URL(address, 'https://console.example').pathname.replace('/api/v1', '')
    if (init.method === 'POST') moves.push({ path, body: JSON.parse(String(init.body)) as Record<string, unknown> })
    return new Response(JSON.stringify(answerTo(path)), { headers: { 'X-Sync': '1' } })
  })
  const pinia = freshPinia()
  await useSession(pinia).restore()
  const routes = [
    { path: '/tasks', name: 'tasks', component: { render: () => null } },
    { path: '/tasks/:id', name: 'task', component: CaseScreen },
  ]
  page = await mountAt('/tasks/case-1', routes, { pinia, beside: DecisionBar })
  await vi.waitUntil(() => all('move-pass').length > 0 && all('queue-progress').length > 0)
})
afterEach(() => {
  page.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

const shown = (): string => String(page.router.currentRoute.value.params.id)
const waiting = (): { taskId: string; asked: { move: string; reason?: string } }[] => JSON.parse(localStorage.getItem('desk.decisions') ?? '[]') as never

async function open(id: string): Promise<void> {
  await vi.waitUntil(() => shown() === id && see('task-number').textContent === cases.get(id)!.number)
}

async function decide(key: string): Promise<void> {
  press(key)
  await vi.waitUntil(() => all('move-form').length > 0)
  await nextTick()
}

test('J leads to the next case and K back', async () => {
  press('j')
  await open('case-2')
  press('k')
  await open('case-1')
})

test('A passes: the decision waits in this browser, and the next case is shown at once', async () => {
  await decide('a')
  see('move-form').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }))
  await open('case-2')

  expect(waiting()).toMatchObject([{ taskId: 'case-1', asked: { move: 'pass' } }])
  expect(moves).toEqual([])
})

test('A and Enter never pass a case with a hint that nobody confirmed', async () => {
  press('j')
  await open('case-2')
  press('j')
  await open('case-3')
  await decide('a')
  expect(see('confirm-hints').textContent).toContain('×2')
  const confirm = () => see('move-form').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }))
  confirm()
  await vi.waitUntil(() => all('move-unconfirmed').length > 0)
  expect(shown()).toBe('case-3')
  expect(waiting()).toEqual([])

  see('confirm-before_as_after').click()
  await nextTick()
  confirm()
  await vi.waitUntil(() => waiting().length > 0)
  expect(waiting()).toMatchObject([{ taskId: 'case-3', asked: { move: 'pass', confirmed: ['before_as_after'] } }])
})

test('Z takes the decision back: nothing is sent, and its case is shown again', async () => {
  await decide('a')
  see('move-form').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }))
  await open('case-2')
  press('z')
  await open('case-1')

  expect(waiting()).toEqual([])
  expect(moves).toEqual([])
})

test('R fails with a reason by its number, and without one nothing is decided', async () => {
  await decide('r')
  const confirm = () => see('move-form').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }))
  confirm()
  await vi.waitUntil(() => all('move-lacks').length > 0)
  expect(waiting()).toEqual([])

  ;(document.activeElement as HTMLElement | null)?.blur()
  press('1')
  await nextTick()
  confirm()
  await open('case-2')
  expect(waiting()).toMatchObject([{ taskId: 'case-1', asked: { move: 'fail', reason: 'not_fixed' } }])
})

test('M opens the merge', async () => {
  await decide('m')
  expect(see('move-form').textContent).toContain('合并')
})

test('a key that is typed into a note is text of the note', async () => {
  await decide('a')
  const note = document.querySelector<HTMLTextAreaElement>('#move-note')!
  note.focus()
  press('j')
  press('r')
  await nextTick()

  expect(shown()).toBe('case-1')
  expect(see('move-form').textContent).toContain('通过')
})
