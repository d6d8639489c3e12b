import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  clamped,
  dragged,
  fitted,
  NEAREST,
  placed,
  stepped,
  wheelFactor,
  WHOLE,
  zoomedAt,
  type View,
} from './zoom'

const PANE = { width: 600, height: 400 }
const FIT = fitted({ width: 1920, height: 1440 }, PANE)

/** The part of the picture (0…1) that lies under a spot of the pane. */
function under(view: View, spot: { x: number; y: number }) {
  const at = placed(view, FIT)
  return {
    x: (spot.x - at.left) / (FIT.width * view.scale) + 0.5,
    y: (spot.y - at.top) / (FIT.height * view.scale) + 0.5,
  }
}

describe('fitting', () => {
  it('keeps the shape of a wide and of a tall picture', () => {
    expect(FIT.width).toBeCloseTo(533.333, 3)
    expect(FIT.height).toBe(400)
    expect(fitted({ width: 3000, height: 1000 }, PANE)).toEqual({ width: 600, height: 200 })
  })
  it('survives a picture whose size is not known yet', () => {
    expect(fitted({ width: 0, height: 0 }, PANE)).toEqual({ width: 0, height: 0 })
    expect(zoomedAt(WHOLE, 2, { x: 9, y: 9 }, { width: 0, height: 0 }).scale).toBe(2)
  })
})

describe('zooming', () => {
  it('keeps what lies under the pointer under the pointer', () => {
    const spot = { x: 60, y: -40 }
    const before = under(WHOLE, spot)
    const nearer = zoomedAt(WHOLE, 3, spot, FIT)
    expect(under(nearer, spot).x).toBeCloseTo(before.x, 10)
    expect(under(nearer, spot).y).toBeCloseTo(before.y, 10)
  })
  it('ends at the whole picture and at the nearest look', () => {
    expect(stepped(WHOLE, -1)).toEqual(WHOLE)
    expect(zoomedAt(WHOLE, 1e6, { x: 0, y: 0 }, FIT).scale).toBe(NEAREST)
  })
  it('nears on wheel up, and a page-wise wheel makes no leap', () => {
    expect(wheelFactor(-100, 0)).toBeGreaterThan(1)
    expect(wheelFactor(100, 0)).toBeLessThan(1)
    expect(wheelFactor(-3, 1)).toBeLessThan(1.7)
    expect(wheelFactor(-100_000, 0)).toBeLessThan(2)
  })
})

describe('dragging', () => {
  it('moves the picture with the pointer', () => {
    const near = clamped({ scale: 4, cx: 0.5, cy: 0.5 })
    const moved = dragged(near, 50, 20, FIT)
    expect(placed(moved, FIT).left - placed(near, FIT).left).toBeCloseTo(50, 8)
    expect(placed(moved, FIT).top - placed(near, FIT).top).toBeCloseTo(20, 8)
  })
  it('does nothing while the whole picture is shown', () => {
    expect(dragged(WHOLE, 300, 300, FIT)).toEqual(WHOLE)
  })
  it('never loses the picture, whatever the pointer does', () => {
    const gestures = fc.array(
      fc.oneof(
        fc.record({ dx: fc.integer({ min: -900, max: 900 }), dy: fc.integer({ min: -900, max: 900 }) }),
        fc.record({ factor: fc.double({ min: 0.05, max: 20, noNaN: true }) }),
      ),
    )
    fc.assert(
      fc.property(gestures, (list) => {
        let view = WHOLE
        for (const gesture of list) {
          view =
            'factor' in gesture
              ? zoomedAt(view, gesture.factor, { x: 100, y: 100 }, FIT)
              : dragged(view, gesture.dx, gesture.dy, FIT)
          const reach = 0.5 / view.scale
          expect(view.scale).toBeGreaterThanOrEqual(1)
          expect(view.cx).toBeGreaterThanOrEqual(reach - 1e-9)
          expect(view.cx).toBeLessThanOrEqual(1 - reach + 1e-9)
        }
      }),
    )
  })
})
