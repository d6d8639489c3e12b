/** Where a record is, when its photos and the phone disagree. */
import { beforeEach, describe, expect, test } from 'vitest'

import { speak } from '@shared/i18n/language'
import type { PlaceHere } from '../../core/model/rows'
import { betterPlace, measuredBeside, placeWords } from './where'

const at = (accuracy_m: number, minute: number): PlaceHere => ({
  lon: 110.8,
  lat: 32.6,
  accuracy_m,
  source: 'gnss',
  fixed_at: new Date(Date.UTC(2026, 3, 1, 2, minute)).toISOString(),
})

beforeEach(() => speak('zh'))

describe('betterPlace', () => {
  test('the first photo with a fix says where the record is', () => {
    expect(betterPlace(null, at(30, 0))).toEqual(at(30, 0))
    expect(betterPlace(at(30, 0), null)).toEqual(at(30, 0))
  })

  test('a better fix a minute later is of the same spot', () => {
    expect(betterPlace(at(30, 0), at(8, 1))).toEqual(at(8, 1))
  })

  test('a better fix ten minutes later is of another', () => {
    expect(betterPlace(at(30, 0), at(8, 10))).toEqual(at(30, 0))
  })
})

describe('measuredBeside', () => {
  const pin = { ...at(12, 5), source: 'pin' as const }

  test('the measured place of the record is kept when a pin takes its place', () => {
    expect(measuredBeside({ place: at(8, 0), measured: null }, at(30, 9))).toEqual(at(8, 0))
  })

  test('a pin moved again keeps what was measured first', () => {
    expect(measuredBeside({ place: pin, measured: at(8, 0) }, at(30, 9))).toEqual(at(8, 0))
  })

  test('without a measured place the present fix serves, or nothing', () => {
    expect(measuredBeside({ place: null, measured: null }, at(30, 9))).toEqual(at(30, 9))
    expect(measuredBeside({ place: pin }, null)).toBeNull()
  })
})

describe('placeWords', () => {
  const nothing = { place: null, point: null, trouble: null, resumed: false }

  test('a record taken up again does not quietly take the place where the phone is now', () => {
    expect(placeWords({ ...nothing, resumed: true })).toContain('上次没有定位')
  })

  test('without permission there are still two ways on', () => {
    expect(placeWords({ ...nothing, trouble: 'denied' })).toBe('没有定位权限，可手动选点，也可以直接保存')
  })

  test('a fix is named with its kind and accuracy', () => {
    expect(placeWords({ ...nothing, place: at(8, 0) })).toBe('卫星定位 · ±8 m')
  })
})
