/**
 * The tiles of a base map 底图 under the sketch: which ones a window needs, and where each lies. Pure.
 *
 * Web Mercator tiles (the public WMTS set `w` of 天地图; CGCS2000 there and WGS-84 here differ by
 * centimetres, nothing is shifted). A tile is put by its corners on the sketch's own plane: they
 * are exact, and within a tile the two projections part by less than a pixel.
 */
import type { Projection } from './projection'

export interface BaseMap {
  readonly url: string
  readonly key: string
}

export interface Tile {
  readonly id: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** The drawing, and the names over it. */
  readonly links: readonly [string, string]
}

const AROUND = 40_075_016.686
const TILE_PX = 256
const LEVELS = { least: 1, most: 18 }
/** A frame of any screen needs fewer; a mistake must not become a flood of requests. */
const MOST_TILES = 120

const radians = (degrees: number) => (degrees * Math.PI) / 180
const column = (lon: number, across: number) => ((lon + 180) / 360) * across
const row = (lat: number, across: number) => ((1 - Math.asinh(Math.tan(radians(lat))) / Math.PI) / 2) * across
const lonOf = (x: number, across: number) => (x / across) * 360 - 180
const latOf = (y: number, across: number) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / across))) * 180) / Math.PI

/** The level whose pixels are nearest to the screen's, at this latitude. */
export function levelFor(metresPerPixel: number, lat: number): number {
  const level = Math.log2((AROUND * Math.cos(radians(lat))) / (TILE_PX * metresPerPixel))
  return Math.min(LEVELS.most, Math.max(LEVELS.least, Math.round(level)))
}

function link(base: BaseMap, layer: string, level: number, x: number, y: number): string {
  const params = new URLSearchParams({
    SERVICE: 'WMTS',
    REQUEST: 'GetTile',
    VERSION: '1.0.0',
    LAYER: layer,
    STYLE: 'default',
    TILEMATRIXSET: 'w',
    FORMAT: 'tiles',
    TILEMATRIX: String(level),
    TILEROW: String(y),
    TILECOL: String(x),
    tk: base.key,
  })
  return `${base.url}/${layer}_w/wmts?${params}`
}

/** The tiles of a window on the plane, from north-west to south-east. */
export function tilesOf(
  base: BaseMap,
  plane: Projection,
  window: { x: number; y: number; width: number; height: number },
  metresPerPixel: number,
): Tile[] {
  const high = plane.degrees(window.x - window.width / 2, window.y - window.height / 2)
  const low = plane.degrees(window.x + window.width / 2, window.y + window.height / 2)
  const level = levelFor(metresPerPixel, (high.lat + low.lat) / 2)
  const across = 2 ** level
  const inside = (n: number) => Math.min(across - 1, Math.max(0, Math.floor(n)))
  const [west, east] = [inside(column(high.lon, across)), inside(column(low.lon, across))]
  const [north, south] = [inside(row(high.lat, across)), inside(row(low.lat, across))]
  if ((east - west + 1) * (south - north + 1) > MOST_TILES) return []
  const tiles: Tile[] = []
  for (let y = north; y <= south; y++) {
    for (let x = west; x <= east; x++) {
      const corner = plane.flat(lonOf(x, across), latOf(y, across))
      const opposite = plane.flat(lonOf(x + 1, across), latOf(y + 1, across))
      tiles.push({
        id: `${level}/${y}/${x}`,
        ...corner,
        width: opposite.x - corner.x,
        height: opposite.y - corner.y,
        links: [link(base, 'vec', level, x, y), link(base, 'cva', level, x, y)],
      })
    }
  }
  return tiles
}
