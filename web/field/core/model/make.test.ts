/** What a record says of its place and of a case nearby. */
import { Outcome } from '@shared/contract/vocabulary'
import { expect, test } from 'vitest'

import { emptyFields, observationOp } from './make'
import type { DraftFields, PlaceHere } from './rows'

const BY = { author: 'chen', now: Date.UTC(2026, 3, 1), exchange: null }
const FIX: PlaceHere = { lon: 110.8, lat: 32.6, accuracy_m: 8, source: 'gnss', fixed_at: '2026-04-01T02:00:00.000Z' }
const PIN: PlaceHere = { ...FIX, lon: 110.801, source: 'pin' }
const dataOf = (fields: Partial<DraftFields>) => observationOp(BY, 'd', { ...emptyFields(), category: 'GG0402', ...fields }, []).content.data

test('a pin brings along what was measured', () => {
  expect(dataOf({ place: PIN, place_chosen: true, measured: FIX })).toMatchObject({ place: PIN, measured: FIX })
})

test('a measured place, and a pin without one, say nothing of it', () => {
  expect(dataOf({ place: FIX, measured: FIX })).not.toHaveProperty('measured')
  expect(dataOf({ place: PIN, place_chosen: true })).not.toHaveProperty('measured')
})

test('a record names the case that it joins, unless it was settled on the spot', () => {
  expect(dataOf({ joins: 'a-case' })).toMatchObject({ joins: 'a-case' })
  expect(dataOf({ joins: 'a-case', outcome: Outcome.PERSUADED })).not.toHaveProperty('joins')
  expect(dataOf({})).not.toHaveProperty('joins')
})

test('a draft of an older build makes the record it always made', () => {
  const older = Object.fromEntries(Object.entries(emptyFields()).filter(([name]) => name !== 'measured' && name !== 'joins')) as unknown as DraftFields
  expect(Object.keys(observationOp(BY, 'd', older, []).content.data).sort()).toEqual(['outcome', 'place'])
})
