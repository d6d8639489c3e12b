/** Roads on the sketch: those in sight as one path a rank, and where their names stand. Pure. */
import { isNear, type Road } from '@shared/geo/roads'

import { type Label, widthOf } from './labels'
import { project, type SketchView, unproject } from './sketchView'

/** Beyond so many metres of width lower ranks would be a grey mass. */
const WIDEST_M: Readonly<Record<number, number>> = { 1: 60_000, 2: 20_000, 3: 6_000, 4: 2_000 }

/** The roads that lie in sight and are wide enough for this scale. */
export function roadsShown(roads: readonly Road[], view: SketchView, width: number, height: number): Road[] {
  const corner = unproject({ x: width, y: 0 }, view, width, height)
  const [lons, lats] = [Math.abs(corner.lon - view.lon), Math.abs(corner.lat - view.lat)]
  return roads.filter((road) => view.metres <= (WIDEST_M[road.rank] ?? 0) && isNear(road, view, lons, lats))
}

/** One path for all roads of a rank, lanes first. */
export function roadPaths(roads: readonly Road[], view: SketchView, width: number, height: number): { readonly rank: number; readonly d: string }[] {
  const paths = new Map<number, string>()
  for (const road of roads) {
    const corners = road.spots.map((spot) => {
      const { x, y } = project(spot, view, width, height)
      return `${x.toFixed(1)} ${y.toFixed(1)}`
    })
    paths.set(road.rank, `${paths.get(road.rank) ?? ''}M${corners.join('L')}`)
  }
  return [...paths].map(([rank, d]) => ({ rank, d }))
}

/** Where along what is in sight of a road its name may stand, the best first. */
const SHARES = [0.5, 0.25, 0.75, 0.1, 0.9]

/** Each name once, main roads first, on the longest piece of what is in sight. */
export function roadNames(roads: readonly Road[], view: SketchView, width: number, height: number): Label[] {
  const labels: Label[] = []
  const named = new Set<string>()
  for (const road of [...roads].sort((a, b) => a.rank - b.rank || b.spots.length - a.spots.length)) {
    if (!road.name || named.has(road.name)) continue
    const seen = along(road.spots.map((spot) => project(spot, view, width, height))).filter(({ x, y }) => x > 0 && x < width && y > 0 && y < height)
    if (seen.length === 0) continue
    named.add(road.name)
    for (const share of SHARES) {
      const { x, y } = seen[Math.floor(seen.length * share)]!
      labels.push({ key: `road:${road.name}:${share}`, group: road.name, text: road.name, x: x - widthOf(road.name) / 2, y: y + 4 })
    }
  }
  return labels
}

const STEP = 20

/** Points at even steps along a line: a straight road has two corners and all of them may be out of sight. */
function along(corners: readonly { readonly x: number; readonly y: number }[]): { readonly x: number; readonly y: number }[] {
  const points: { x: number; y: number }[] = []
  for (const [nth, from] of corners.entries()) {
    const to = corners[nth + 1]
    if (!to) continue
    const steps = Math.min(200, Math.max(1, Math.round(Math.hypot(to.x - from.x, to.y - from.y) / STEP)))
    for (let step = 0; step < steps; step += 1) points.push({ x: from.x + ((to.x - from.x) * step) / steps, y: from.y + ((to.y - from.y) * step) / steps })
  }
  return points
}
