/** How long one photo is tried in one cycle, and what ends it at once. */
import { Refused, Unreachable } from '@shared/api/client'
import { parseProblem } from '@shared/api/problem'
import { describe, expect, test } from 'vitest'

import { resumed } from './upload'

interface Turn {
  /** The offset the server names in this try, before it fails. */
  readonly at?: number
  /** Absent: the photo is complete. */
  readonly fails?: Error
}

const cut = new Unreachable('network')
const refused = (status: number, slug: string, retryAfterSeconds: number | null = null): Refused =>
  new Refused(parseProblem(status, { slug, status, title: slug }), retryAfterSeconds, null)

/** Runs the turns one after another, the last one for ever; tells what happened. */
async function tried(turns: readonly Turn[], begun = false, luck = 1) {
  const begins: boolean[] = []
  const pauses: number[] = []
  let failure: unknown = null
  await resumed(
    async (known, stands) => {
      const turn = turns[Math.min(begins.length, turns.length - 1)]!
      begins.push(known)
      if (turn.at !== undefined) stands(turn.at)
      if (turn.fails) throw turn.fails
    },
    begun,
    {
      pause: async (ms) => {
        pauses.push(ms)
      },
      random: () => luck,
    },
  ).catch((error: unknown) => {
    failure = error
  })
  return { begins, pauses, failure, tries: begins.length }
}

describe('a cut photo', () => {
  test('begins with its bytes and goes on with a look', async () => {
    const { begins, failure } = await tried([{ fails: cut }, { at: 50_000 }])
    expect(begins).toEqual([false, true])
    expect(failure).toBeNull()
  })

  test('of an earlier cycle begins with a look', async () => {
    expect((await tried([{}], true)).begins).toEqual([true])
  })

  test('waits ever longer, up to two seconds, and then leaves it to the queue', async () => {
    const { pauses, failure } = await tried([{ fails: cut }])
    expect(pauses).toEqual([500, 1000, 2000, 2000, 2000, 2000, 2000])
    expect(failure).toBe(cut)
  })

  test('leaves the server time to notice the cut, however the dice fall', async () => {
    const { pauses } = await tried([{ fails: cut }, { fails: cut }, { fails: cut }, {}], false, 0)
    expect(pauses).toEqual([200, 200, 200])
  })

  test('starts counting anew when the server has more of it', async () => {
    const { pauses } = await tried([{ fails: cut }, { fails: cut }, { at: 10_000, fails: cut }, { at: 20_000, fails: cut }, {}])
    expect(pauses).toEqual([500, 1000, 500, 500])
  })

  test('does not count an offset it heard before as progress', async () => {
    const { tries } = await tried([{ at: 10_000, fails: cut }])
    expect(tries).toBe(8)
  })

  test('is tried thirty times in a cycle at most, however it grows', async () => {
    const growing = Array.from({ length: 100 }, (_, at): Turn => ({ at: at + 1, fails: cut }))
    expect((await tried(growing)).tries).toBe(30)
  })
})

describe('the end of a try', () => {
  test('a stall is tried once more, two in a row end it', async () => {
    expect((await tried([{ fails: new Unreachable('stalled') }])).tries).toBe(2)
  })

  test('an answer that is not our server’s ends it at once', async () => {
    expect((await tried([{ fails: new Unreachable('stranger') }])).tries).toBe(1)
  })

  test('a short Retry-After is waited for, and never cut short', async () => {
    const { pauses } = await tried([{ fails: refused(503, 'unavailable', 3) }, {}])
    expect(pauses).toEqual([3500])
  })

  test('a long Retry-After is the queue’s', async () => {
    const { tries, failure } = await tried([{ fails: refused(503, 'unavailable', 15) }])
    expect(tries).toBe(1)
    expect(failure).toMatchObject({ retryAfterSeconds: 15 })
  })

  test('an offset that is not the server’s is looked up and gone on with', async () => {
    const { begins, failure } = await tried([{ fails: refused(409, 'upload-offset') }, {}])
    expect(begins).toEqual([false, true])
    expect(failure).toBeNull()
  })

  test.each([
    [401, 'not-signed-in'],
    [403, 'account-disabled'],
    [409, 'photo-mismatch'],
    [410, 'upload-rejected'],
    [460, 'upload-hash'],
    [500, 'unknown'],
  ])('a %i %s ends it at once', async (status, slug) => {
    expect((await tried([{ fails: refused(status, slug) }])).tries).toBe(1)
  })

  test('a fault of our own is not tried again', async () => {
    expect((await tried([{ fails: new TypeError('a bug') }])).tries).toBe(1)
  })
})
