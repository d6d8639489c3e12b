/** Reads three hints from a JPEG's EXIF block before the photo is compressed; pure, never throws. */

export interface ExifHints {
  readonly taken_at?: string
  readonly software?: string
  readonly make?: string
}

const MAKE = 0x010f
const SOFTWARE = 0x0131
const EXIF_IFD = 0x8769
const TAKEN_AT = 0x9003
const ASCII = 2

/** The first part of the file is enough. */
export const EXIF_WITHIN = 256 * 1024

export function readExif(buffer: ArrayBuffer): ExifHints {
  try {
    const view = new DataView(buffer)
    const start = tiffStart(view)
    return start === null ? {} : hintsAt(view, start)
  } catch {
    // A broken block is no hint at all; the photo itself is judged elsewhere.
    return {}
  }
}

function tiffStart(view: DataView): number | null {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null
  for (let at = 2; at + 10 < view.byteLength; ) {
    const marker = view.getUint16(at)
    if (marker === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return at + 10
    if ((marker & 0xff00) !== 0xff00 || marker === 0xffda) return null
    at += 2 + view.getUint16(at + 2)
  }
  return null
}

function hintsAt(view: DataView, start: number): ExifHints {
  const little = view.getUint16(start) === 0x4949
  const hints: { -readonly [K in keyof ExifHints]: ExifHints[K] } = {}
  const walk = (ifd: number): void => {
    const entries = view.getUint16(ifd, little)
    for (let nth = 0; nth < entries; nth += 1) {
      const at = ifd + 2 + nth * 12
      const tag = view.getUint16(at, little)
      if (tag === EXIF_IFD) walk(start + view.getUint32(at + 8, little))
      if (view.getUint16(at + 2, little) !== ASCII) continue
      const length = view.getUint32(at + 4, little)
      const text = ascii(view, length > 4 ? start + view.getUint32(at + 8, little) : at + 8, length)
      if (tag === MAKE) hints.make = text
      if (tag === SOFTWARE) hints.software = text
      if (tag === TAKEN_AT) hints.taken_at = text
    }
  }
  walk(start + view.getUint32(start + 4, little))
  return hints
}

function ascii(view: DataView, at: number, length: number): string {
  let text = ''
  for (let nth = 0; nth < Math.min(length, 40); nth += 1) {
    const code = view.getUint8(at + nth)
    if (code === 0) break
    if (code >= 32 && code < 127) text += String.fromCharCode(code)
  }
  return text.trim()
}
