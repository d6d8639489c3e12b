/** Searching and filtering own records. */
import { Move, TaskState } from '@shared/contract/vocabulary'
import { describe, expect, test } from 'vitest'

import type { RecordCard } from './recordMerge'
import { groupOf, isFoundBy } from './recordFilter'

const card = (more: Partial<RecordCard> = {}): RecordCard =>
  ({ id: 'r', category: 'GG0402', note: '北门 垃圾桶满了', captured_at: '2026-03-04T01:30:00Z', local: 'delivered', copy: { address: '五堰街 12 号' }, task: null, withdrawn: false, withdrawing: null, amending: null, ...more }) as RecordCard
const task = (state: TaskState, more: object = {}): RecordCard['task'] =>
  ({ id: 't', number: '20260304-000123', state, verdict: null, events: [], asked_more_at: null, ...more }) as RecordCard['task']

test.each([
  ['000123', true],
  ['123', true],
  ['垃圾桶', true],
  ['满溢', true],
  ['满溢 北门', true],
  ['满溢 南门', false],
  ['五堰', true],
  ['3月4日', true],
  ['2026-03-04', true],
  ['井盖', false],
  ['  ', true],
])('%s finds it: %s', (typed, found) => {
  expect(isFoundBy(card({ task: task(TaskState.FILED) }), typed, '垃圾桶满溢')).toBe(found)
})

describe('every record is in one group', () => {
  const asked = { asked_more_at: '2026-03-04T03:00:00Z', events: [{ move: Move.ASK_MORE, reason: 'wider_view', note: null, at: '2026-03-04T03:00:00Z' }] }
  test.each([
    ['not delivered', card({ local: 'saved' }), 'here'],
    ['its photos are still here', card({ local: 'photos', task: task(TaskState.AWAITING_EVIDENCE) }), 'here'],
    ['no case yet', card(), 'open'],
    ['reported', card({ task: task(TaskState.REPORTED) }), 'open'],
    ['more is asked', card({ task: task(TaskState.REPORTED, asked) }), 'asked'],
    ['closed', card({ task: task(TaskState.CLOSED) }), 'closed'],
    ['rejected', card({ task: task(TaskState.REJECTED) }), 'not-filed'],
    ['withdrawn before it was filed', card({ withdrawn: true, task: task(TaskState.VOID) }), 'not-filed'],
  ])('%s', (_, one, group) => {
    expect(groupOf(one)).toBe(group)
  })
})
