import { describe, expect, it } from 'vitest'

import { planeAt } from './projection'
import { levelFor, tilesOf } from './tiles'

const BASE = { url: 'https://tiles.example', key: 'a-key' }
const plane = planeAt(110.78, 32.63)

describe('the tiles of a window', () => {
  const tiles = tilesOf(BASE, plane, { x: 0, y: 0, width: 9000, height: 6000 }, 10)

  it('cover it without a gap', () => {
    const [first, last] = [tiles[0]!, tiles.at(-1)!]
    expect(first.x).toBeLessThanOrEqual(-4500)
    expect(first.y).toBeLessThanOrEqual(-3000)
    expect(last.x + last.width).toBeGreaterThanOrEqual(4500)
    expect(last.y + last.height).toBeGreaterThanOrEqual(3000)
    expect(tiles[1]!.x).toBeCloseTo(first.x + first.width, 6)
  })
  it('are the ones the worked example of slippy tiles names', () => {
    // Level 14 at 110.78 E, 32.63 N: column 13233, row 6619.
    expect(tiles.map((tile) => tile.id)).toContain('14/6619/13233')
  })
  it('hold the place they are of', () => {
    const home = tiles.find((tile) => tile.id === '14/6619/13233')!
    expect(home.x <= 0 && home.x + home.width >= 0).toBe(true)
    expect(home.y <= 0 && home.y + home.height >= 0).toBe(true)
  })
  it('are asked of the two layers by the key', () => {
    const [drawing, names] = tiles[0]!.links
    expect(drawing).toContain('https://tiles.example/vec_w/wmts?')
    expect(names).toContain('LAYER=cva')
    expect(new URL(drawing).searchParams.get('tk')).toBe('a-key')
  })
  it('are never a flood', () => {
    expect(tilesOf(BASE, plane, { x: 0, y: 0, width: 400_000, height: 400_000 }, 1)).toEqual([])
  })
})

describe('the level', () => {
  it('is finer from nearer, and stays within what is published', () => {
    expect(levelFor(8, 32.63)).toBe(14)
    expect(levelFor(0.01, 32.63)).toBe(18)
    expect(levelFor(1e9, 32.63)).toBe(1)
  })
})
