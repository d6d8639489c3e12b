/** What a JPEG says of itself before anyone decodes it: its size, and whether it is all there. Pure, never throws. */

export interface JpegFacts {
  /** As stored: an upright picture may lie on its side here, and EXIF says so. */
  readonly width: number
  readonly height: number
  /** The end is there; decoders show a half picture without a word. */
  readonly whole: boolean
}

const SOI = 0xd8
const EOI = 0xd9

/** Frame headers; C4, C8 and CC are something else. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

/** Markers without a length. */
const isBare = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)

/** null for what is no JPEG, or ends before it says how large it is. */
export function readJpeg(buffer: ArrayBuffer): JpegFacts | null {
  const bytes = new Uint8Array(buffer)
  if (bytes[0] !== 0xff || bytes[1] !== SOI) return null
  let size: { width: number; height: number } | null = null
  const facts = (whole: boolean): JpegFacts | null => size && { ...size, whole }
  for (let at = 2; ; ) {
    at = nextMarker(bytes, at)
    const marker = bytes[at + 1]
    if (marker === undefined) return facts(false)
    if (marker === EOI) return facts(true)
    if (isBare(marker)) {
      at += 2
      continue
    }
    const length = (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0)
    if (at + 2 + length > bytes.length) return facts(false)
    if (isFrame(marker)) {
      size = { height: bytes[at + 5]! * 256 + bytes[at + 6]!, width: bytes[at + 7]! * 256 + bytes[at + 8]! }
    }
    // After a scan's header comes picture data: `nextMarker` walks over it.
    at += 2 + length
  }
}

/** From here to the next real marker; inside picture data an FF is followed by 00, or it restarts. */
function nextMarker(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(0xff, from)
  while (at !== -1) {
    const next = bytes[at + 1]
    if (next === 0xff) at += 1
    else if (next === 0x00) at = bytes.indexOf(0xff, at + 2)
    else return at
  }
  return bytes.length
}
