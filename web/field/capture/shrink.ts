/** Makes a photo small: upright, at most 1920 px, JPEG q 0.8. Runs in the worker, or in the page where there is none. */

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

/** Draws a picture upright at a size and encodes it; the page and the worker each have their own canvas. */
export type Encode = (picture: ImageBitmap, width: number, height: number, quality: number) => Promise<Drawn>

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

const HEIC_BRANDS = new Set(['heic', 'heix', 'hevc', 'heim', 'heis', 'mif1', 'msf1'])

/** An ISO box file of a HEIC brand, by its first bytes: the name and the type of a file may say anything. */
export function isHeic(start: ArrayBuffer): boolean {
  const text = String.fromCharCode(...new Uint8Array(start.slice(4, 12)))
  return text.startsWith('ftyp') && HEIC_BRANDS.has(text.slice(4, 8))
}

async function decode(source: Blob | ImageBitmap): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(source, { imageOrientation: 'from-image' })
  } catch {
    const heic = source instanceof Blob && isHeic(await source.slice(0, 12).arrayBuffer())
    throw new NotAPicture(heic ? 'heic' : 'unreadable')
  }
}

/** Decode upright, scale, encode, and look at what came out. */
export async function shrink(source: Blob | ImageBitmap, encode: Encode): Promise<Shrunk> {
  const picture = await decode(source)
  const { width, height } = fitted(picture.width, picture.height)
  try {
    if (Math.min(picture.width, picture.height) < LEAST_PX) throw new NotAPicture('blank')
    // Scaled while still a bitmap: a canvas above 16.7 megapixels comes out black on iOS.
    const scaled =
      width === picture.width
        ? picture
        : await createImageBitmap(picture, { resizeWidth: width, resizeHeight: height, resizeQuality: 'medium' })
    const { blob, look } = await encode(scaled, width, height, QUALITY)
    if (scaled !== picture) scaled.close()
    if (!blob || blob.type !== 'image/jpeg' || blob.size < LEAST_BYTES || isBlank(look)) throw new NotAPicture('blank')
    return { bytes: await blob.arrayBuffer(), width, height }
  } finally {
    picture.close()
  }
}
