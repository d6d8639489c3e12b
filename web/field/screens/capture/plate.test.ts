/** Codes on plates: typed, scanned, or inside an address. */
import type { Point, Shop } from '@shared/api/types'
import { describe, expect, test } from 'vitest'

import { codeIn, whatHas } from './plate'

const point = { id: 'p', code: 'MJ-001', name: '五堰' } as Point
const shop = { id: 's', plate_code: 'SQ-0012', name: '面馆', point_id: 'p' } as Shop

test.each([
  [' SQ-0012 ', 'SQ-0012'],
  ['https://cg.example.cn/p/SQ-0012', 'SQ-0012'],
  ['https://cg.example.cn/scan?code=SQ-0012&v=2', 'SQ-0012'],
  ['门牌 12', '门牌 12'],
])('%s names %s', (text, code) => {
  expect(codeIn(text)).toBe(code)
})

describe('whatHas', () => {
  test('a shop comes with its point, however it was typed', () => {
    expect(whatHas('sq-0012', [shop], [point])).toEqual({ shop, point })
    expect(whatHas('ＳＱ－００１２', [shop], [point])).toEqual({ shop, point })
  })

  test('a point’s sign names the point alone', () => {
    expect(whatHas('MJ-001', [shop], [point])).toEqual({ shop: null, point })
  })

  test('an unknown or an empty code names nothing', () => {
    expect(whatHas('SQ-9999', [shop], [point])).toBeNull()
    expect(whatHas('  ', [shop], [point])).toBeNull()
  })
})
