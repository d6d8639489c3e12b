/** Street and community on the form: the chosen point, else the nearest within 300 metres, else undecided. */
import { expect, test } from 'vitest'

import type { Point, Shop } from '@shared/api/types'
import { localityHere } from './localityHere'

const at = (lat: number) => ({ lon: 110.78, lat })
const point = (id: string, lat: number, names: Partial<Point> = {}): Point =>
  ({ id, name: id, ...at(lat), street_name: null, community_name: null, ...names }) as Point
const shop = (id: string, lat: number, point_id: string | null): Shop => ({ id, name: id, ...at(lat), point_id }) as Shop

const MARKET = point('market', 32.65, { street_name: '五堰街道', community_name: '朝阳路社区' })
const PLAIN = point('plain', 32.66)
const BAKERY = shop('bakery', 32.651, 'market')
const all = { points: [MARKET, PLAIN], shops: [BAKERY] }
const nothing = { place: null, point: null, shop: null, ...all }
const NAMES = { street: '五堰街道', community: '朝阳路社区' }

test('a chosen point or shop is a confirmation', () => {
  expect(localityHere({ ...nothing, point: MARKET })).toEqual({ ...NAMES, locality_basis: 'confirmed', nearest: null })
  expect(localityHere({ ...nothing, shop: BAKERY })).toEqual({ ...NAMES, locality_basis: 'confirmed', nearest: null })
})

test('the nearest within 300 metres is presumed, and named with its distance', () => {
  const here = localityHere({ ...nothing, place: at(32.6515) })
  expect(here).toMatchObject({ ...NAMES, locality_basis: 'presumed' })
  expect(here.nearest?.name).toBe('bakery')
  expect(here.nearest?.distance_m).toBeCloseTo(55.6, 0)
})

test('a point that carries no street, or lies too far away, decides nothing', () => {
  expect(localityHere({ ...nothing, place: at(32.66) })).toMatchObject({ street: null, locality_basis: 'undecided', nearest: { name: 'plain' } })
  const near = 300 / 111_195
  expect(localityHere({ ...nothing, shops: [], place: at(32.65 - near + 1e-6) }).locality_basis).toBe('presumed')
  expect(localityHere({ ...nothing, shops: [], place: at(32.65 - near - 1e-5) }).locality_basis).toBe('undecided')
})

test('without a position nothing is near', () => {
  expect(localityHere(nothing)).toEqual({ street: null, community: null, locality_basis: 'undecided', nearest: null })
})
