import { describe, expect, it } from 'vitest'

import type { Evidence, Task } from '@shared/api/types'

import { firstPair, missing, rounds } from './photoSides'

let made = 0

function photo(some: Partial<Evidence> = {}): Evidence {
  made += 1
  return {
    id: `p${made}`,
    photo_id: `p${made}`,
    role: 'scene',
    sha256: `${made}`.padStart(64, '0'),
    bytes: 100,
    mime: 'image/jpeg',
    width: 40,
    height: 30,
    taken_at: '2026-09-30T02:00:00Z',
    source: 'shutter',
    state: 'stored',
    derivative: 'ready',
    position: 0,
    place: null,
    move_id: null,
    distance_m: null,
    ...some,
  }
}

const taskWith = (...evidence: Evidence[]) =>
  ({ evidence, dispatched_at: '2026-09-30T01:00:00Z' }) as unknown as Task

describe('what lies side by side', () => {
  it('is the scene and the newest repair', () => {
    const close = photo({ role: 'close', position: 1 })
    const scene = photo()
    const first = photo({ role: 'after', move_id: 'm1' })
    const second = photo({ role: 'after', move_id: 'm2' })
    const task = taskWith(close, scene, first, second)
    expect(firstPair(task)).toEqual({ before: scene, after: second })
    expect(rounds(task).map((round) => round.moveId)).toEqual([null, 'm1', 'm2'])
  })
  it('is the repair of a problem fixed on the spot, though no move brought it', () => {
    const before = photo({ role: 'before' })
    const after = photo({ role: 'after', position: 1 })
    expect(firstPair(taskWith(before, after))).toEqual({ before, after })
  })
  it('is scene and close-up while nothing was repaired', () => {
    const scene = photo()
    const close = photo({ role: 'close', position: 1 })
    expect(firstPair(taskWith(scene, close))).toEqual({ before: scene, after: close })
    expect(firstPair(taskWith())).toEqual({ before: null, after: null })
  })
})

describe('an incomplete record', () => {
  it('names every photo that is not here', () => {
    const lost = photo({ state: 'partial' })
    const refused = photo({ state: 'rejected' })
    expect(missing(taskWith(photo(), lost, refused))).toEqual([lost, refused])
  })
})
