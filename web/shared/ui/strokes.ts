/** Lines of an annotation 圈注 as they are drawn: paths over a picture of a given size. Pure. */
import { StrokeKind } from '../contract/vocabulary'
import type { Annotation, Stroke } from '../api/types'

export type Point = readonly [number, number]

const HEAD = 0.045
const HEAD_ANGLE = 0.5

/** The path of a stroke over a picture `width` × `height`. */
export function pathOf(stroke: Stroke, width: number, height: number): string {
  const points = stroke.points.map(([x, y]): Point => [x * width, y * height])
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last) return ''
  if (stroke.kind === StrokeKind.ELLIPSE) return ellipse(first, last)
  const line = points.map(([x, y], place) => `${place ? 'L' : 'M'}${short(x)} ${short(y)}`).join('')
  return stroke.kind === StrokeKind.ARROW ? line + head(first, last, HEAD * Math.max(width, height)) : line
}

function ellipse([x1, y1]: Point, [x2, y2]: Point): string {
  const [rx, ry, cy] = [Math.abs(x2 - x1) / 2, Math.abs(y2 - y1) / 2, (y1 + y2) / 2]
  const left = Math.min(x1, x2)
  const arc = `A${short(rx)} ${short(ry)} 0 1 0`
  return `M${short(left)} ${short(cy)}${arc} ${short(left + 2 * rx)} ${short(cy)}${arc} ${short(left)} ${short(cy)}`
}

/** Two short lines back from the tip. */
function head([x1, y1]: Point, [x2, y2]: Point, size: number): string {
  const back = Math.atan2(y1 - y2, x1 - x2)
  return [-HEAD_ANGLE, HEAD_ANGLE]
    .map((turn) => `M${short(x2)} ${short(y2)}L${short(x2 + size * Math.cos(back + turn))} ${short(y2 + size * Math.sin(back + turn))}`)
    .join('')
}

const short = (value: number): string => String(Math.round(value * 10) / 10)

/** Everything drawn over one photo by any of these. */
export function strokesOn(photoId: string, annotations: readonly (readonly Annotation[] | undefined)[]): Stroke[] {
  return annotations.flatMap((some) => some ?? []).flatMap((one) => (one.photo_id === photoId ? one.strokes : []))
}
