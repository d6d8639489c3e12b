import { describe, expect, it } from 'vitest'

import { barLength, lengthWords, metresBetween, outlinePath, planeAt } from './projection'

describe('the plane', () => {
  it('gives back the position it was given', () => {
    const plane = planeAt(110.78, 32.63)
    const { x, y } = plane.flat(110.7899, 32.5291)
    const back = plane.degrees(x, y)
    expect(back.lon).toBeCloseTo(110.7899, 9)
    expect(back.lat).toBeCloseTo(32.5291, 9)
  })
  it('puts north up and east right', () => {
    const plane = planeAt(110.78, 32.63)
    expect(plane.flat(110.79, 32.63).x).toBeGreaterThan(0)
    expect(plane.flat(110.78, 32.64).y).toBeLessThan(0)
  })
  it('measures the known shift between two datums here, about 555 m', () => {
    const shifted = { lon: 110.7644 + 0.00586, lat: 32.63159 - 0.00083 }
    expect(metresBetween({ lon: 110.7644, lat: 32.63159 }, shifted)).toBeGreaterThan(540)
    expect(metresBetween({ lon: 110.7644, lat: 32.63159 }, shifted)).toBeLessThan(570)
  })
})

describe('drawing', () => {
  it('closes every ring', () => {
    const path = outlinePath([[[110, 32], [110.01, 32], [110, 32.01]]], planeAt(110, 32))
    expect(path).toMatch(/^M0 0L944 0L0 -1113Z$/)
  })
  it('chooses round bars', () => {
    expect(barLength(740)).toBe(500)
    expect(barLength(470)).toBe(200)
    expect(barLength(1999)).toBe(1000)
    expect(barLength(0)).toBe(0)
    expect(lengthWords(500)).toBe('500 m')
    expect(lengthWords(20_000)).toBe('20 km')
    expect(lengthWords(1_500)).toBe('1.5 km')
  })
})
