import { describe, expect, it } from 'vitest'

import { safeNext } from './next'

describe('the page after signing in', () => {
  it('is the requested page', () => {
    expect(safeNext('/tasks?state=reported&state=filed')).toBe('/tasks?state=reported&state=filed')
  })
  it('is never another site, nor the sign-in page again', () => {
    for (const wish of ['//evil.example', '/\\evil.example', 'https://evil.example', '/sign-in?next=/', undefined, ['/a']]) {
      expect(safeNext(wish)).toBe('/')
    }
  })
})
