/** What a photo's caption says, and what it never makes up. */
import { beforeEach, expect, test } from 'vitest'

import { stampLines } from './stamp'
import { speak } from '../i18n/language'

beforeEach(() => speak('zh'))

test('time in Shanghai, position with its accuracy, and the point', () => {
  const place = { lon: 110.787512, lat: 32.649618, accuracy_m: 8.4 }
  expect(stampLines({ takenAt: '2026-03-04T01:30:00Z', place, name: '五堰步行商业街' })).toEqual([
    '2026-03-04 09:30',
    '110.78751, 32.64962 ±8 m',
    '五堰步行商业街',
  ])
})

test('a photo without a fix says so', () => {
  expect(stampLines({ takenAt: null, place: null })).toEqual(['拍摄时间不详', '拍摄时没有定位'])
})
