/** Which photos are kept ahead, and what goes when there is no room. */
import { Move, PhotoRole, TaskState } from '@shared/contract/vocabulary'
import { beforeEach, expect, test, vi } from 'vitest'

import type { Task } from '@shared/api/types'

import { photosAhead } from './beforePhotos'
import { PhotoCopies } from './photoCopies'

const photo = (id: string, role: PhotoRole, move_id: string | null = null) => ({ id, photo_id: id, role, move_id })
const task = (state: TaskState, due_at: string | null, ...evidence: ReturnType<typeof photo>[]): Task => ({ state, due_at, evidence, moves: [Move.SUBMIT] }) as unknown as Task

test('the open tasks, the most urgent first, three photos of each from before', () => {
  const tasks = [
    task(TaskState.VERIFYING, '2026-03-01T00:00:00Z', photo('done', PhotoRole.SCENE)),
    task(TaskState.HANDLING, '2026-03-09T00:00:00Z', photo('late', PhotoRole.SCENE), photo('after', PhotoRole.AFTER, 'm')),
    task(TaskState.DISPATCHED, '2026-03-02T00:00:00Z', ...['a', 'b', 'c', 'd'].map((id) => photo(id, PhotoRole.CLOSE))),
    task(TaskState.REWORK, null, photo('undue', PhotoRole.BEFORE), photo('safe', PhotoRole.SCENE, 'made-safe')),
  ]
  expect(photosAhead(tasks)).toEqual(['a', 'b', 'c', 'late', 'undue'])
})

/** A cache as browsers have it: entries in the order in which they came. */
class MemoryCache {
  entries = new Map<string, Response>()
  private url = (key: string | Request): string => (typeof key === 'string' ? new URL(key, 'https://phone.test').href : key.url)
  match = (key: string | Request): Promise<Response | undefined> => Promise.resolve(this.entries.get(this.url(key))?.clone())
  put = (key: string, response: Response): Promise<void> => Promise.resolve(void this.entries.set(this.url(key), response))
  delete = (key: string): Promise<boolean> => Promise.resolve(this.entries.delete(this.url(key)))
  keys = (): Promise<Request[]> => Promise.resolve([...this.entries.keys()].map((url) => ({ url }) as Request))
}

let kept: PhotoCopies
beforeEach(() => {
  const cache = new MemoryCache()
  vi.stubGlobal('caches', { open: () => Promise.resolve(cache), delete: () => Promise.resolve(true) })
  kept = new PhotoCopies('test', '/kept/photos/', 100)
  return () => vi.unstubAllGlobals()
})

const of = (bytes: number): Response => new Response('x'.repeat(bytes))
const ids = async (): Promise<string[]> => [...(await kept.sizes()).keys()]

test('within the budget the oldest goes first', async () => {
  for (const id of ['a', 'b', 'c']) await kept.put(id, of(40))
  expect(await ids()).toEqual(['b', 'c'])
})

test('what is still needed stays, and what then does not fit is not kept', async () => {
  for (const id of ['a', 'b']) await kept.put(id, of(40))
  expect(await kept.put('c', of(40), new Set(['a']))).toBe(true)
  expect(await ids()).toEqual(['a', 'c'])
  expect(await kept.put('d', of(40), new Set(['a', 'c']))).toBe(false)
  expect(await ids()).toEqual(['a', 'c'])
})

test('one that is kept is there byte for byte', async () => {
  await kept.put('a', of(7))
  expect((await kept.get('a'))?.size).toBe(7)
  expect(await kept.get('b')).toBeNull()
})
