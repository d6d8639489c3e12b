/** Distances, the best fix, and the sketch's geometry there and back. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { distance, isFar, metresWords, nearest } from '@shared/geo/distance'
import { bestFix, fixForPhoto, type TimedFix } from '../../data/position'
import { fitting } from '../../components/place/labels'
import { makeView, project, scaleBar, unproject, zoomed } from '../../components/place/sketchView'

const heard = (accuracy_m: number, second: number): TimedFix => ({
  fix: { lon: 110.8, lat: 32.6, accuracy_m, source: 'gnss', fixed_at: '2026-04-01T02:00:00.000Z' },
  at: second * 1000,
})
const NOW = 40_000

test('a hundredth of a degree of latitude is about 1,112 metres', () => {
  expect(distance({ lon: 110.8, lat: 32.6 }, { lon: 110.8, lat: 32.61 })).toBeCloseTo(1112, -1)
})

test('from 50 metres on one is no longer where the problem was', () => {
  expect([isFar(50), isFar(50.1)]).toEqual([false, true])
  expect([metresWords(35.4), metresWords(1240)]).toEqual(['35 米', '1.2 公里'])
})

test('points are listed nearest first', () => {
  const near = nearest({ lon: 110.8, lat: 32.6 }, [
    { name: 'far', lon: 110.9, lat: 32.6 },
    { name: 'near', lon: 110.801, lat: 32.6 },
  ])
  expect(near.map(({ spot }) => spot.name)).toEqual(['near', 'far'])
})

describe('bestFix', () => {
  test('the most accurate fix of the last thirty seconds wins', () => {
    expect(bestFix([heard(8, 20), heard(30, 35)], NOW)?.fix.accuracy_m).toBe(8)
  })

  test('an old accurate fix does not beat a fresh one', () => {
    expect(bestFix([heard(4, 5), heard(30, 35)], NOW)?.fix.accuracy_m).toBe(30)
  })

  test('without a fresh one the last is better than none', () => {
    expect(bestFix([heard(4, 1), heard(9, 2)], NOW)?.fix.accuracy_m).toBe(9)
  })
})

describe('fixForPhoto', () => {
  test('a phone that lies still hears nothing new and is where it was', () => {
    expect(fixForPhoto([heard(8, 0)], 100_000)?.accuracy_m).toBe(8)
  })

  test('after two minutes a photo names no place rather than another one’s', () => {
    expect(fixForPhoto([heard(8, 0)], 121_000)).toBeNull()
  })
})

test('a spot drawn on the sketch and read back is the same spot', () => {
  const coordinate = { lon: fc.double({ min: 109.4, max: 111.6, noNaN: true }), lat: fc.double({ min: 31.5, max: 33.3, noNaN: true }) }
  fc.assert(
    fc.property(fc.record(coordinate), fc.integer({ min: 200, max: 300_000 }), (spot, metres) => {
      const view = zoomed({ ...makeView({ lon: 110.7, lat: 32.6 }, null, 1.2), metres }, 1)
      const back = unproject(project(spot, view, 360, 300), view, 360, 300)
      expect(back.lon).toBeCloseTo(spot.lon, 5)
      expect(back.lat).toBeCloseTo(spot.lat, 5)
    }),
  )
})

test('the scale bar is a round number of metres and never longer than a third of the sketch', () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 300_000 }), (metres) => {
      const bar = scaleBar({ lon: 110.7, lat: 32.6, metres }, 360)
      expect(String(bar.metres)).toMatch(/^[125]0*$/)
      expect(bar.units).toBeGreaterThan(360 / 10)
      expect(bar.units).toBeLessThanOrEqual(360 * 0.3)
    }),
  )
})

test('of names that would lie on each other the first is shown, and none is cut off by the edge', () => {
  const shown = fitting(
    [
      { key: 'a', text: '五堰步行商业街', x: 40, y: 100 },
      { key: 'b', text: '堰边三合汤', x: 60, y: 104 },
      { key: 'c', text: '朝阳路', x: 40, y: 140 },
      { key: 'd', text: '人民商场', x: 340, y: 200 },
    ],
    360,
    300,
  )
  expect(shown.map(({ key }) => key)).toEqual(['a', 'c'])
})
