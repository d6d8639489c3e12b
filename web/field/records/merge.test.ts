/** One list out of what was made here and what the server tells. */
import type { Observation } from '@shared/wire'
import { describe, expect, test } from 'vitest'

import { emptyFields, observationOp, withdrawOp } from '../outbox/make'
import type { OpRow } from '../store/rows'
import { mayWithdraw, mergeRecords, stepOf } from './merge'

const FIELDS = { ...emptyFields(), category: 'GG0101', note: '井盖' }

const made = (id: string, at: number, over: Partial<OpRow> = {}): OpRow => ({
  ...observationOp({ author: 'chen', now: at, exchange: null }, id, FIELDS, []),
  ...over,
})
const taken = (id: string, at: number, state: OpRow['state']): OpRow => ({
  ...withdrawOp({ author: 'chen', now: at, exchange: null }, { id, version: 1 }, []),
  state,
})
const told = (id: string, over: Partial<Observation> = {}): Observation =>
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
    expect(mergeRecords([made('a', 1)], [], [told('a')])).toHaveLength(1)
  })

  test('the newest stands first', () => {
    const cards = mergeRecords([made('old', 1_000), made('new', 2_000)], [], [])
    expect(cards.map((card) => card.id)).toEqual(['new', 'old'])
  })

  test('a record the phone has forgotten is still told by the server', () => {
    expect(mergeRecords([], [], [told('a', { task: task('closed') })])[0]).toMatchObject({ local: 'delivered', task: { state: 'closed' } })
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
  ['reported', [], [told('a', { task: task('reported') })], 'delivered'],
  ['dispatched', [], [told('a', { task: task('dispatched') })], 'filed'],
  ['in rework', [], [told('a', { task: task('rework') })], 'handling'],
  ['closed', [], [told('a', { task: task('closed') })], 'closed'],
] as const)('%s has come to the right step', (_, ops, observations, step) => {
  expect(stepOf(mergeRecords(ops, [], observations)[0]!)).toBe(step)
})

test('an own mistake can be taken back until it is filed', () => {
  const may = (state: string): boolean => mayWithdraw(mergeRecords([], [], [told('a', { task: task(state) })])[0]!)
  expect([may('awaiting_evidence'), may('reported'), may('filed'), may('closed')]).toEqual([true, true, false, false])
})
