/** The inbox: order, what is unread, where it leads. */
import type { Notice } from '@shared/api/types'
import { expect, test } from 'vitest'

import { inOrder, leadsTo, withSeen } from './unread'

const notice = (id: string, at: string, over: Partial<Notice> = {}): Notice =>
  ({ id, at, kind: 'more_asked', title: '请补充', body: null, task_id: 't', observation_id: 'o', read_at: null, ...over }) as Notice

test('the newest notice stands first, and only those nobody looked at are unread', () => {
  const told = inOrder(
    [notice('old', '2026-04-01'), notice('new', '2026-04-03'), notice('elsewhere', '2026-04-02', { read_at: '2026-04-02' })],
    ['old'],
  )
  expect(told.map((one) => [one.notice.id, one.unread])).toEqual([
    ['new', true],
    ['elsewhere', false],
    ['old', false],
  ])
})

test('a mark is kept once, and not for ever', () => {
  expect(withSeen(['a', 'b'], ['b', 'c'])).toEqual(['b', 'c', 'a'])
  const many = Array.from({ length: 300 }, (_, nth) => `old-${nth}`)
  expect(withSeen(many, ['new'])).toHaveLength(300)
  expect(withSeen(many, ['new'])[0]).toBe('new')
})

test('a handler is led to the task, a reporter to the own record', () => {
  expect(leadsTo(notice('a', ''), true)).toBe('/tasks/t')
  expect(leadsTo(notice('a', ''), false)).toBe('/records/o')
  expect(leadsTo(notice('a', '', { observation_id: null }), false)).toBeNull()
})
