import { describe, expect, it } from 'vitest'

import type { MapSketch } from '@shared/api/types'

import { drawDistricts, gathered, planeOf, windowAround, windowOn, zoomWindow } from './drawing'

const MAP: MapSketch = {
  districts: {
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        properties: { code: 'jingkai', name: '经开区', approximate: true },
        geometry: { type: 'Polygon', coordinates: [[[110, 32], [110.2, 32], [110.2, 32.2], [110, 32.2]]] },
      },
      {
        type: 'Feature',
        properties: { code: 'maojian', name: '茅箭区' },
        geometry: { type: 'MultiPolygon', coordinates: [[[[110.3, 32], [110.4, 32], [110.4, 32.1]]]] },
      },
    ],
  },
  points: [],
  bounds: [110, 32, 110.4, 32.2],
}

describe('the sketch', () => {
  const plane = planeOf(MAP)

  it('draws polygons and multipolygons, and says which are approximate', () => {
    const [first, second] = drawDistricts(MAP, plane)
    expect(first?.approximate).toBe(true)
    expect(second?.path.match(/M/g)).toHaveLength(1)
    expect(first?.label.x).toBeCloseTo(plane.flat(110.1, 32.1).x, 3)
  })
  it('opens on everything, in a wide frame and in a tall one', () => {
    const wide = windowOn(MAP, plane, { width: 800, height: 400 })
    const tall = windowOn(MAP, plane, { width: 300, height: 900 })
    const east = plane.flat(110.4, 32.1).x
    expect(wide.x + wide.width / 2).toBeGreaterThan(east)
    expect(tall.x + tall.width / 2).toBeGreaterThan(east)
  })
  it('keeps the spot under the pointer when it zooms', () => {
    const window = { x: 0, y: 0, width: 1000 }
    const nearer = zoomWindow(window, 2, { x: 0.25, y: 0 }, 2, { least: 100, most: 5000 })
    expect(window.x + 0.25 * window.width).toBeCloseTo(nearer.x + 0.25 * nearer.width, 9)
    expect(zoomWindow(window, 1000, { x: 0, y: 0 }, 1, { least: 100, most: 5000 }).width).toBe(100)
  })
})

describe('many cases on a small sketch', () => {
  it('are gathered where they would lie on each other, and none is lost', () => {
    const placed = [
      { x: 1, y: 1, thing: 'a' },
      { x: 3, y: 3, thing: 'b' },
      { x: 50, y: 1, thing: 'c' },
    ]
    const spots = gathered(placed, 10)
    expect(spots.map((spot) => spot.things)).toEqual([['a', 'b'], ['c']])
    expect(spots[0]).toMatchObject({ x: 1, y: 1 })
  })
  it('open on where most of them are', () => {
    const city = Array.from({ length: 40 }, (_, n) => ({ x: n * 100, y: 0 }))
    const window = windowAround([...city, { x: 90_000, y: 0 }], { width: 2, height: 1 })
    expect(window?.width).toBeLessThan(6000)
    expect(windowAround([], { width: 2, height: 1 })).toBeNull()
  })
})
