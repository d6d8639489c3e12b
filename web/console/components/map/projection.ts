/**
 * From degrees to the sketch's flat metres and back: a schematic, not a survey. Pure.
 *
 * Everything is drawn in metres east and south of an origin, so an accuracy circle is a circle
 * and a scale bar is true at the city's latitude.
 */

export type Bounds = [west: number, south: number, east: number, north: number]

export interface Flat {
  x: number
  y: number
}

const METRES_PER_DEGREE = 111_320

export interface Projection {
  flat(lon: number, lat: number): Flat
  degrees(x: number, y: number): { lon: number; lat: number }
}

/** A plane that touches the earth at (lon, lat). */
export function planeAt(lon: number, lat: number): Projection {
  const across = METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180)
  return {
    flat: (lo, la) => ({ x: (lo - lon) * across, y: (lat - la) * METRES_PER_DEGREE }),
    degrees: (x, y) => ({ lon: lon + x / across, lat: lat - y / METRES_PER_DEGREE }),
  }
}

/** Metres between two positions, on the same plane: right to a few per mille inside one city. */
export function metresBetween(
  a: { lon: number; lat: number },
  b: { lon: number; lat: number },
): number {
  const { x, y } = planeAt(a.lon, a.lat).flat(b.lon, b.lat)
  return Math.hypot(x, y)
}

/** An outline's rings as one SVG path in flat metres; holes stay holes by the even-odd rule. */
export function outlinePath(rings: [number, number][][], plane: Projection): string {
  return rings
    .map((ring) => {
      const spots = ring.map(([lon, lat]) => {
        const { x, y } = plane.flat(lon, lat)
        return `${Math.round(x)} ${Math.round(y)}`
      })
      return spots.length ? `M${spots.join('L')}Z` : ''
    })
    .join('')
}

/** A round length for the scale bar that fits into `room` metres: 1, 2 or 5 times a power of ten. */
export function barLength(most: number): number {
  if (!(most > 0)) return 0
  const power = 10 ** Math.floor(Math.log10(most))
  const lead = most / power
  return (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power
}

/** 500 m, 2 km. */
export function lengthWords(metres: number): string {
  if (metres >= 1000) {
    const km = metres / 1000
    return `${km >= 10 || Number.isInteger(km) ? Math.round(km) : km.toFixed(1)} km`
  }
  return `${Math.round(metres)} m`
}
