/** One list of the visits assigned to me and of my findings. */
import { SiteFinding } from '@shared/contract/vocabulary'
import type { AssignedVisit } from '@shared/api/types'
import { describe, expect, test } from 'vitest'

import { visitOp } from '../core/model/make'
import type { OpRow } from '../core/model/rows'
import { findingWords, foundWords, mergeVisits } from './visitMerge'

const visit = (id: string, over: Partial<AssignedVisit> = {}): AssignedVisit =>
  ({ id, task_id: `case-${id}`, kind: 'verify', due_at: '2026-04-02T02:00:00Z', category_name: '店外经营', number: 'A1', ...over }) as AssignedVisit
const found = (id: string, at: number, over: Partial<OpRow> = {}): OpRow => ({
  ...visitOp(
    { author: 'lin', now: at, exchange: null },
    { id, about: { title: '核查 店外经营 A1', said: '问题仍在' } },
    { finding: SiteFinding.NOT_CONFIRMED, note: '', place: null },
    [],
  ),
  ...over,
})

describe('mergeVisits', () => {
  test('the most urgent stands first', () => {
    const { todo } = mergeVisits([visit('late'), visit('soon', { due_at: '2026-04-01T02:00:00Z' })], [], [])
    expect(todo.map((one) => one.id)).toEqual(['soon', 'late'])
  })

  test('a visit with a finding is no longer to do, sent or not', () => {
    const merged = mergeVisits([visit('a'), visit('b')], [found('a', 1), found('b', 2, { state: 'accepted' })], [])
    expect(merged.todo).toEqual([])
    expect(merged.done.map(({ id, state }) => [id, state])).toEqual([
      ['b', 'delivered'],
      ['a', 'saved'],
    ])
  })

  test('a finding that was refused leaves the visit to be made', () => {
    const merged = mergeVisits([visit('a')], [found('a', 1, { state: 'quarantined' })], [])
    expect(merged.todo).toHaveLength(1)
    expect(merged.done[0]).toMatchObject({ state: 'kept' })
  })

  test('a visit that left the phone is still shown by its finding', () => {
    const [own] = mergeVisits([], [found('a', 1, { state: 'accepted' })], []).done
    expect(own!.op.about?.title).toBe('核查 店外经营 A1')
    expect(foundWords(own!)).toBe('问题仍在')
  })
})

test('a finding says what it means for this check', () => {
  expect(findingWords(visit('a'), SiteFinding.CONFIRMED)).toBe('已整改到位')
  expect(findingWords(visit('a', { kind: 'pre_check' }), SiteFinding.CONFIRMED)).toBe('问题属实')
  expect(findingWords(null, SiteFinding.CONFIRMED)).toBe('属实')
})

test('nothing is sent that was not said', () => {
  expect(found('a', 1).content).toMatchObject({ kind: 'visit.record', entity_id: 'a', data: { finding: 'not_confirmed' } })
  expect(Object.keys(found('a', 1).content.data)).toEqual(['finding'])
})
