/** One list out of what was made here and what the server tells. */
import type { Observation } from '@shared/api/types'
import { describe, expect, test } from 'vitest'

import { amendOp, emptyFields, observationOp, withdrawOp } from '../core/model/make'
import type { OpRow } from '../core/model/rows'
import { askedFor, mayChange, mergeRecords, stepOf } from './recordMerge'

const FIELDS = { ...emptyFields(), category: 'GG0101', note: '井盖' }

const made = (id: string, at: number, over: Partial<OpRow> = {}): OpRow => ({
  ...observationOp({ author: 'chen', now: at, exchange: null }, id, FIELDS, []),
  ...over,
})
const taken = (id: string, at: number, state: OpRow['state']): OpRow => ({
  ...withdrawOp({ author: 'chen', now: at, exchange: null }, { id, version: 1 }, []),
  state,
})
const copy = (id: string, over: Partial<Observation> = {}): Observation =>
  ({
    id,
    category: 'GG0101',
    state: 'complete',
    captured_at: '2026-04-01T02:00:00.000Z',
    data: {},
    photos: [],
    task: null,
    version: 1,
    ...over,
  }) as unknown as Observation
const task = (state: string): Observation['task'] => ({ id: 't', number: 'A1', state, verdict: null, events: [] }) as unknown as Observation['task']

describe('mergeRecords', () => {
  test('a record that is here and there stands once', () => {
    expect(mergeRecords([made('a', 1)], [], [copy('a')])).toHaveLength(1)
  })

  test('the newest stands first', () => {
    const cards = mergeRecords([made('old', 1_000), made('new', 2_000)], [], [])
    expect(cards.map((card) => card.id)).toEqual(['new', 'old'])
  })

  test('a record the phone no longer keeps still comes from the server', () => {
    expect(mergeRecords([], [], [copy('a', { task: task('closed') })])[0]).toMatchObject({ local: 'delivered', task: { state: 'closed' } })
  })

  test('a withdrawal on its way is shown, one that came too late is said', () => {
    expect(mergeRecords([made('a', 1), taken('a', 2, 'saved')], [], [])[0]).toMatchObject({ withdrawing: { state: 'saved' } })
    expect(mergeRecords([made('a', 1), taken('a', 2, 'conflict')], [], [])[0]).toMatchObject({
      withdrawing: null,
      refusedWithdrawal: { state: 'conflict' },
    })
  })
})

test.each([
  ['nothing but the phone', [made('a', 1)], [], 'saved'],
  ['accepted, not yet told', [made('a', 1, { state: 'accepted' })], [], 'delivered'],
  ['reported', [], [copy('a', { task: task('reported') })], 'delivered'],
  ['dispatched', [], [copy('a', { task: task('dispatched') })], 'filed'],
  ['in rework', [], [copy('a', { task: task('rework') })], 'handling'],
  ['closed', [], [copy('a', { task: task('closed') })], 'closed'],
] as const)('%s has come to the right step', (_, ops, observations, step) => {
  expect(stepOf(mergeRecords(ops, [], observations)[0]!)).toBe(step)
})

test('an own mistake can be taken back until it is filed', () => {
  const may = (state: string): boolean => mayChange(mergeRecords([], [], [copy('a', { task: task(state) })])[0]!)
  expect([may('awaiting_evidence'), may('reported'), may('filed'), may('closed')]).toEqual([true, true, false, false])
})

describe('what is added to a record', () => {
  const more = (id: string, at: number, version: number, over: Partial<OpRow> = {}): OpRow => ({
    ...amendOp({ author: 'chen', now: at, exchange: null }, { id, version, note: '井盖' }, '近景见图', [], []),
    ...over,
  })
  const asked = (over: object = {}): Observation['task'] =>
    ({
      ...task('reported'),
      asked_more_at: '2026-04-01T03:00:00Z',
      events: [
        { move: 'ask_more', reason: 'wider_view', note: null },
        { move: 'ask_more', reason: 'closer_view', note: '看不清' },
      ],
      ...over,
    }) as unknown as Observation['task']
  const only = (ops: readonly OpRow[], observations: readonly Observation[]) => mergeRecords(ops, [], observations)[0]!

  test('the words go behind those that were there', () => {
    expect(more('a', 2, 1).content).toMatchObject({ base_version: 1, data: { fields: { note: '井盖\n近景见图' } } })
    expect(amendOp({ author: 'chen', now: 2, exchange: null }, { id: 'a', version: 1, note: '井盖' }, '', [], []).content.data).toEqual({ fields: {} })
  })

  test('the last question is the one that is shown', () => {
    expect(askedFor(only([], [copy('a', { task: asked() })]))).toMatchObject({ reason: 'closer_view', note: '看不清' })
    expect(askedFor(only([], [copy('a', { task: task('reported') })]))).toBeNull()
  })

  test('an answer that waits here is an answer, and is shown', () => {
    const card = only([more('a', 2, 1)], [copy('a', { task: asked(), data: { note: '井盖' } })])
    expect(askedFor(card)).toBeNull()
    expect(card).toMatchObject({ amending: { state: 'saved' }, note: '井盖\n近景见图', version: 2 })
  })

  test('delivered and pulled, it is no longer ahead', () => {
    const card = only([more('a', 2, 1, { state: 'accepted', version: 2 })], [copy('a', { version: 2, data: { note: '井盖\n近景见图' } })])
    expect(card).toMatchObject({ amending: null, version: 2, after: [] })
  })

  test('the next op names the version and comes after those that wait', () => {
    const waiting = [made('a', 1), more('a', 2, 1), more('a', 3, 2)]
    expect(only(waiting, [])).toMatchObject({ version: 3, after: waiting.map((op) => op.op_id) })
  })

  test('accepted while the answer was lost, the next op names the op whose version is not known', () => {
    const taken = [made('a', 1, { state: 'accepted', version: 1 }), more('a', 2, 1, { state: 'accepted' })]
    expect(only(taken, [])).toMatchObject({ version: 2, amending: { state: 'accepted' }, after: [taken[1]!.op_id] })
  })

  test('one that came too late is said until it was seen, and asks again', () => {
    const late = more('a', 2, 1, { state: 'conflict' })
    expect(only([late], [copy('a', { task: asked() })])).toMatchObject({ amending: null, refusedAmendment: { state: 'conflict' }, version: 1 })
    expect(only([{ ...late, acknowledged: true }], [copy('a')]).refusedAmendment).toBeNull()
    expect(askedFor(only([late], [copy('a', { task: asked() })]))).not.toBeNull()
  })
})
