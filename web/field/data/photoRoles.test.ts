/** What a photo of a new record shows. */
import { describe, expect, test } from 'vitest'

import { nextRole, rolesFor } from './photoRoles'

describe('photo roles', () => {
  test('an open record begins with the scene and goes on with close-ups', () => {
    expect([nextRole('open', []), nextRole('open', ['scene']), nextRole('open', ['scene', 'close'])]).toEqual(['scene', 'close', 'close'])
  })

  test('what was fixed on the spot is shown before and after', () => {
    expect(rolesFor('fixed_on_spot', ['scene', 'close'])).toEqual(['before', 'before'])
    expect(nextRole('fixed_on_spot', ['before', 'before'])).toBe('after')
  })

  test('a changed mind gives the first photo back its scene', () => {
    expect(rolesFor('open', ['before', 'after'])).toEqual(['scene', 'close'])
  })
})
