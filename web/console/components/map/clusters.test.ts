import { describe, expect, it } from 'vitest'

import { clustered, mostOf } from './clusters'

describe('cases on one spot', () => {
  const placed = [
    { x: 0, y: 0, item: 'a' },
    { x: 10, y: 0, item: 'b' },
    { x: 400, y: 0, item: 'c' },
  ]
  it('are gathered around the first of them', () => {
    expect(clustered(placed, 30).map((cluster) => cluster.items)).toEqual([['a', 'b'], ['c']])
  })
  it('come apart from nearer', () => {
    expect(clustered(placed, 8).map((cluster) => cluster.items)).toEqual([['a'], ['b'], ['c']])
  })
  it('are none where there is nothing', () => {
    expect(clustered([], 30)).toEqual([])
  })
})

describe('where most cases are', () => {
  const city = Array.from({ length: 40 }, (_, at) => ({ lon: 110.78 + at / 1000, lat: 32.63 + at / 2000 }))

  it('is not stretched by one stray far off', () => {
    const [southWest, northEast] = mostOf([...city, { lon: 95, lat: 20 }])!
    expect(southWest[1]).toBeGreaterThan(110.77)
    expect(southWest[0]).toBeGreaterThan(32.62)
    expect(northEast[1]).toBeLessThan(110.83)
  })
  it('is not told from two cases', () => {
    expect(mostOf(city.slice(0, 2))).toBeNull()
  })
})
