/**
 * The one view that two photographs share: how near, and which part of the picture is centred.
 *
 * Pure. The centre is a fraction of the picture (0…1), not pixels, so photographs of different
 * size and shape show the same part; scale 1 is the whole picture fitted into its pane.
 */

export interface View {
  scale: number
  cx: number
  cy: number
}

export interface Size {
  width: number
  height: number
}

export interface Spot {
  x: number
  y: number
}

export const WHOLE: View = { scale: 1, cx: 0.5, cy: 0.5 }
export const NEAREST = 12
export const CLOSE_LOOK = 3
const STEP = 1.25

/** The picture's size on screen at scale 1: as large as the pane allows, its shape kept. */
export function fitted(picture: Size, pane: Size): Size {
  if (!picture.width || !picture.height) return { width: 0, height: 0 }
  const ratio = Math.min(pane.width / picture.width, pane.height / picture.height)
  return { width: picture.width * ratio, height: picture.height * ratio }
}

/** A view that stays inside the picture: nobody loses the photograph beyond the pane's edge. */
export function clamped(view: View): View {
  const scale = Math.min(NEAREST, Math.max(1, view.scale))
  const reach = 0.5 / scale
  return { scale, cx: between(view.cx, reach), cy: between(view.cy, reach) }
}

function between(centre: number, reach: number): number {
  return Math.min(1 - reach, Math.max(reach, centre))
}

/** Nearer or farther by a factor, keeping what lies under `spot` (pixels from the pane's centre). */
export function zoomedAt(view: View, factor: number, spot: Spot, fit: Size): View {
  const scale = Math.min(NEAREST, Math.max(1, view.scale * factor))
  if (!fit.width || !fit.height) return clamped({ ...view, scale })
  const gain = 1 / view.scale - 1 / scale
  return clamped({
    scale,
    cx: view.cx + (spot.x / fit.width) * gain,
    cy: view.cy + (spot.y / fit.height) * gain,
  })
}

/** Moved by a drag of (dx, dy) pixels: the picture follows the pointer. */
export function dragged(view: View, dx: number, dy: number, fit: Size): View {
  if (!fit.width || !fit.height) return view
  return clamped({
    scale: view.scale,
    cx: view.cx - dx / (fit.width * view.scale),
    cy: view.cy - dy / (fit.height * view.scale),
  })
}

/** One step nearer (+1) or farther (-1) around the centre: the + and - keys. */
export function stepped(view: View, direction: 1 | -1): View {
  return clamped({ ...view, scale: view.scale * (direction === 1 ? STEP : 1 / STEP) })
}

/** How a wheel turn becomes a factor; a page-wise wheel must not jump across the whole range. */
export function wheelFactor(deltaY: number, deltaMode: number): number {
  const pixels = deltaMode === 0 ? deltaY : deltaY * 16
  return Math.exp(-Math.max(-240, Math.min(240, pixels)) * 0.0022)
}

/** Where to put the fitted picture, in pixels from the pane's centre, and how large. */
export function placed(view: View, fit: Size): { left: number; top: number; scale: number } {
  return {
    left: (0.5 - view.cx) * fit.width * view.scale,
    top: (0.5 - view.cy) * fit.height * view.scale,
    scale: view.scale,
  }
}
