/** Geometry of the sketch: degrees to drawing units and back, on a local flat projection. Pure. */
import type { Ring } from '@shared/api/types'

import type { Spot } from '@shared/geo/distance'

const METRES_PER_DEGREE = 111_320
const CLOSEST_M = 200
const WIDEST_M = 300_000
const START_M = 2_500
/** The longest scale bar, as a share of the width. */
const LONGEST_BAR = 0.3

/** What is looked at: the centre, and how many metres the drawing is wide. */
export interface SketchView extends Spot {
  readonly metres: number
}

export function makeView(centre: Spot | null, bounds: readonly number[] | null, aspect: number, metres = START_M): SketchView {
  if (centre) return { lon: centre.lon, lat: centre.lat, metres }
  // A city that began with names only has nothing drawn yet.
  const [west, south, east, north] = bounds ?? []
  if (west === undefined || south === undefined || east === undefined || north === undefined) {
    return { lon: 110.79, lat: 32.63, metres: 30_000 }
  }
  const lat = (south + north) / 2
  const wide = (east - west) * METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180)
  const high = (north - south) * METRES_PER_DEGREE
  return { lon: (west + east) / 2, lat, metres: Math.max(wide * 1.05, high * aspect * 1.05, CLOSEST_M) }
}

export function zoomed(view: SketchView, factor: number): SketchView {
  return { ...view, metres: Math.min(WIDEST_M, Math.max(CLOSEST_M, view.metres * factor)) }
}

const scaleOf = (view: SketchView, width: number): { perLon: number; perLat: number } => {
  const unit = width / view.metres
  return { perLon: METRES_PER_DEGREE * Math.cos((view.lat * Math.PI) / 180) * unit, perLat: METRES_PER_DEGREE * unit }
}

export function project(spot: Spot, view: SketchView, width: number, height: number): { x: number; y: number } {
  const { perLon, perLat } = scaleOf(view, width)
  return { x: width / 2 + (spot.lon - view.lon) * perLon, y: height / 2 - (spot.lat - view.lat) * perLat }
}

export function unproject(at: { x: number; y: number }, view: SketchView, width: number, height: number): Spot {
  const { perLon, perLat } = scaleOf(view, width)
  return {
    lon: Number((view.lon + (at.x - width / 2) / perLon).toFixed(6)),
    lat: Number((view.lat - (at.y - height / 2) / perLat).toFixed(6)),
  }
}

/** The scale bar 比例尺: a round number of metres, and its length in drawing units. */
export function scaleBar(view: SketchView, width: number): { readonly metres: number; readonly units: number } {
  const longest = view.metres * LONGEST_BAR
  const power = 10 ** Math.floor(Math.log10(longest))
  const metres = [5, 2, 1].map((step) => step * power).find((round) => round <= longest) ?? power
  return { metres, units: (metres / view.metres) * width }
}

type Corners = readonly (readonly [number, number])[]

function ringsOf(geometry: Ring): Corners[] {
  return geometry.type === 'Polygon' ? (geometry.coordinates as Corners[]) : (geometry.coordinates as Corners[][]).flat()
}

/** The middle of an outline's box: where its name stands. */
export function middle(geometry: Ring): Spot {
  const corners = ringsOf(geometry).flat()
  const lons = corners.map(([lon]) => lon)
  const lats = corners.map(([, lat]) => lat)
  const between = (values: readonly number[]): number =>
    (values.reduce((a, b) => Math.min(a, b), Infinity) + values.reduce((a, b) => Math.max(a, b), -Infinity)) / 2
  return { lon: between(lons), lat: between(lats) }
}

/** A polygon or multipolygon as SVG path data. */
export function outline(geometry: Ring, view: SketchView, width: number, height: number): string {
  return ringsOf(geometry)
    .map((ring) => {
      const corners = ring.map(([lon, lat]) => {
        const { x, y } = project({ lon, lat }, view, width, height)
        return `${x.toFixed(1)} ${y.toFixed(1)}`
      })
      return `M${corners.join('L')}Z`
    })
    .join('')
}
