import { describe, expect, it } from 'vitest'

import { MAX_POINTS, MAX_POINTS_IN_ALL, MAX_STROKES, StrokeKind } from '@shared/contract/vocabulary'
import { pathOf } from '@shared/ui/strokes'
import type { Stroke } from '@shared/api/types'

import { begun, fitted, hasRoom, isMeant, led, put } from './drawing'

const line = (points: number): Stroke => ({ kind: StrokeKind.PEN, points: Array.from({ length: points }, (_, n) => [n / points, 0.5] as const) })

describe('a drawing over a photo', () => {
  it('stays within its photo', () => {
    expect(led(begun(StrokeKind.ARROW, [0.5, 0.5]), [1.4, -3]).points).toEqual([
      [0.5, 0.5],
      [1, 0],
    ])
  })
  it('leads a circle by its corner and a line by its points', () => {
    const circle = led(led(begun(StrokeKind.ELLIPSE, [0, 0]), [0.2, 0.2]), [0.4, 0.6])
    expect(circle.points).toEqual([
      [0, 0],
      [0.4, 0.6],
    ])
    expect(led(led(begun(StrokeKind.PEN, [0, 0]), [0.2, 0.2]), [0.4, 0.6]).points).toHaveLength(4)
  })
  it('is no more than phones are sent', () => {
    let stroke = begun(StrokeKind.PEN, [0, 0])
    for (let n = 0; n < 2 * MAX_POINTS; n += 1) stroke = led(stroke, [n % 2, (n / MAX_POINTS) % 1])
    expect(stroke.points).toHaveLength(MAX_POINTS)
    const full = put([], 'a', [line(MAX_POINTS_IN_ALL)])
    expect(hasRoom(full, [])).toBe(false)
    expect(fitted(full, line(3))).toBeNull()
    expect(fitted(put([], 'a', [line(MAX_POINTS_IN_ALL - 2)]), line(3))?.points).toHaveLength(2)
    expect(hasRoom([], Array<Stroke>(MAX_STROKES).fill(line(2)))).toBe(false)
  })
  it('ignores a drawing too small to be meant', () => {
    expect(isMeant(led(begun(StrokeKind.ARROW, [0.5, 0.5]), [0.502, 0.5]))).toBe(false)
    expect(isMeant(led(begun(StrokeKind.ARROW, [0.5, 0.5]), [0.6, 0.5]))).toBe(true)
  })
  it('is gone when its last stroke is taken back', () => {
    expect(put(put([], 'a', [line(2)]), 'a', [])).toEqual([])
  })
  it('has a path in the pixels of any picture', () => {
    expect(pathOf(line(2), 100, 50)).toBe('M0 25L50 25')
    expect(pathOf({ kind: StrokeKind.ELLIPSE, points: [[0.5, 0.5], [0.1, 0.1]] }, 100, 100)).toBe('M10 30A20 20 0 1 0 50 30A20 20 0 1 0 10 30')
    expect(pathOf({ kind: StrokeKind.ARROW, points: [[0, 0], [1, 1]] }, 100, 100).match(/M/g)).toHaveLength(3)
  })
})
