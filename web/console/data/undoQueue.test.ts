import { beforeEach, describe, expect, it } from 'vitest'

import { Refused, Unreachable } from '@shared/api/client'
import type { Label } from '@shared/contract/vocabulary'

import { type Decision, GRACE_MS, UndoQueue, type PendingMove, WINDOW_MS } from './undoQueue'

class Shelf {
  full = false
  private readonly kept = new Map<string, string>()
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null
  }
  setItem(key: string, value: string): void {
    if (this.full) throw new DOMException('full', 'QuotaExceededError')
    this.kept.set(key, value)
  }
}

/** The server: takes a move once, and gives the same id its first answer. */
class Server {
  readonly taken = new Map<string, string>()
  readonly requests: string[] = []
  down = false
  mute = false
  newer = new Set<string>()

  answer(pending: PendingMove): Promise<string> {
    this.requests.push(pending.asked.move_id)
    if (this.down) return Promise.reject(new Unreachable('network'))
    if (this.newer.has(pending.taskId)) return Promise.reject(new Refused(problem('stale-version', 409), null, null))
    this.taken.set(pending.asked.move_id, pending.taskId)
    return this.mute ? Promise.reject(new Unreachable('timeout')) : Promise.resolve(pending.taskId)
  }
}

const problem = (slug: string, status: number) => ({ type: `/problems/${slug}`, slug, status, title: slug })
const pending = (id: string): PendingMove => ({ taskId: id, number: `no-${id}`, asked: { move_id: `move-${id}`, move: 'pass', version: 3 } })

let now: number
let shelf: Shelf
let server: Server
let done: string[]
let refused: Decision[]

function tab(person: string | null = 'like'): UndoQueue<string> {
  const one = new UndoQueue<string>({
    storage: shelf,
    now: () => now,
    send: (restored) => server.answer(restored),
    words: (error): Label => ({ zh: String(error), en: String(error) }),
    done: (_, answer) => done.push(answer),
    refused: (decision) => refused.push(decision),
    changed: () => undefined,
  })
  one.setPerson(person)
  return one
}

beforeEach(() => {
  now = 1_000_000
  shelf = new Shelf()
  server = new Server()
  done = []
  refused = []
})

describe('a decision with time to think', () => {
  it('is sent when its window is over, and not before', async () => {
    const queue = tab()
    queue.hold('b1', [pending('a')])
    now += WINDOW_MS - 1
    await queue.tick()
    expect(server.requests).toEqual([])
    expect(queue.nextAt()).toBe(now + 1)
    now += 1
    await queue.tick()
    expect(done).toEqual(['a'])
    expect(queue.all()).toEqual([])
    expect(queue.nextAt()).toBeNull()
  })

  it('is taken back by Z, and the one before it by the second Z', async () => {
    const queue = tab()
    queue.hold('b1', [pending('a')])
    queue.hold('b2', [pending('b'), pending('c')])
    expect(queue.undo().map((one) => one.taskId)).toEqual(['b', 'c'])
    expect(queue.undo().map((one) => one.taskId)).toEqual(['a'])
    expect(queue.undo()).toEqual([])
    now += WINDOW_MS
    await queue.tick()
    expect(server.requests).toEqual([])
  })

  it('cannot be taken back once the server may have heard of it', async () => {
    const queue = tab()
    server.mute = true
    queue.hold('b1', [pending('a')])
    now += WINDOW_MS
    await queue.tick()
    expect(queue.undo()).toEqual([])
    expect(queue.all().map((one) => one.state)).toEqual(['sending'])
  })

  it('is not made twice for one case', () => {
    const queue = tab()
    queue.hold('b1', [pending('a')])
    queue.hold('b2', [{ ...pending('a'), asked: { move_id: 'another', move: 'fail', version: 3 } }])
    expect(queue.all().map((one) => one.asked.move)).toEqual(['pass'])
  })

  it('says so when this browser keeps nothing', () => {
    shelf.full = true
    expect(tab().hold('b1', [pending('a')])).toBe(false)
  })
})

