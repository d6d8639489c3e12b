/** A drawing over a photo while it is made: strokes begun, led on, ended, taken back. Pure. */
import { MAX_POINTS, MAX_POINTS_IN_ALL, MAX_STROKES, StrokeKind } from '../contract/vocabulary'
import type { Annotation, Stroke } from '../api/types'

type Point = readonly [number, number]

/** Nearer than this to the last point a line has not moved. */
const STEP = 0.004
/** A circle or an arrow smaller than this was a mistake. */
const SLIP = 0.01

const within = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000

export const begun = (kind: StrokeKind, at: Point): Stroke => ({ kind, points: [spot(at), spot(at)] })

export function led(stroke: Stroke, to: Point): Stroke {
  const next = spot(to)
  if (stroke.kind !== StrokeKind.PEN) return { ...stroke, points: [stroke.points[0]!, next] }
  const last = stroke.points.at(-1)!
  if (stroke.points.length >= MAX_POINTS || distance(last, next) < STEP) return stroke
  return { ...stroke, points: [...stroke.points, next] }
}

/** Whether somebody meant it. */
export function isMeant(stroke: Stroke): boolean {
  const [first] = stroke.points
  return !!first && stroke.points.some((point) => distance(first, point) >= SLIP)
}

/** Whether one more stroke may be added to all that is drawn. */
export function hasRoom(all: readonly Annotation[], strokes: readonly Stroke[]): boolean {
  return strokes.length < MAX_STROKES && pointsOf(all) < MAX_POINTS_IN_ALL
}

/** A last stroke that would be too much is cut to what may be said. */
export function fitted(all: readonly Annotation[], stroke: Stroke): Stroke | null {
  const left = MAX_POINTS_IN_ALL - pointsOf(all)
  if (left < 2) return null
  return stroke.points.length <= left ? stroke : { ...stroke, points: stroke.points.slice(0, left) }
}

/** What is drawn over one photo, put in the place of what was there; nothing drawn is no annotation. */
export function put(all: readonly Annotation[], photoId: string, strokes: readonly Stroke[]): Annotation[] {
  const others = all.filter((one) => one.photo_id !== photoId)
  return strokes.length ? [...others, { photo_id: photoId, strokes }] : others
}

const pointsOf = (all: readonly Annotation[]): number =>
  all.reduce((sum, one) => sum + one.strokes.reduce((points, stroke) => points + stroke.points.length, 0), 0)

const spot = ([x, y]: Point): Point => [within(x), within(y)]
const distance = ([x1, y1]: Point, [x2, y2]: Point): number => Math.hypot(x1 - x2, y1 - y2)
