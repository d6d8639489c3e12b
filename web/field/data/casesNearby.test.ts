/** When the open cases around a record are asked for again. */
import { expect, test } from 'vitest'

import { isSameSpot } from './casesNearby'

const here = { lon: 110.78751, lat: 32.64962, category: 'GG0402' }

test('a trembling fix asks nothing, some steps and another category do', () => {
  expect(isSameSpot(here, { ...here, lat: here.lat + 0.00008 })).toBe(true)
  expect(isSameSpot(here, { ...here, lat: here.lat + 0.0003 })).toBe(false)
  expect(isSameSpot(here, { ...here, category: 'MQ0201' })).toBe(false)
})

test('after no answer it is asked again', () => {
  expect(isSameSpot(null, here)).toBe(false)
})
