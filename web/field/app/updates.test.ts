// @vitest-environment happy-dom
/** A new version comes when the person says so, and never under work that is half done. */
import { beforeEach, describe, expect, test, vi } from 'vitest'

const NOW = Date.parse('2026-04-01T02:00:00Z')
const MINUTE = 60_000

/** A browser with a new version waiting; what is posted to it and whether the page was reloaded. */
function browser(lockTaken = false) {
  const seen = { posted: [] as unknown[], reloaded: 0 }
  const worker = new EventTarget()
  const registration = Object.assign(new EventTarget(), {
    waiting: { postMessage: (word: unknown) => seen.posted.push(word) },
    installing: null,
    update: () => Promise.resolve(),
  })
  const locks = {
    request: (_name: string, _how: unknown, work: (lock: unknown) => unknown) => Promise.resolve(work(lockTaken ? null : {})),
  }
  Object.assign(worker, { controller: {}, register: () => Promise.resolve(registration) })
  vi.stubGlobal('navigator', { serviceWorker: worker, locks })
  vi.stubGlobal('location', { reload: () => (seen.reloaded += 1) })
  return { seen, takeControl: () => worker.dispatchEvent(new Event('controllerchange')) }
}

async function page() {
  vi.resetModules()
  vi.stubEnv('DEV', false)
  const updates = await import('./updates')
  updates.watchForUpdates()
  await vi.waitFor(() => expect(updates.updateWaiting.value).toBe(true))
  return updates
}

beforeEach(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
})

test('a waiting version is only offered', async () => {
  const { seen } = browser()

  await page()

  expect(seen).toEqual({ posted: [], reloaded: 0 })
})

test('taken, it replaces the page', async () => {
  const { seen, takeControl } = browser()
  const updates = await page()

  expect(await updates.takeUpdate()).toBe(true)
  takeControl()

  expect(seen).toEqual({ posted: ['take-over'], reloaded: 1 })
})

test('while a sync runs, here or in another tab, it is not taken', async () => {
  const { seen } = browser(true)
  const updates = await page()

  expect(await updates.takeUpdate()).toBe(false)

  expect(seen.posted).toEqual([])
})

test('taken in another tab, this page stays as it is and says so', async () => {
  const { seen, takeControl } = browser()
  const updates = await page()

  takeControl()

  expect([seen.reloaded, updates.replaced.value]).toEqual([0, true])
})

describe('a page may be opened anew', () => {
  const idle = { syncing: false, form: false, lastDraft: 0, now: NOW }
  test.each([
    ['nothing is going on', {}, true],
    ['a sync runs', { syncing: true }, false],
    ['a form is open', { form: true }, false],
    ['somebody is at a draft', { lastDraft: NOW - MINUTE }, false],
    ['a draft lies there for an hour', { lastDraft: NOW - 60 * MINUTE }, true],
    ['a draft from before the clock was put back', { lastDraft: NOW + 1e9 }, true],
  ])('%s: %j → %s', async (_, over, may) => {
    const { mayReopen } = await import('./updates')
    expect(mayReopen({ ...idle, ...over })).toBe(may)
  })
})
