/**
 * Makes a photo small: upright, at most 1920 px, JPEG q 0.8. What a camera added behind the picture goes.
 * Runs in the worker, or in the page where there is none.
 */

import { type JpegFacts, readJpeg } from './jpeg'
import { hasAllScans } from './jpegScans'

export const LONGEST_PX = 1920
const QUALITY = 0.8
/** A picture this small is a blank: some engines draw nothing instead of failing. */
const LEAST_BYTES = 400
const LEAST_PX = 16
/** What a look at the drawn picture needs: enough cells to find one that differs. */
export const LOOK_PX = 24

export interface Shrunk {
  readonly bytes: ArrayBuffer
  readonly width: number
  readonly height: number
}

/** What was drawn: the JPEG, and a few pixels of the very canvas it was made from. */
export interface Drawn {
  readonly blob: Blob | null
  readonly look: Uint8ClampedArray
}

/** Draws a picture at a size and encodes it; the page and the worker each have their own canvas. */
export type Encode = (picture: ImageBitmap | VideoFrame, width: number, height: number, quality: number) => Promise<Drawn>

/**
 * unreadable: no picture this browser knows · heic: an iPhone's format it cannot read ·
 * blank: read, but black, empty or tiny: no evidence of anything.
 */
export type Flaw = 'unreadable' | 'heic' | 'blank'

/** The file is no picture that can be kept. */
export class NotAPicture extends Error {
  constructor(readonly flaw: Flaw) {
    super(`not a picture: ${flaw}`)
    this.name = 'NotAPicture'
  }
}

export function fitted(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST_PX / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** Nothing to see: each pixel is like the first, as on a canvas that gave up (black) or was never drawn on. */
export function isBlank(look: Uint8ClampedArray): boolean {
  return look.every((value, at) => value === look[at % 4])
}

/** As in `media/probe.py`. */
const HEIC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'])

/** An ISO box file of a HEIC brand, by its first bytes: the name and the type of a file may say anything. */
export function isHeic(start: ArrayBuffer): boolean {
  const text = String.fromCharCode(...new Uint8Array(start.slice(4, 64)))
  if (!text.startsWith('ftyp')) return false
  // The main brand, its version, and the brands it is compatible with; AVIF names `mif1` too.
  const brands = [text.slice(4, 8), ...(text.slice(12).match(/[^]{4}/g) ?? [])]
  return brands.some((brand) => HEIC_BRANDS.has(brand)) && !brands.includes('avif')
}

interface Decoded {
  readonly picture: ImageBitmap | VideoFrame
  readonly width: number
  readonly height: number
}

/** An engine that turns pictures upright by itself here; older ones leave them on their side. */
const decodesSmall = (): boolean =>
  typeof ImageDecoder !== 'undefined' && typeof VideoFrame !== 'undefined' && 'rotation' in VideoFrame.prototype

/** A JPEG can be decoded at so many eighths of its size, in a fraction of the time; the fewest that are enough. */
export function eighths(longest: number): number {
  return Math.min(8, Math.max(1, Math.ceil((8 * LONGEST_PX) / longest)))
}

async function decodeSmall(data: ArrayBuffer, { width, height }: JpegFacts): Promise<Decoded> {
  const parts = eighths(Math.max(width, height))
  const decoder = new ImageDecoder({
    data,
    type: 'image/jpeg',
    desiredWidth: Math.ceil((width * parts) / 8),
    desiredHeight: Math.ceil((height * parts) / 8),
  })
  try {
    const { image } = await decoder.decode()
    return { picture: image, width: image.displayWidth, height: image.displayHeight }
  } finally {
    decoder.close()
  }
}

async function decodeWhole(source: Blob | ImageBitmap): Promise<Decoded> {
  const picture = await createImageBitmap(source, { imageOrientation: 'from-image' })
  const { width, height } = fitted(picture.width, picture.height)
  if (width === picture.width) return { picture, width, height }
  try {
    // Scaled while still a bitmap: a canvas above 16.7 megapixels comes out black on iOS.
    const scaled = await createImageBitmap(picture, { resizeWidth: width, resizeHeight: height, resizeQuality: 'medium' })
    return { picture: scaled, width, height }
  } finally {
    picture.close()
  }
}

/** A JPEG that lacks nothing but its end mark (EOI), with it. */
function withEndMark(data: ArrayBuffer): ArrayBuffer {
  const bytes = new Uint8Array(data.byteLength + 2)
  bytes.set(new Uint8Array(data))
  bytes.set([0xff, 0xd9], data.byteLength)
  return bytes.buffer
}

async function decodeFile(file: Blob): Promise<Decoded> {
  const data = await file.arrayBuffer()
  const jpeg = readJpeg(data)
  const endMissing = jpeg !== null && !jpeg.whole
  if (endMissing && !hasAllScans(data)) throw new NotAPicture('unreadable')
  const ended = endMissing ? withEndMark(data) : data
  if (jpeg && decodesSmall()) {
    // What this decoder refuses the other may know; the other has the last word.
    const small = await decodeSmall(ended, jpeg).catch(() => null)
    if (small) return small
  }
  return decodeWhole(endMissing ? new Blob([ended], { type: 'image/jpeg' }) : file).catch(() => {
    throw new NotAPicture(isHeic(data) ? 'heic' : 'unreadable')
  })
}

/** Decode upright, scale, encode, and look at what came out. A bitmap handed in stays its owner's. */
export async function shrink(source: Blob | ImageBitmap, encode: Encode): Promise<Shrunk> {
  const bitmap = source instanceof Blob || Math.max(source.width, source.height) > LONGEST_PX ? null : source
  const decoded = bitmap
    ? { picture: bitmap, width: bitmap.width, height: bitmap.height }
    : await (source instanceof Blob ? decodeFile(source) : decodeWhole(source))
  try {
    if (Math.min(decoded.width, decoded.height) < LEAST_PX) throw new NotAPicture('blank')
    const { width, height } = fitted(decoded.width, decoded.height)
    const { blob, look } = await encode(decoded.picture, width, height, QUALITY)
    if (!blob || blob.type !== 'image/jpeg' || blob.size < LEAST_BYTES || isBlank(look)) throw new NotAPicture('blank')
    return { bytes: await blob.arrayBuffer(), width, height }
  } finally {
    if (decoded.picture !== bitmap) decoded.picture.close()
  }
}
