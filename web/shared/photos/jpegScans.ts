/** Whether the picture data of a JPEG is all there: its Huffman codes are read block by block, no pixel is made. Pure, never throws. */
import { type Component, type Frame, frameOf, type Scan, ScanReader, type Table, tablesIn } from './huffman'

const DHT = 0xc4
const SOS = 0xda
const DRI = 0xdd
const EOI = 0xd9
const BASELINE = [0xc0, 0xc1]
const PROGRESSIVE = 0xc2
const COEFFICIENTS = 64

/** What the scans read so far have told of a picture. */
class Picture {
  readonly tables = new Map<number, Table>()
  frame: Frame | null = null
  restart = 0
  /** For each component the bits still missing of each coefficient; -1 before a scan named it. */
  private readonly missing = new Map<Component, Int8Array>()

  begin(frame: Frame): void {
    this.frame = frame
    for (const component of frame.components) this.missing.set(component, new Int8Array(COEFFICIENTS).fill(-1))
  }

  read({ components, from, to, low }: Scan): void {
    for (const component of components) this.missing.get(component)!.fill(low, from, to + 1)
  }

  get complete(): boolean {
    return this.frame !== null && [...this.missing.values()].every((bits) => bits.every((left) => left === 0))
  }
}

/**
 * True when every block of every component can be read to its last bit: then only the end mark (EOI) may be
 * missing. False for what is cut, and for kinds of JPEG that no camera writes (arithmetic, lossless).
 */
export function hasAllScans(buffer: ArrayBuffer): boolean {
  try {
    return readScans(new Uint8Array(buffer))
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function readScans(bytes: Uint8Array): boolean {
  const picture = new Picture()
  for (let at = 2; ; ) {
    const marker = bytes[at + 1]
    if (bytes[at] !== 0xff || marker === undefined || marker === EOI) return false
    if (marker === 0xff) {
      at += 1
      continue
    }
    const end = at + 2 + ((bytes[at + 2] ?? 0) << 8) + (bytes[at + 3] ?? 0)
    if (end < at + 4 || end > bytes.length) return false
    const body = bytes.subarray(at + 4, end)
    if (marker === DHT) for (const [id, table] of tablesIn(body)) picture.tables.set(id, table)
    else if (marker === DRI) picture.restart = (body[0]! << 8) + body[1]!
    else if (BASELINE.includes(marker) || marker === PROGRESSIVE) picture.begin(frameOf(body, marker === PROGRESSIVE))
    else if (marker >= 0xc3 && marker <= 0xcf && marker !== 0xcc) return false
    at = end
    if (marker !== SOS) continue
    if (!picture.frame) return false
    const scan = scanOf(body, picture.frame)
    at = new ScanReader(bytes, at, picture.tables).read(picture.frame, scan, picture.restart)
    picture.read(scan)
    if (picture.complete) return true
    at = nextMarker(bytes, at)
  }
}

/** The next marker that is neither an escaped FF nor a restart. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at += 1) {
    const next = bytes[at + 1]!
    if (bytes[at] === 0xff && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at
  }
  return bytes.length
}

function scanOf(body: Uint8Array, frame: Frame): Scan {
  const count = body[0]!
  const components = Array.from({ length: count }, (_, nth) => {
    const component = frame.components.find((one) => one.id === body[1 + 2 * nth])
    if (!component) throw new RangeError('a scan of an unknown component')
    component.dc = body[2 + 2 * nth]! >> 4
    component.ac = body[2 + 2 * nth]! & 15
    return component
  })
  const [from, to, bits] = [body[1 + 2 * count]!, body[2 + 2 * count]!, body[3 + 2 * count]!]
  if (components.length === 0 || to >= COEFFICIENTS || from > to) throw new RangeError('a scan of no coefficients')
  if (!frame.progressive) return { components, from: 0, to: COEFFICIENTS - 1, high: 0, low: 0 }
  return { components, from, to, high: bits >> 4, low: bits & 15 }
}
