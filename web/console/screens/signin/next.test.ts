import { describe, expect, it } from 'vitest'

import { safeNext } from './next'

describe('where the door leads', () => {
  it('is where one wanted to go', () => {
    expect(safeNext('/tasks?state=reported&state=filed')).toBe('/tasks?state=reported&state=filed')
  })
  it('is never another site, nor the door again', () => {
    for (const wish of ['//evil.example', '/\\evil.example', 'https://evil.example', '/sign-in?next=/', undefined, ['/a']]) {
      expect(safeNext(wish)).toBe('/')
    }
  })
})
