/** From the map answer to things to draw: outlines as paths, points as spots, on one plane. Pure. */
import type { MapSketch } from '@shared/api/types'

import { outlinePath, planeAt, type Flat, type Projection } from './projection'

export interface DrawnDistrict {
  readonly code: string
  readonly name: string
  readonly approximate: boolean
  readonly path: string
  /** Where the name stands: the middle of the largest ring. */
  readonly label: Flat
}

type Rings = [number, number][][]

function ringsOf(geometry: { type: string; coordinates: readonly unknown[] } | null): Rings {
  if (!geometry) return []
  if (geometry.type === 'Polygon') return geometry.coordinates as Rings
  return (geometry.coordinates as Rings[]).flat()
}

/** The middle of a ring's bounding box, weighted to its mass by averaging its corners in. */
function middle(ring: [number, number][], plane: Projection): Flat {
  const spots = ring.map(([lon, lat]) => plane.flat(lon, lat))
  const sum = spots.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 })
  return { x: sum.x / spots.length, y: sum.y / spots.length }
}

export function planeOf(map: MapSketch): Projection {
  const [west, south, east, north] = map.bounds
  return planeAt((west + east) / 2, (south + north) / 2)
}

export function drawDistricts(map: MapSketch, plane: Projection): DrawnDistrict[] {
  return map.districts.features.map(({ properties, geometry }) => {
    const rings = ringsOf(geometry)
    const largest = rings.reduce<[number, number][]>((big, ring) => (ring.length > big.length ? ring : big), [])
    return {
      code: properties.code,
      name: properties.name,
      approximate: !!properties.approximate,
      path: outlinePath(rings, plane),
      label: largest.length ? middle(largest, plane) : { x: 0, y: 0 },
    }
  })
}

/** A window on the plane: its middle and how many metres its width shows. */
export interface Window {
  readonly x: number
  readonly y: number
  readonly width: number
}

/** The window that shows all bounds in a frame of this shape, with a little air. */
export function windowOn(map: MapSketch, plane: Projection, frame: { width: number; height: number }): Window {
  const [west, south, east, north] = map.bounds
  const low = plane.flat(west, south)
  const high = plane.flat(east, north)
  const shape = frame.height > 0 ? frame.width / frame.height : 1
  const width = Math.max(high.x - low.x, (low.y - high.y) * shape) * 1.06
  return { x: (low.x + high.x) / 2, y: (low.y + high.y) / 2, width: width || 1000 }
}

/** Nearer or farther around a spot of the frame (fractions from its middle, -0.5…0.5). */
export function zoomWindow(
  window: Window,
  factor: number,
  spot: { x: number; y: number },
  shape: number,
  limits: { least: number; most: number },
): Window {
  const width = Math.min(limits.most, Math.max(limits.least, window.width / factor))
  const change = window.width - width
  return { x: window.x + spot.x * change, y: window.y + (spot.y * change) / shape, width }
}

export interface Spot<Thing> extends Flat {
  readonly things: readonly Thing[]
}

/** Things that would lie on each other at this scale, gathered around the first of them. */
export function gathered<Thing>(
  placed: readonly (Flat & { readonly thing: Thing })[],
  metresApart: number,
): Spot<Thing>[] {
  const groups: { x: number; y: number; things: Thing[] }[] = []
  for (const { x, y, thing } of placed) {
    const near = groups.find((group) => Math.hypot(group.x - x, group.y - y) < metresApart)
    if (near) near.things.push(thing)
    else groups.push({ x, y, things: [thing] })
  }
  return groups
}

/** The window on the middle nine tenths of these spots: one stray far off does not shrink the city. */
export function windowAround(spots: readonly Flat[], frame: { width: number; height: number }): Window | null {
  if (spots.length < 3) return null
  const shape = frame.height > 0 ? frame.width / frame.height : 1
  const [west, east] = middleOf(spots.map((spot) => spot.x))
  const [north, south] = middleOf(spots.map((spot) => spot.y))
  const width = Math.max(east - west, (south - north) * shape, 1000) * 1.25
  return { x: (west + east) / 2, y: (north + south) / 2, width }
}

function middleOf(values: number[]): [number, number] {
  const sorted = [...values].sort((a, b) => a - b)
  const skip = Math.floor(sorted.length * 0.05)
  return [sorted[skip]!, sorted[sorted.length - 1 - skip]!]
}
