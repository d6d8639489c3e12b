/** Reads the entropy-coded data of one JPEG scan (ITU-T T.81) and keeps of each coefficient only whether it is zero. Pure. */

/** Where the data ends too early, or is no Huffman code at all. */
const cut = (): RangeError => new RangeError('the picture data ends here')

/** More flags than this are not kept: a progressive photo of about 40 megapixels. */
const MAX_FLAGS = 64 * 1024 * 1024

export interface Component {
  readonly id: number
  readonly h: number
  readonly v: number
  /** Blocks that hold picture, and those of whole MCUs. */
  readonly columns: number
  readonly rows: number
  readonly stride: number
  /** Of a progressive picture, for each coefficient of each block: 1 when it is not zero. */
  readonly flags: Uint8Array | null
  dc: number
  ac: number
}

export interface Frame {
  readonly progressive: boolean
  readonly components: readonly Component[]
  readonly mcuColumns: number
  readonly mcuRows: number
}

export interface Scan {
  readonly components: readonly Component[]
  /** First and last coefficient. */
  readonly from: number
  readonly to: number
  /** The bit position read before and now, as in Ah and Al. */
  readonly high: number
  readonly low: number
}

/** A Huffman table: for each length the smallest code, one more than the largest, and where its values begin. */
export interface Table {
  readonly first: Int32Array
  readonly end: Int32Array
  readonly start: Int32Array
  readonly values: Uint8Array
}

/** The tables of a DHT segment by class and number, as its first byte holds them. */
export function* tablesIn(body: Uint8Array): Generator<[number, Table]> {
  for (let at = 0; at + 17 <= body.length; ) {
    const id = body[at]!
    const [first, end, start] = [new Int32Array(17), new Int32Array(17), new Int32Array(17)]
    let [code, total] = [0, 0]
    for (let length = 1; length <= 16; length += 1) {
      first[length] = code
      start[length] = total
      code += body[at + length]!
      total += body[at + length]!
      end[length] = code
      code <<= 1
    }
    at += 17 + total
    yield [id, { first, end, start, values: body.subarray(at - total, at) }]
  }
}

export function frameOf(body: Uint8Array, progressive: boolean): Frame {
  const [height, width] = [(body[1]! << 8) + body[2]!, (body[3]! << 8) + body[4]!]
  const raw = Array.from({ length: body[5] ?? 0 }, (_, nth) => ({ id: body[6 + 3 * nth]!, h: body[7 + 3 * nth]! >> 4, v: body[7 + 3 * nth]! & 15 }))
  if (body[0] !== 8 || !width || !height || raw.length === 0 || raw.some(({ h, v }) => !h || !v)) throw cut()
  const [maxH, maxV] = [Math.max(...raw.map(({ h }) => h)), Math.max(...raw.map(({ v }) => v))]
  const [mcuColumns, mcuRows] = [Math.ceil(width / 8 / maxH), Math.ceil(height / 8 / maxV)]
  const flagCount = raw.reduce((sum, { h, v }) => sum + 64 * mcuColumns * h * mcuRows * v, 0)
  if (progressive && flagCount > MAX_FLAGS) throw cut()
  const components = raw.map(({ id, h, v }) => ({
    id,
    h,
    v,
    columns: Math.ceil(Math.ceil((width * h) / maxH) / 8),
    rows: Math.ceil(Math.ceil((height * v) / maxV) / 8),
    stride: mcuColumns * h,
    flags: progressive ? new Uint8Array(64 * mcuColumns * h * mcuRows * v) : null,
    dc: 0,
    ac: 0,
  }))
  return { progressive, components, mcuColumns, mcuRows }
}

