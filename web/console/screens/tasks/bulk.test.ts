import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { Move } from '@shared/contract/vocabulary'
import type { TaskRow } from '@shared/api/types'

import { asDecisions, movesForAll, needsReason, unfit, type BulkForm } from './bulk'
import { MOST, useSelection } from '../../data/selection'

vi.mock('../../api/calls', () => ({ oneTask: vi.fn() }))

const row = (id: string, more: Partial<TaskRow> = {}): TaskRow =>
  ({ id, number: `no-${id}`, version: 2, unit: { id: `unit-${id}`, name: '' }, moves: [Move.FILE, Move.REJECT], ...more }) as TaskRow
const form = (move: Move, more: Partial<BulkForm> = {}): BulkForm => ({ move, reason: null, note: ' ', unitId: null, ...more })

describe('several at once', () => {
  it('may do what each of them may, and what is made for several', () => {
    expect(movesForAll([row('a'), row('b')])).toEqual([Move.FILE, Move.REJECT])
    expect(movesForAll([row('a'), row('b', { moves: [Move.REJECT, Move.MERGE] })])).toEqual([Move.REJECT])
    expect(movesForAll([row('a', { moves: [Move.MERGE] })])).toEqual([])
    expect(movesForAll([])).toEqual([])
  })
  it('are each a move of their own, at the version that was looked at', () => {
    let next = 0
    const wanted = asDecisions(form(Move.REJECT, { reason: 'duplicate' }), [row('a'), row('b', { version: 7 })], () => `id-${(next += 1)}`)
    expect(wanted.map((one) => [one.taskId, one.asked])).toEqual([
      ['a', { move_id: 'id-1', move: 'reject', version: 2, reason: 'duplicate' }],
      ['b', { move_id: 'id-2', move: 'reject', version: 7, reason: 'duplicate' }],
    ])
  })
  it('go each to the unit it is routed to, and one routed nowhere is named', () => {
    const homeless = row('b', { unit: null })
    expect(unfit(form(Move.DISPATCH), [row('a'), homeless])).toEqual([homeless])
    expect(unfit(form(Move.DISPATCH, { unitId: 'u' }), [homeless])).toEqual([])
    expect(asDecisions(form(Move.DISPATCH), [row('a')], () => 'id')[0]?.asked.unit_id).toBe('unit-a')
  })
  it('are refused for a reason only', () => {
    expect([Move.FILE, Move.PASS, Move.REJECT, Move.FAIL].map(needsReason)).toEqual([false, false, true, true])
  })
})

describe('choosing cases', () => {
  const list = Array.from({ length: 150 }, (_, n) => row(String(n)))
  beforeEach(() => setActivePinia(createPinia()))

  it('reaches from the last choice to this one', () => {
    const chosen = useSelection()
    chosen.toggle(list[5]!)
    chosen.reach(list[2]!, list)
    expect([...chosen.rows.keys()].sort()).toEqual(['2', '3', '4', '5'])
    chosen.toggle(list[3]!)
    expect(chosen.rows.has('3')).toBe(false)
  })
  it('ends at a hundred', () => {
    const chosen = useSelection()
    chosen.put(list)
    expect([chosen.rows.size, chosen.full]).toEqual([MOST, true])
  })
})
