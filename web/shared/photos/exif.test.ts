/** EXIF hints: read where they stand, and a broken block is no hint. */
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { readExif } from './exif'

/** A JPEG head with one IFD0 (make, software) and one EXIF IFD (time taken). */
function jpeg(little: boolean): ArrayBuffer {
  const tiff = new DataView(new ArrayBuffer(160))
  const text = (at: number, value: string): void => {
    for (let nth = 0; nth < value.length; nth += 1) tiff.setUint8(at + nth, value.charCodeAt(nth))
  }
  const entry = (at: number, tag: number, type: number, count: number, value: number): void => {
    tiff.setUint16(at, tag, little)
    tiff.setUint16(at + 2, type, little)
    tiff.setUint32(at + 4, count, little)
    tiff.setUint32(at + 8, value, little)
  }
  tiff.setUint16(0, little ? 0x4949 : 0x4d4d)
  tiff.setUint16(2, 42, little)
  tiff.setUint32(4, 8, little)
  tiff.setUint16(8, 3, little)
  entry(10, 0x010f, 2, 7, 80)
  entry(22, 0x0131, 2, 8, 90)
  entry(34, 0x8769, 4, 1, 50)
  tiff.setUint16(50, 1, little)
  entry(52, 0x9003, 2, 20, 100)
  text(80, 'HUAWEI')
  text(90, 'Gallery')
  text(100, '2026:04:01 10:00:00')
  const head = new Uint8Array([0xff, 0xd8, 0xff, 0xe1, 0, 170, 0x45, 0x78, 0x69, 0x66, 0, 0])
  const whole = new Uint8Array(head.length + 160)
  whole.set(head)
  whole.set(new Uint8Array(tiff.buffer), head.length)
  return whole.buffer
}

test.each([true, false])('make, software and time are read (little endian: %s)', (little) => {
  expect(readExif(jpeg(little))).toEqual({ make: 'HUAWEI', software: 'Gallery', taken_at: '2026:04:01 10:00:00' })
})

test('bytes that are no picture give no hints and no error', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => typeof readExif(bytes.slice().buffer) === 'object'))
})

test('a cut block gives what could be read and no error', () => {
  const whole = jpeg(true)
  for (let length = 0; length < whole.byteLength; length += 1) readExif(whole.slice(0, length))
})
