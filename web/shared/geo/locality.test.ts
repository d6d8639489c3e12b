/** Street and community in words: what is presumed or undecided says so. */
import { beforeEach, expect, test } from 'vitest'

import { speak } from '../i18n/language'
import { localityWords, nearestWords } from './locality'

const names = { street: '五堰街道', community: '朝阳路社区居委会' }

beforeEach(() => speak('zh'))

test('what is confirmed or lies in an outline stands by itself', () => {
  for (const locality_basis of ['confirmed', 'outline', undefined] as const) {
    expect(localityWords({ ...names, locality_basis })).toBe('五堰街道 · 朝阳路社区居委会')
  }
})

test('what is presumed says so in words', () => {
  expect(localityWords({ ...names, locality_basis: 'presumed' })).toBe('五堰街道 · 朝阳路社区居委会（推定）')
  expect(localityWords({ ...names, community: null, locality_basis: 'presumed' })).toBe('五堰街道（推定）')
  speak('en')
  expect(localityWords({ ...names, locality_basis: 'presumed' })).toBe('五堰街道 · 朝阳路社区居委会 (Presumed)')
})

test('what nothing says is undecided, not blank', () => {
  expect(localityWords({ street: null, community: null, locality_basis: 'undecided' })).toBe('街道、社区未定')
})

test('the nearest point is named with its distance', () => {
  expect(nearestWords({ name: '人民商场', distance_m: 96.8 })).toBe('最近：人民商场 97 米')
  expect(nearestWords({ name: '三桥公厕', distance_m: 8250.4 })).toBe('最近：三桥公厕 8.3 公里')
})
