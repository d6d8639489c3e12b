// @vitest-environment happy-dom
/** The runner: one tab at a time, as soon as it may, and never earlier than the server allows. */
import 'fake-indexeddb/auto'

import { Unreachable } from '@shared/api/client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { awakeDuring } from '../../data/screenWakeLock'
import { Phone } from '../testing/phone'
import { refused } from '../testing/modelServer'
import { type Runner, startRunner, type ExclusiveRun } from './runner'

let phone: Phone
const started: Runner[] = []

beforeEach(async () => {
  phone = await new Phone().ready()
  phone.clock = Date.now()
  await phone.signIn((await phone.localStore.session())!.person)
})
afterEach(async () => {
  for (const runner of started.splice(0)) runner.stop()
  vi.useRealTimers()
  await phone.db.destroy()
})

/** The lock all tabs of one phone share. */
function oneLock(): ExclusiveRun {
  let taken = false
  return async (work) => {
    if (taken) return null
    taken = true
    try {
      return await work()
    } finally {
      taken = false
    }
  }
}

function tab(exclusively: ExclusiveRun = oneLock()): Runner {
  const runner = startRunner({ localStore: phone.localStore, transport: phone.server, changed: () => undefined, exclusively })
  started.push(runner)
  return runner
}

describe('several tabs', () => {
  test('only one of them sends', async () => {
    await phone.record(3)
    const exclusively = oneLock()

    const outcomes = await Promise.all([tab(exclusively).run(), tab(exclusively).run()])

    expect(outcomes.map((outcome) => outcome?.kind ?? null).sort()).toEqual(['done', null])
    expect(phone.server.calls.filter((call) => call === 'push')).toHaveLength(1)
  })

  test('the other takes over when the first is gone', async () => {
    await phone.record(1)
    const exclusively = oneLock()
    await exclusively(() => Promise.reject(new Error('the tab was closed'))).catch(() => undefined)

    expect(await tab(exclusively).run()).toMatchObject({ kind: 'done', left: 0 })
  })
})

describe('when', () => {
  test('a phone that never pulled asks again within ten seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    vi.spyOn(Math, 'random').mockReturnValue(1)
    phone.server.pull = () => Promise.reject(new Unreachable('network'))
    const runner = tab()
    for (let nth = 0; nth < 6; nth += 1) await runner.run()

    await vi.advanceTimersByTimeAsync(10_000)

    expect(runner.state().running).toBe(true)
  })

  test('Retry-After is waited for even when something new wants to go', async () => {
    const runner = tab()
    phone.server.pull = () => Promise.reject(refused(503, 'busy', 120))
    await runner.run()

    runner.requestSync()

    expect(runner.state().running).toBe(false)
  })

  test('a person who asks for it is not kept waiting', async () => {
    const runner = tab()
    const { pull } = phone.server
    phone.server.pull = () => Promise.reject(refused(503, 'busy', 120))
    await runner.run()
    phone.server.pull = pull

    expect(await runner.runOut()).toMatchObject({ kind: 'done' })
  })
})

test('sending all goes on for as long as something goes', async () => {
  await phone.record(4)
  const { upload } = phone.server
  let cycle = 0
  // Each cycle two photos go, then the line breaks for a moment.
  phone.server.upload = async (one, token) => {
    cycle += 1
    if (cycle % 3 === 0) throw refused(409, 'offset')
    await upload.call(phone.server, one, token)
  }
  const runner = tab()

  await runner.runOut()

  expect([...phone.server.photos.values()].filter((photo) => photo.state === 'stored').length).toBeGreaterThan(2)
})

test('a fault of our own is called one, and keeps every row', async () => {
  await phone.record(1)
  const said = vi.spyOn(console, 'error').mockReturnValue()
  phone.server.push = () => Promise.reject(new TypeError('a bug'))

  expect(await tab().run()).toEqual({ kind: 'fault' })

  expect(said).toHaveBeenCalledOnce()
  expect(await phone.photos()).toHaveLength(1)
})

describe('the screen', () => {
  const screen = () => {
    const locks: { released: boolean; release: () => Promise<void> }[] = []
    const request = (): Promise<unknown> => {
      const lock = {
        released: false,
        release: () => {
          lock.released = true
          return Promise.resolve()
        },
      }
      locks.push(lock)
      return Promise.resolve(lock)
    }
    vi.stubGlobal('navigator', Object.assign(Object.create(navigator) as Navigator, { wakeLock: { request } }))
    return locks
  }
  afterEach(() => vi.unstubAllGlobals())

  test('stays on while all is being sent, and sleeps again at the end', async () => {
    const locks = screen()

    const during = await awakeDuring(() => Promise.resolve(locks.map((lock) => lock.released)))

    expect([during, locks.map((lock) => lock.released)]).toEqual([[false], [true]])
  })

  test('sleeps again when sending fails', async () => {
    const locks = screen()

    await awakeDuring(() => Promise.reject(new Error('no'))).catch(() => undefined)

    expect(locks.map((lock) => lock.released)).toEqual([true])
  })

  test('is held again when the person comes back to the page', async () => {
    const locks = screen()

    await awakeDuring(async () => {
      await locks[0]!.release()
      document.dispatchEvent(new Event('visibilitychange'))
      await Promise.resolve()
    })

    expect(locks.map((lock) => lock.released)).toEqual([true, true])
  })
})
