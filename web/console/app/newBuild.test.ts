import { describe, expect, it } from 'vitest'

import { mayReload } from './newBuild'

describe('a tab of an old build', () => {
  it('is loaded anew once, and not for ever', () => {
    expect(mayReload(null, 1_000_000)).toBe(true)
    expect(mayReload('999000', 1_000_000)).toBe(false)
    expect(mayReload('900000', 1_000_000)).toBe(true)
  })
})
