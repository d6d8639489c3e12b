/** How small a photo is made, and what is refused as no evidence. */
import { describe, expect, test } from 'vitest'

import { eighths, fitted, isBlank, isHeic, LONGEST_PX } from './shrink'

const pixels = (...one: number[][]): Uint8ClampedArray => Uint8ClampedArray.from(one.flat())

describe('fitted', () => {
  test('the longer side becomes 1920, whichever it is', () => {
    expect(fitted(4000, 3000)).toEqual({ width: LONGEST_PX, height: 1440 })
    expect(fitted(3000, 4000)).toEqual({ width: 1440, height: LONGEST_PX })
  })

  test('a small picture is not blown up', () => {
    expect(fitted(1280, 960)).toEqual({ width: 1280, height: 960 })
  })

  test('a strip keeps at least one pixel', () => {
    expect(fitted(100_000, 3)).toEqual({ width: LONGEST_PX, height: 1 })
  })
})

test.each([
  [4000, 4], // 2000 px
  [4032, 4],
  [8160, 2],
  [3000, 6],
  [1920, 8],
  [640, 8],
])('a picture of %i px is decoded at %i eighths: never below 1920', (longest, parts) => {
  expect(eighths(longest)).toBe(parts)
  expect(Math.ceil((longest * parts) / 8)).toBeGreaterThanOrEqual(Math.min(longest, LONGEST_PX))
})

describe('isBlank', () => {
  test('a canvas that gave up is black', () => {
    expect(isBlank(pixels([0, 0, 0, 255], [0, 0, 0, 255]))).toBe(true)
  })

  test('a canvas on which nothing was drawn is transparent', () => {
    expect(isBlank(pixels([0, 0, 0, 0], [0, 0, 0, 0]))).toBe(true)
  })

  test('one even colour shows nothing', () => {
    expect(isBlank(pixels([9, 90, 9, 255], [9, 90, 9, 255]))).toBe(true)
  })

  test('a dark night with one lamp is a picture', () => {
    expect(isBlank(pixels([0, 0, 0, 255], [0, 0, 0, 255], [0, 1, 0, 255]))).toBe(false)
  })
})

describe('isHeic', () => {
  const file = (brand: string): ArrayBuffer => new TextEncoder().encode(`\0\0\0\x18ftyp${brand}`).buffer as ArrayBuffer

  test('an iPhone’s photo is known by its brand', () => {
    expect(isHeic(file('heic'))).toBe(true)
    expect(isHeic(file('mif1'))).toBe(true)
  })

  test('a photo is known by a brand it is compatible with; AVIF, which names one too, is none', () => {
    expect(isHeic(file('MiHE\0\0\0\0mif1heic'))).toBe(true)
    expect(isHeic(file('avif\0\0\0\0mif1miaf'))).toBe(false)
  })

  test('a film and a JPEG are not HEIC', () => {
    expect(isHeic(file('mp42'))).toBe(false)
    expect(isHeic(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0).buffer)).toBe(false)
  })
})
