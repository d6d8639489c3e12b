import { expect, test } from 'vitest'

import type { Visit } from '@shared/api/types'

import type { Visitor } from '../../api/visits'
import { hintOf, kindIn, standingOf, underWay } from './visitWords'

const visit = (over: Partial<Visit>): Visit => ({ kind: 'verify', state: 'asked', finding: null, overdue: false, ...over }) as Visit

test.each([
  ['reported', 'pre_check'],
  ['verifying', 'verify'],
  ['handling', null],
  ['closed', null],
] as const)('a case that is %s is checked on the spot as %s', (state, kind) => {
  expect(kindIn(state)).toBe(kind)
})

test.each<[Partial<Visit>, string, string]>([
  [{}, '待现场查看', 'warn'],
  [{ overdue: true }, '已超期，尚无结果', 'bad'],
  [{ state: 'withdrawn' }, '已撤回', 'plain'],
  [{ state: 'done', finding: 'confirmed' }, '已整改到位', 'good'],
  [{ state: 'done', finding: 'not_confirmed' }, '问题仍在', 'bad'],
  [{ kind: 'pre_check', state: 'done', finding: 'confirmed' }, '问题属实', 'bad'],
  [{ kind: 'pre_check', state: 'done', finding: 'cannot_tell' }, '无法判断', 'warn'],
])('a visit with %j stands as %s', (over, words, tone) => {
  expect(standingOf(visit(over))).toEqual({ words, tone })
})

test('only one that is assigned is under way', () => {
  expect(underWay([visit({ state: 'done' }), visit({ state: 'withdrawn' })])).toBeNull()
  expect(underWay([visit({ id: 'a' })])?.id).toBe('a')
})

test('who can be sent says how near they are and what they have to do', () => {
  const lin: Visitor = {
    id: 'l',
    name: '小林',
    district: 'maojian',
    district_name: '茅箭区',
    on_duty_here: true,
    distance_m: 1240,
    last_record_at: null,
    visits_open: 2,
    is_reporter: false,
  }
  expect(hintOf(lin)).toBe('本区 · 上次记录距此 1.2 公里 · 待复核 2 件')
  expect(hintOf({ ...lin, on_duty_here: false, distance_m: null, visits_open: 0, is_reporter: true })).toBe('茅箭区 · 上报人')
})
