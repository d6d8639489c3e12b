import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Task, TaskRow } from '@shared/api/types'

import { taskCounts, taskPage } from '../api/calls'
import { NO_FILTERS } from './filters'
import { useQueue } from './reviewQueue'

vi.mock('../api/calls', () => ({ taskPage: vi.fn(), taskCounts: vi.fn() }))

const row = (id: string, state = 'reported') => ({ id, state }) as TaskRow

beforeEach(() => {
  setActivePinia(createPinia())
  vi.mocked(taskCounts).mockResolvedValue({
    states: { reported: 3, closed: 9 },
    capped: ['closed'],
    overdue: 0,
    due_soon: 0,
    unassigned: 0,
    unplaced: 0,
    locality_undecided: 0,
    extension_pending: 0,
    appeal_pending: 0,
    in_scope: true,
    out_of_scope: [],
  })
})

describe('the queue', () => {
  it('goes on behind its last row and never doubles one', async () => {
    vi.mocked(taskPage)
      .mockResolvedValueOnce({ items: [row('a'), row('b')], next: 'c1' })
      .mockResolvedValueOnce({ items: [row('b'), row('c')], next: null })
    const queue = useQueue()
    await queue.open({ ...NO_FILTERS })
    await queue.more()
    expect(queue.rows.map((one) => one.id)).toEqual(['a', 'b', 'c'])
    expect(vi.mocked(taskPage).mock.calls[1]?.[1]).toBe('c1')
    await queue.more()
    expect(taskPage).toHaveBeenCalledTimes(2)
  })
  it('knows who is next and who was before', async () => {
    vi.mocked(taskPage).mockResolvedValueOnce({ items: [row('a'), row('b')], next: null })
    const queue = useQueue()
    await queue.open({ ...NO_FILTERS })
    expect(queue.adjacent('a', 1)).toBe('b')
    expect(queue.adjacent('a', -1)).toBeNull()
    expect(queue.adjacent('stranger', 1)).toBeNull()
  })
  it('keeps the place of a case that left the filter by a move', async () => {
    vi.mocked(taskPage).mockResolvedValueOnce({ items: [row('a'), row('b')], next: null })
    const queue = useQueue()
    await queue.open({ ...NO_FILTERS, states: ['reported'] })
    queue.learn(row('a', 'filed') as Task)
    expect(queue.rows[0]?.state).toBe('filed')
    expect(queue.adjacent('a', 1)).toBe('b')
  })
  it('shows the newest question, not the slowest answer', async () => {
    let late: (page: { items: TaskRow[]; next: null }) => void = () => undefined
    vi.mocked(taskPage)
      .mockReturnValueOnce(new Promise((resolve) => (late = resolve)))
      .mockResolvedValueOnce({ items: [row('new')], next: null })
    const queue = useQueue()
    const first = queue.open({ ...NO_FILTERS, text: 'old' })
    await queue.open({ ...NO_FILTERS, text: 'new' })
    late({ items: [row('old')], next: null })
    await first
    expect(queue.rows.map((one) => one.id)).toEqual(['new'])
    expect(queue.loading).toBe(false)
  })
  it('counts what its tabs name', async () => {
    vi.mocked(taskPage).mockResolvedValue({ items: [], next: null })
    const queue = useQueue()
    await queue.open({ ...NO_FILTERS })
    expect(queue.total).toBe(12)
    await queue.open({ ...NO_FILTERS, states: ['reported'] })
    expect(queue.total).toBe(3)
  })
  it('says where there are more than were counted', async () => {
    vi.mocked(taskPage).mockResolvedValue({ items: [], next: null })
    const queue = useQueue()
    await queue.open({ ...NO_FILTERS })
    expect(queue.totalWords).toBe('12+')
    await queue.open({ ...NO_FILTERS, states: ['reported'] })
    expect(queue.totalWords).toBe('3')
  })
  it('keeps its rows when a page fails, and says so', async () => {
    vi.mocked(taskPage)
      .mockResolvedValueOnce({ items: [row('a')], next: 'c1' })
      .mockRejectedValueOnce(new Error('cut'))
    const queue = useQueue()
    await queue.open({ ...NO_FILTERS })
    await queue.more()
    expect(queue.rows).toHaveLength(1)
    expect(queue.trouble).toBeInstanceOf(Error)
    expect(queue.next).toBe('c1')
  })
})
