/** JPEGs read by their markers, on the photographs of the starter data. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { readJpeg } from './jpeg'

const file = readFileSync(fileURLToPath(new URL('../../../inspect_server/operations/starter_data/photos/bins-before.jpg', import.meta.url)))
const photo = (to = file.length, tail: readonly number[] = []): ArrayBuffer => {
  const bytes = new Uint8Array(to + tail.length)
  bytes.set(file.subarray(0, to))
  bytes.set(tail, to)
  return bytes.buffer
}

describe('readJpeg', () => {
  test('a whole photograph tells its size', () => {
    expect(readJpeg(photo())).toEqual({ width: 1600, height: 1200, whole: true })
  })

  test('what a camera hangs behind the end does no harm', () => {
    expect(readJpeg(photo(file.length, [1, 2, 3, 0xff, 0xe1]))?.whole).toBe(true)
  })

  test('cut anywhere in the picture, it is not whole', () => {
    fc.assert(fc.property(fc.integer({ min: 2000, max: file.length - 2 }), (to) => readJpeg(photo(to))?.whole === false))
  })

  test('cut before it said its size, or no JPEG at all, it is nothing', () => {
    expect(readJpeg(photo(8))).toBeNull()
    expect(readJpeg(Uint8Array.from([0x89, 0x50, 0x4e, 0x47]).buffer)).toBeNull()
  })

  test('any bytes at all are read to an end', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const at = readJpeg(Uint8Array.from([0xff, 0xd8, ...bytes]).buffer)
      return at === null || typeof at.whole === 'boolean'
    }))
  })
})
