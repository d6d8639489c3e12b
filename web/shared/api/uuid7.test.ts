/** Ids made on the phone are UUIDs of version 7 and sort by time. */
import { expect, test } from 'vitest'

import { uuid7 } from './uuid7'

test('an id has the form, the version and the variant of RFC 9562', () => {
  expect(uuid7()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('an id holds its millisecond', () => {
  expect(parseInt(uuid7(0x0123456789ab).replaceAll('-', '').slice(0, 12), 16)).toBe(0x0123456789ab)
})

test('a thousand ids of one millisecond are a thousand ids', () => {
  expect(new Set(Array.from({ length: 1000 }, () => uuid7(1))).size).toBe(1000)
})
