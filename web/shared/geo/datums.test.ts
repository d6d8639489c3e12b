/** Datums against the examples that the map services and a well-known library publish, and the links made of them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { toBd09, toGcj02 } from './datums'
import { distance, type Spot } from './distance'
import { coordinates, mapLinks } from './mapLinks'

const spot = (lon: number, lat: number): Spot => ({ lon, lat })

/** WGS-84, GCJ-02: 高德's own example of its coordinate conversion, and the tests of eviltransform. */
const GCJ: readonly (readonly [string, Spot, Spot])[] = [
  ['amap 1', spot(116.481499, 39.990475), spot(116.487585177952, 39.991754014757)],
  ['amap 2', spot(116.481499, 39.990375), spot(116.487585177952, 39.991653917101)],
  ['shanghai', spot(121.5272106, 31.1774276), spot(121.531541859215, 31.17530398364597)],
  ['shenzhen', spot(113.912316, 22.543847), spot(113.9171764808363, 22.540796131694766)],
  ['beijing', spot(116.377817, 39.911954), spot(116.38404722455657, 39.91334545536069)],
]
/** WGS-84, BD-09: 百度's own example of geoconv, and 阿里云's. */
const BD: readonly (readonly [string, Spot, Spot])[] = [
  ['baidu', spot(114.21892734521, 29.575429778924), spot(114.2307519546763, 29.57908428837437)],
  ['aliyun', spot(120.021519, 30.281543), spot(120.032768, 30.285238)],
]

test.each(GCJ)('GCJ-02 is the published one to half a metre: %s', (_name, wgs, published) => {
  expect(distance(toGcj02(wgs), published)).toBeLessThan(0.5)
})

test('GCJ-02 is that of 阿里云, whose example goes the other way by an approximation', () => {
  expect(distance(toGcj02(spot(120.021519, 30.281543)), spot(120.026268, 30.279164))).toBeLessThan(2)
})

test.each(BD)('BD-09 is the published one to two metres: %s', (_name, wgs, published) => {
  expect(distance(toBd09(wgs), published)).toBeLessThan(2)
})

test('in 十堰 the maps of China are about 555 metres off', () => {
  const moved = distance(spot(110.78751, 32.64962), toGcj02(spot(110.78751, 32.64962)))
  expect(moved).toBeGreaterThan(500)
  expect(moved).toBeLessThan(610)
})

test('outside China nothing is shifted', () => {
  for (const there of [spot(2.35, 48.85), spot(-122.4, 37.8), spot(151.2, -33.9)]) {
    expect(toGcj02(there)).toEqual(there)
    expect(toBd09(there)).toEqual(there)
  }
})

test('a shift is never more than two kilometres and never no number', () => {
  fc.assert(
    fc.property(fc.double({ min: 73, max: 135, noNaN: true }), fc.double({ min: 3, max: 54, noNaN: true }), (lon, lat) => {
      expect(distance(spot(lon, lat), toGcj02(spot(lon, lat)))).toBeLessThan(2_000)
      expect(Number.isFinite(toBd09(spot(lon, lat)).lon)).toBe(true)
    }),
  )
})

describe('links', () => {
  const here = spot(116.481499, 39.990475)
  const [amap, baidu, tencent, apple] = mapLinks(here, '案件 7 & <b>').map((link) => new URL(link.href))

  test('高德 gets GCJ-02, longitude first, and is told so', () => {
    expect(amap!.searchParams.get('position')).toBe('116.487586,39.991754')
    expect(amap!.searchParams.get('coordinate')).toBe('gaode')
  })
  test('百度 gets BD-09, latitude first, and is told so', () => {
    const [lat, lon] = baidu!.searchParams.get('location')!.split(',').map(Number)
    expect(distance(spot(lon!, lat!), toBd09(here))).toBeLessThan(0.2)
    expect(baidu!.searchParams.get('coord_type')).toBe('bd09ll')
  })
  test('腾讯 and Apple get GCJ-02, latitude first', () => {
    expect(tencent!.searchParams.get('marker')).toBe('coord:39.991754,116.487586;title:案件 7 & <b>')
    expect(apple!.searchParams.get('ll')).toBe('39.991754,116.487586')
  })
  test('a label stays inside its parameter', () => {
    expect(amap!.searchParams.get('name')).toBe('案件 7 & <b>')
    expect([amap, baidu, tencent, apple].map((url) => url!.protocol)).toEqual(['https:', 'https:', 'https:', 'https:'])
  })
  test('coordinates to copy are latitude and longitude to a decimetre', () => {
    expect(coordinates(here)).toBe('39.990475,116.481499')
  })
})
