/** The categories chosen last. */
import { expect, test } from 'vitest'

import { remember } from './recent'

test('the newest of at most six recent categories stands first, each once', () => {
  expect(remember(['a', 'b', 'c', 'd', 'e', 'f'], 'c')).toEqual(['c', 'a', 'b', 'd', 'e', 'f'])
  expect(remember(['a', 'b', 'c', 'd', 'e', 'f'], 'g')).toEqual(['g', 'a', 'b', 'c', 'd', 'e'])
})
