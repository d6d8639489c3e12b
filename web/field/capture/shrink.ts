/** Makes a photo small: upright, at most 1920 px, JPEG q 0.8. Runs in the worker, or in the page where there is none. */

export const LONGEST_PX = 1920
const QUALITY = 0.8
/** A picture this small for its area is a blank: some engines draw nothing instead of failing. */
const LEAST_BYTES = 400

export interface Shrunk {
  readonly bytes: ArrayBuffer
  readonly width: number
  readonly height: number
}

/** The file is no picture this browser can read. */
export class NotAPicture extends Error {
  constructor() {
    super('not a picture')
    this.name = 'NotAPicture'
  }
}

export function fitted(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST_PX / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** Decode upright, scale, encode. */
export async function shrink(
  source: Blob | ImageBitmap,
  encode: (picture: ImageBitmap, width: number, height: number, quality: number) => Promise<Blob | null>,
): Promise<Shrunk> {
  let picture: ImageBitmap
  try {
    picture = await createImageBitmap(source, { imageOrientation: 'from-image' })
  } catch {
    throw new NotAPicture()
  }
  const { width, height } = fitted(picture.width, picture.height)
  try {
    // Scaled while still a bitmap: a canvas above 16.7 megapixels comes out black on iOS.
    const scaled =
      width === picture.width
        ? picture
        : await createImageBitmap(picture, { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' })
    const blob = await encode(scaled, width, height, QUALITY)
    if (scaled !== picture) scaled.close()
    if (!blob || blob.type !== 'image/jpeg' || blob.size < LEAST_BYTES) throw new NotAPicture()
    return { bytes: await blob.arrayBuffer(), width, height }
  } finally {
    picture.close()
  }
}
