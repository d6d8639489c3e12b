import { describe, expect, it } from 'vitest'

import { gridOf } from './columns'

describe('the columns of the list', () => {
  it('are left to the style sheet when all are shown', () => {
    expect(gridOf([])).toEqual({})
  })
  it('lose the width of what is hidden', () => {
    const grid = gridOf(['picture', 'unit', 'where'])['--case-columns'] ?? ''
    expect(grid).toBe('minmax(188px, 1.3fr) 108px 92px 104px')
  })
})
