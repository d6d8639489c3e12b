/** Roads as the server sends them, drawn where they are. */
import { expect, test } from 'vitest'

import { attributionOf, isNear, roadsOf } from './roads'

const SHEET = {
  attribution: '© OpenStreetMap',
  roads: [
    { name: '人民北路', rank: 1, line: [11_078_751, 3_264_962, 100, -50, 0, 25] },
    { name: null, rank: 4, line: [11_080_000, 3_260_000, -10, 10] },
  ],
}

test('a line is a first position and the steps from it', () => {
  const road = roadsOf([SHEET]).find((one) => one.name === '人民北路')!
  expect(road.spots).toEqual([
    { lon: 110.78751, lat: 32.64962 },
    { lon: 110.78851, lat: 32.64912 },
    { lon: 110.78851, lat: 32.64937 },
  ])
  expect([road.west, road.south, road.east, road.north]).toEqual([110.78751, 32.64912, 110.78851, 32.64962])
})

test('main roads are drawn last, over the lanes', () => {
  expect(roadsOf([SHEET]).map((road) => road.rank)).toEqual([4, 1])
})

test('a road is near where its box meets what is shown', () => {
  const [lane, main] = roadsOf([SHEET])
  expect(isNear(main!, { lon: 110.789, lat: 32.6495 }, 0.001, 0.001)).toBe(true)
  expect(isNear(lane!, { lon: 110.789, lat: 32.6495 }, 0.001, 0.001)).toBe(false)
})

test('a source is named once', () => {
  expect(attributionOf([SHEET, { ...SHEET }, { ...SHEET, attribution: null }])).toBe('© OpenStreetMap')
})
