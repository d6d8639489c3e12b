/** The picture data of small JPEGs of each kind that phones and their galleries write, and of real photographs. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { hasAllScans } from './jpegScans'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const read = (path: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(here(path)))
const SMALL = readdirSync(here('./fixtures/')).filter((name) => name.endsWith('.jpg'))
const PHOTOS = ['bins-before', 'bins-after'].map((name) => `../../../inspect_server/operations/starter_data/photos/${name}.jpg`)
const upTo = (file: Uint8Array<ArrayBuffer>, end: number): ArrayBuffer => file.slice(0, end).buffer
/** Where the data of the last scan begins. */
const lastScan = (file: Uint8Array): number => {
  let at = file.length - 1
  while (file[at] !== 0xff || file[at + 1] !== 0xda) at -= 1
  return at + 2 + file[at + 2]! * 256 + file[at + 3]!
}

describe.each(SMALL)('%s', (name) => {
  const file = read(`./fixtures/${name}`)

  test('without its end mark it is all there', () => {
    expect([...file.slice(-2)]).toEqual([0xff, 0xd9])
    expect(hasAllScans(upTo(file, file.length - 2))).toBe(true)
  })

  test('cut anywhere before, it is not', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: file.length - 3 }), (end) => !hasAllScans(upTo(file, end))))
  })

  test('with its last data replaced by fill bytes it is not', () => {
    const broken = file.slice(0, -2)
    broken.fill(0xff, lastScan(broken) + 2)
    expect(hasAllScans(broken.buffer)).toBe(false)
  })

  test('with bytes of a vendor in place of the end mark it is', () => {
    expect(hasAllScans(Uint8Array.from([...file.slice(0, -2), 0xff, 0xe1, 0, 4, 1, 2, 0x53, 0x45, 0x46]).buffer)).toBe(true)
  })

  test('any damage is read to an end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: file.length - 1 }), fc.uint8Array({ minLength: 1, maxLength: 8 }), (at, bytes) => {
        const damaged = file.slice(0, -2)
        damaged.set(bytes.slice(0, Math.max(0, damaged.length - at)), Math.min(at, damaged.length))
        return typeof hasAllScans(damaged.buffer) === 'boolean'
      }),
    )
  })
})

test.each(PHOTOS)('a photograph of 1600×1200 is read to its last block: %s', (path) => {
  const file = read(path)
  expect(hasAllScans(upTo(file, file.length - 2))).toBe(true)
  expect(hasAllScans(upTo(file, file.length - 40))).toBe(false)
})

test('what is no JPEG has no scans', () => {
  expect(hasAllScans(Uint8Array.from([0x89, 0x50, 0x4e, 0x47]).buffer)).toBe(false)
  expect(hasAllScans(new ArrayBuffer(0))).toBe(false)
})
