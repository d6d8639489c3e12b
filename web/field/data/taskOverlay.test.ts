/** Own moves on a task before the server knows them, and the versions they name. */
import type { Move, TaskState } from '@shared/contract/vocabulary'
import type { Task } from '@shared/api/types'
import { describe, expect, test } from 'vitest'

import { moveOp } from '../core/model/make'
import type { Declaration, OpRow, PhotoRow } from '../core/model/rows'
import { dueFirst, viewTask } from './taskOverlay'

const task = (over: Partial<Task> = {}): Task =>
  ({ id: 't', version: 4, state: 'dispatched', moves: ['accept', 'hand_back'], pending_move: null, due_at: null, closed_at: null, ...over }) as Task

const made = (move: Move, version: number, at: number, over: Partial<OpRow> = {}): OpRow => ({
  ...moveOp({ author: 'wang', now: at, exchange: null }, { id: 't', version }, { move }, [], []),
  ...over,
})

describe('viewTask', () => {
  test('without own moves it is the server’s copy', () => {
    expect(viewTask(task(), [], [])).toMatchObject({ state: 'dispatched', version: 4, moves: ['accept', 'hand_back'], after: [] })
  })

  test('an accept that waits opens the submit, one version later and after it', () => {
    const accept = made('accept', 4, 1)
    expect(viewTask(task(), [accept], [])).toMatchObject({
      state: 'handling',
      version: 5,
      moves: ['submit'],
      after: [accept.op_id],
      own: [{ state: 'open' }],
    })
  })

  test('accepted and pulled, the own move is no longer shown', () => {
    const accept = made('accept', 4, 1, { state: 'accepted', version: 5 })
    const view = viewTask(task({ version: 5, state: 'handling', moves: ['submit'] }), [accept], [])
    expect(view).toMatchObject({ state: 'handling', version: 5, own: [], after: [] })
  })

  test('accepted but not yet pulled, the next move names the version of the answer', () => {
    const accept = made('accept', 4, 1, { state: 'accepted', version: 5 })
    expect(viewTask(task(), [accept], [])).toMatchObject({ state: 'handling', version: 5, after: [], own: [{ state: 'told' }] })
  })

  test('accepted while the answer was lost, the next move comes after the one whose version is not known', () => {
    const accept = made('accept', 4, 1, { state: 'accepted' })
    expect(viewTask(task(), [accept], [])).toMatchObject({ state: 'handling', version: 5, moves: ['submit'], after: [accept.op_id] })
    expect(viewTask(task({ version: 5, state: 'handling' }), [accept], [])).toMatchObject({ own: [], after: [] })
  })

  test('a submit of which only a receipt came stands in nobody’s way once its photos are there', () => {
    const content = { ...made('submit', 5, 2).content, photos: [{} as Declaration] }
    const submit = made('submit', 5, 2, { state: 'accepted', content })
    const handling = task({ version: 5, state: 'handling', moves: ['submit'] })
    expect(viewTask(handling, [submit], [])).toMatchObject({ state: 'handling', own: [], moves: ['submit'] })
  })

  test('a submit whose photos are on their way allows no further move', () => {
    const submit = made('submit', 5, 2, { state: 'accepted', version: 6 })
    const photo = { op_id: submit.op_id, state: 'waiting', acknowledged: false } as PhotoRow
    expect(viewTask(task({ version: 6, state: 'handling', moves: ['submit'] }), [submit], [photo])).toMatchObject({
      moves: [],
      own: [{ state: 'photos' }],
    })
  })

  test('more time that was requested without a network is not requested again', () => {
    const asked = made('request_extension', 5, 2)
    const handling = task({ version: 5, state: 'handling', moves: ['request_extension', 'submit'] })
    expect(viewTask(handling, [asked], [])).toMatchObject({ state: 'handling', version: 6, moves: ['submit'], after: [asked.op_id] })
  })

  test('nothing overtakes a proof of safety that is still here: it would lapse', () => {
    const handling = task({ version: 5, state: 'handling', moves: ['make_safe', 'submit'] })
    const safe = made('make_safe', 5, 2)
    const withPhoto = { ...safe, content: { ...safe.content, photos: [{ photo_id: 'p' } as Declaration] } }
    expect(viewTask(handling, [withPhoto], []).moves).toEqual([])
  })

  test('an appeal of a closed case leaves nothing to do', () => {
    const closed = task({ version: 9, state: 'closed', moves: ['appeal'] })
    expect(viewTask(closed, [made('appeal', 9, 2)], [])).toMatchObject({ state: 'closed', moves: [] })
  })

  test('a move that came too late is shown until it was seen, and changes nothing', () => {
    const late = made('accept', 3, 1, { state: 'conflict' })
    expect(viewTask(task(), [late], [])).toMatchObject({ state: 'dispatched', version: 4, own: [{ state: 'refused' }] })
    expect(viewTask(task(), [{ ...late, acknowledged: true }], []).own).toEqual([])
  })
})

test('what is due first stands first, finished cases last', () => {
  const view = (id: string, state: TaskState, due_at: string | null) => viewTask(task({ id, state, due_at }), [], [])
  const sorted = dueFirst([
    view('closed', 'closed', null),
    view('late', 'handling', '2026-04-02T00:00:00Z'),
    view('soon', 'dispatched', '2026-04-01T00:00:00Z'),
    view('checked', 'verifying', null),
  ])
  expect(sorted.todo.map(({ task: one }) => one.id)).toEqual(['soon', 'late'])
  expect(sorted.waiting.map(({ task: one }) => one.id)).toEqual(['checked'])
  expect(sorted.finished.map(({ task: one }) => one.id)).toEqual(['closed'])
})