describe('a tab that closes', () => {
  it('sends what it holds, and the next one only asks for the answer', async () => {
    const closing = tab()
    closing.hold('b1', [pending('a')])
    server.mute = true
    closing.leave()
    await Promise.resolve()
    expect([...server.taken.values()]).toEqual(['a'])
    server.mute = false
    now += 60_000
    const next = tab()
    await next.tick()
    expect(server.requests).toEqual(['move-a', 'move-a'])
    expect([...server.taken.values()]).toEqual(['a'])
    expect(done).toEqual(['a'])
  })

  it('loses nothing when it was killed: the next one sends it', async () => {
    tab().hold('b1', [pending('a')])
    const next = tab()
    now += WINDOW_MS + GRACE_MS
    await next.tick()
    expect(done).toEqual(['a'])
  })

  it('leaves the time to think to the tab it was decided in', async () => {
    const first = tab()
    const second = tab()
    first.hold('b1', [pending('a')])
    now += WINDOW_MS - 1
    await second.tick()
    expect(second.undo()).toEqual([])
    expect(first.undo().map((one) => one.taskId)).toEqual(['a'])
    now += WINDOW_MS + GRACE_MS
    await second.tick()
    expect(server.requests).toEqual([])
  })
})

describe('a case that changed meanwhile', () => {
  it('is refused, kept until it was read, and no other decision suffers', async () => {
    const queue = tab()
    server.newer.add('b')
    queue.hold('b1', [pending('a'), pending('b'), pending('c')])
    now += WINDOW_MS
    await queue.tick()
    expect(done).toEqual(['a', 'c'])
    expect(refused.map((one) => one.taskId)).toEqual(['b'])
    now += 3_600_000
    await queue.tick()
    expect(server.requests).toHaveLength(3)
    expect(tab().all().map((one) => [one.taskId, one.state])).toEqual([['b', 'refused']])
    queue.acknowledge(new Set(['move-b']))
    expect(queue.all()).toEqual([])
  })

  it('may be decided anew, which answers the refusal', async () => {
    const queue = tab()
    server.newer.add('a')
    queue.hold('b1', [pending('a')])
    now += WINDOW_MS
    await queue.tick()
    server.newer.clear()
    queue.hold('b2', [{ ...pending('a'), asked: { move_id: 'second', move: 'pass', version: 4 } }])
    now += WINDOW_MS
    await queue.tick()
    expect(done).toEqual(['a'])
    expect(queue.all()).toEqual([])
  })
})

describe('without a network', () => {
  it('a decision waits, is sent again with longer pauses, and is made once', async () => {
    const queue = tab()
    server.down = true
    queue.hold('b1', [pending('a')])
    now += WINDOW_MS
    await queue.tick()
    const first = queue.nextAt()!
    expect(first).toBeGreaterThan(now)
    now = first
    await queue.tick()
    expect(queue.nextAt()! - now).toBeGreaterThan(first - (1_000_000 + WINDOW_MS))
    server.down = false
    queue.sendWithoutWaiting()
    await queue.tick()
    expect(done).toEqual(['a'])
    expect(server.taken.size).toBe(1)
  })

  it('a server that is busy has judged nothing', async () => {
    const queue = tab()
    queue.hold('b1', [pending('a')])
    now += WINDOW_MS
    server.answer = () => Promise.reject(new Refused(problem('unavailable', 503), 5, null))
    await queue.tick()
    expect(queue.all().map((one) => one.state)).toEqual(['sending'])
  })
})

describe('whose it is', () => {
  it('goes under nobody else’s name', async () => {
    tab('like').hold('b1', [pending('a')])
    now += WINDOW_MS + GRACE_MS
    const other = tab('sun')
    await other.tick()
    expect(other.all()).toEqual([])
    expect(server.requests).toEqual([])
    const back = tab('like')
    await back.tick()
    expect(done).toEqual(['a'])
  })

  it('waits while nobody is signed in', async () => {
    const queue = tab()
    queue.hold('b1', [pending('a')])
    queue.setPerson(null)
    now += WINDOW_MS
    await queue.tick()
    expect(server.requests).toEqual([])
  })
})
