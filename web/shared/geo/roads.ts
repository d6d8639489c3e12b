/** Roads 道路 of the sketch: their lines decoded once, with the box each lies in. Pure. */
import type { Spot } from './distance'

const UNITS_PER_DEGREE = 100_000

/** A sheet as the server sends it: a line is a position and then steps. */
interface Sheet {
  readonly attribution: string | null
  readonly roads: readonly { readonly name: string | null; readonly rank: number; readonly line: readonly number[] }[]
}

export interface Road {
  readonly name: string | null
  /** 1 main road to 4 lane. */
  readonly rank: number
  readonly spots: readonly Spot[]
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
}

function decoded(line: readonly number[]): Spot[] {
  const spots: Spot[] = []
  let lon = 0
  let lat = 0
  for (let at = 0; at + 1 < line.length; at += 2) {
    lon += line[at]!
    lat += line[at + 1]!
    spots.push({ lon: lon / UNITS_PER_DEGREE, lat: lat / UNITS_PER_DEGREE })
  }
  return spots
}

/** Main roads last: they are drawn over lanes. */
export function roadsOf(sheets: readonly Sheet[]): Road[] {
  return sheets
    .flatMap((sheet) => sheet.roads)
    .map(({ name, rank, line }) => {
      const spots = decoded(line)
      let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity]
      for (const { lon, lat } of spots) {
        west = Math.min(west, lon)
        east = Math.max(east, lon)
        south = Math.min(south, lat)
        north = Math.max(north, lat)
      }
      return { name, rank, spots, west, south, east, north }
    })
    .sort((a, b) => b.rank - a.rank)
}

/** Whom to name beside the roads, each once. */
export const attributionOf = (sheets: readonly Sheet[]): string => [...new Set(sheets.map((sheet) => sheet.attribution).filter(Boolean))].join('，')

/** Whether any part may lie within this half width and height, in degrees, of a position. */
export const isNear = (road: Road, centre: Spot, lons: number, lats: number): boolean =>
  road.west <= centre.lon + lons && road.east >= centre.lon - lons && road.south <= centre.lat + lats && road.north >= centre.lat - lats
