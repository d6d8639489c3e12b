/** A photo is compressed also where the worker's script never comes. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { compress, READY_MS } from './photoCompressor'
import { shrink, type Shrunk } from './shrink'

vi.mock('./shrink', async (original) => ({ ...(await original<object>()), shrink: vi.fn() }))

const SMALL: Shrunk = { bytes: new ArrayBuffer(500), width: 40, height: 30 }
const PHOTO = new Blob(['a photo'])

/** A worker as the page sees it: its script arrives when the test says so. */
class FakeWorker extends EventTarget {
  static last: FakeWorker
  readonly sent: unknown[] = []
  terminated = false
  constructor() {
    super()
    FakeWorker.last = this
  }
  postMessage(message: { nth: number }): void {
    this.sent.push(message)
    this.say({ nth: message.nth, made: SMALL })
  }
  terminate(): void {
    this.terminated = true
  }
  say(data: object): void {
    this.dispatchEvent(new MessageEvent('message', { data }))
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('Worker', FakeWorker)
  vi.stubGlobal('OffscreenCanvas', vi.fn())
  vi.mocked(shrink).mockReset().mockResolvedValue(SMALL)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('a worker whose script never comes is given up, and the page does the work', async () => {
  const made = compress(PHOTO)
  await vi.advanceTimersByTimeAsync(READY_MS)
  expect(await made).toEqual(SMALL)
  expect(shrink).toHaveBeenCalledOnce()
  expect(FakeWorker.last.terminated).toBe(true)
  expect(FakeWorker.last.sent).toEqual([])
})

test('a worker that is there gets the photo, the next one as well', async () => {
  const made = compress(PHOTO)
  await vi.advanceTimersByTimeAsync(0)
  const first = FakeWorker.last
  first.say({ nth: 0 })
  expect(await made).toEqual(SMALL)
  expect(await compress(PHOTO)).toEqual(SMALL)
  expect(FakeWorker.last).toBe(first)
  expect(first.sent).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(READY_MS)
  expect(first.terminated).toBe(false)
  expect(shrink).not.toHaveBeenCalled()
})