export class ScanReader {
  private bits = 0
  private left = 0
  /** Blocks that follow without a code of their own. */
  private emptyBlocks = 0

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly tables: ReadonlyMap<number, Table>,
  ) {}

  /** Read every block of a scan; returns where its data ends. Throws `RangeError` where it is cut. */
  read(frame: Frame, scan: Scan, restart: number): number {
    const [only] = scan.components
    const alone = scan.components.length === 1
    const [columns, rows] = alone ? [only!.columns, only!.rows] : [frame.mcuColumns, frame.mcuRows]
    for (let nth = 0; nth < columns * rows; nth += 1) {
      if (restart > 0 && nth > 0 && nth % restart === 0) this.passRestart()
      const [row, column] = [Math.floor(nth / columns), nth % columns]
      if (alone) this.block(frame, scan, only!, (row * only!.stride + column) * 64)
      else for (const one of scan.components) this.unit(frame, scan, one, row, column)
    }
    return this.at
  }

  /** The blocks of one component in one MCU. */
  private unit(frame: Frame, scan: Scan, one: Component, row: number, column: number): void {
    for (let v = 0; v < one.v; v += 1) {
      for (let h = 0; h < one.h; h += 1) this.block(frame, scan, one, ((row * one.v + v) * one.stride + column * one.h + h) * 64)
    }
  }

  private block(frame: Frame, scan: Scan, one: Component, at: number): void {
    if (!frame.progressive) {
      this.skip(this.symbol(one.dc))
      this.coefficients(one.ac)
    } else if (scan.from === 0) {
      if (scan.high === 0) this.skip(this.symbol(one.dc))
      else this.bit()
    } else if (scan.high === 0) this.firstOf(scan, one, at)
    else this.refine(scan, one, at)
  }

  /** All but the first coefficient of a block that is coded at once. */
  private coefficients(table: number): void {
    for (let k = 1; k < 64; ) {
      const symbol = this.symbol(16 + table)
      const size = symbol & 15
      if (size === 0 && symbol !== 0xf0) return
      k += (symbol >> 4) + 1
      this.skip(size)
    }
  }

  private firstOf({ from, to }: Scan, { flags, ac }: Component, at: number): void {
    if (this.emptyBlocks > 0) {
      this.emptyBlocks -= 1
      return
    }
    for (let k = from; k <= to; k += 1) {
      const symbol = this.symbol(16 + ac)
      const [run, size] = [symbol >> 4, symbol & 15]
      if (size === 0 && run < 15) {
        this.emptyBlocks = (1 << run) - 1 + this.number(run)
        return
      }
      k += run
      if (size === 0) continue
      if (k > to) throw cut()
      this.skip(size)
      flags![at + k] = 1
    }
  }

  private refine({ from, to }: Scan, { flags, ac }: Component, at: number): void {
    let k = from
    while (this.emptyBlocks === 0 && k <= to) {
      const symbol = this.symbol(16 + ac)
      const size = symbol & 15
      let run = symbol >> 4
      if (size === 0 && run < 15) {
        this.emptyBlocks = (1 << run) + this.number(run)
        break
      }
      if (size !== 0) this.bit()
      // Past so many zeros; each coefficient that is not zero takes one more bit.
      for (; k <= to; k += 1) {
        if (flags![at + k]) this.bit()
        else if (run === 0) break
        else run -= 1
      }
      if (size !== 0) {
        if (k > to) throw cut()
        flags![at + k] = 1
      }
      k += 1
    }
    if (this.emptyBlocks === 0) return
    for (; k <= to; k += 1) if (flags![at + k]) this.bit()
    this.emptyBlocks -= 1
  }

  private symbol(id: number): number {
    const table = this.tables.get(id)
    if (!table) throw cut()
    let code = 0
    for (let length = 1; length <= 16; length += 1) {
      code = (code << 1) | this.bit()
      if (code < table.end[length]!) return table.values[table.start[length]! + code - table.first[length]!]!
    }
    throw cut()
  }

  private bit(): number {
    if (this.left === 0) {
      const byte = this.bytes[this.at]
      // FF begins a marker unless 00 follows: the data of this scan, or of this part of it, is over.
      if (byte === undefined || (byte === 0xff && this.bytes[this.at + 1] !== 0)) throw cut()
      this.bits = byte
      this.left = 8
      this.at += byte === 0xff ? 2 : 1
    }
    this.left -= 1
    return (this.bits >> this.left) & 1
  }

  private skip(count: number): void {
    for (let nth = 0; nth < count; nth += 1) this.bit()
  }

  private number(count: number): number {
    let value = 0
    for (let nth = 0; nth < count; nth += 1) value = (value << 1) | this.bit()
    return value
  }

  private passRestart(): void {
    this.left = 0
    this.emptyBlocks = 0
    while (this.bytes[this.at] === 0xff && this.bytes[this.at + 1] === 0xff) this.at += 1
    const marker = this.bytes[this.at + 1]
    if (this.bytes[this.at] !== 0xff || marker === undefined || marker < 0xd0 || marker > 0xd7) throw cut()
    this.at += 2
  }
}
