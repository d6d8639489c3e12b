/** What the top line and the badges say. */
import { describe, expect, test } from 'vitest'

import type { OpRow } from '../core/model/rows'
import { emptyFields, observationOp } from '../core/model/make'
import type { QueueSummary } from '../core/model/rules'
import type { RunnerState } from '../core/sync/runner'
import { itemState, queueLine, sendWords } from './queueWords'

const IDLE: RunnerState = { running: false, progress: null, outcome: null, photosSent: {} }
const queue = (over: Partial<QueueSummary> = {}): QueueSummary => ({ items: 0, bytes: 0, photosLeft: 0, needsPerson: 0, ...over })
const PROBLEM = { type: '', slug: 'not-signed-in', title: '未登录', status: 401 }

describe('queueLine', () => {
  test.each([
    [queue(), IDLE, '已全部送达'],
    [queue({ items: 3, bytes: 1_200_000 }), IDLE, '3 条待传（1.2 MB）'],
    [queue({ items: 3 }), { ...IDLE, running: true, progress: { phase: 'photos', photos: { done: 1, all: 5 } } } as RunnerState, '正在传 2/5'],
    [queue({ items: 3, needsPerson: 1 }), IDLE, '1 条需要您处理'],
    [queue({ items: 2 }), { ...IDLE, outcome: { kind: 'sign-in-again', problem: PROBLEM } } as RunnerState, '请重新登录,2 条仍在手机里'],
  ])('says it in words', (summary, runner, words) => {
    expect(queueLine(summary, runner, false).words).toBe(words)
  })

  test('an answer of another server is distinguished from no network', () => {
    const met = (why: 'network' | 'stranger') => queueLine(queue(), { ...IDLE, outcome: { kind: 'offline', why } }, false).network
    expect([met('network'), met('stranger')]).toEqual(['连不上服务器', '网络需要认证'])
  })
})

describe('the button of the outbox', () => {
  const running = (phase: string): RunnerState => ({ ...IDLE, running: true, progress: { phase } as RunnerState['progress'] })
  test.each([
    [queue(), IDLE, '立即同步'],
    [queue({ items: 2 }), IDLE, '全部发送'],
    [queue({ items: 2 }), running('photos'), '正在上传…'],
    [queue({ items: 2 }), running('pull'), '正在更新资料…'],
    [queue(), running('push'), '正在更新资料…'],
  ])('says what is done', (summary, runner, words) => {
    expect(sendWords(summary, runner)).toBe(words)
  })
})

test('a phone without storage says so before anything else but the sign-in', () => {
  const line = queueLine(queue({ needsPerson: 1 }), { ...IDLE, outcome: { kind: 'storage-full' } }, false)
  expect([line.state, line.words]).toEqual(['storage-full', '手机存储空间不足'])
})

const op = (over: Partial<OpRow>): OpRow => ({
  ...observationOp(
    { author: 'a', now: 1, exchange: null },
    'e',
    { ...emptyFields(), category: 'GG' },
    [],
  ),
  ...over,
})

test.each([
  [{}, 'saved'],
  [{ state: 'sending' }, 'sending'],
  [{ state: 'deferred' }, 'sending'],
  [{ state: 'accepted' }, 'delivered'],
  [{ state: 'conflict' }, 'attention'],
  [{ state: 'quarantined' }, 'kept'],
] as const)('an op that is %j is %s', (over, state) => {
  expect(itemState(op(over), [])).toBe(state)
})
