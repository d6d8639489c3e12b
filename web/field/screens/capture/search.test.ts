/** Searching categories, remembering the recent ones, giving photos their roles. */
import type { Category } from '@shared/api/types'
import { describe, expect, test } from 'vitest'

import { nextRole, rolesFor } from '../../data/photoRoles'
import { findCategories, remember } from './search'

const category = (code: string, name_zh: string, initials: string, name_en = '', active = true): Category => ({
  code,
  campaign: 'public_facilities',
  name_zh,
  name_en,
  initials,
  severity: 3,
  limit_value: 1,
  limit_unit: 'working_days',
  record_as: 'task',
  evidence_open: 'A',
  evidence_close: 'a',
  active,
})

const ALL = [
  category('GG0101', '井盖缺失移位开裂', 'jgqsywkl', 'manhole missing'),
  category('GG0102', '井盖破损', 'jgps', 'cover broken'),
  category('BW0201', '乱扔烟头', 'lryt', 'cigarette ends'),
  category('BW0202', '乱停车', 'ltc', 'illegal parking', false),
]

describe('findCategories', () => {
  test.each([
    ['jg', ['GG0101', 'GG0102']],
    ['JGPS', ['GG0102']],
    ['烟头', ['BW0201']],
    ['烟头\u200b', ['BW0201']],
    ['ＪＧＰＳ', ['GG0102']],
    ['　破\u00ad损', ['GG0102']],
    ['破损', ['GG0102']],
    ['头烟', ['BW0201']],
    ['parking', []],
    ['gg0101', ['GG0101']],
    ['cover', ['GG0102']],
    ['   ', []],
  ])('%s finds %j', (typed, codes) => {
    expect(findCategories(ALL, typed).map((found) => found.code)).toEqual(codes)
  })
})

test('the newest of at most six recent categories stands first, each once', () => {
  expect(remember(['a', 'b', 'c', 'd', 'e', 'f'], 'c')).toEqual(['c', 'a', 'b', 'd', 'e', 'f'])
  expect(remember(['a', 'b', 'c', 'd', 'e', 'f'], 'g')).toEqual(['g', 'a', 'b', 'c', 'd', 'e'])
})

describe('photo roles', () => {
  test('an open record begins with the scene and goes on with close-ups', () => {
    expect([nextRole('open', []), nextRole('open', ['scene']), nextRole('open', ['scene', 'close'])]).toEqual(['scene', 'close', 'close'])
  })

  test('what was fixed on the spot is shown before and after', () => {
    expect(rolesFor('fixed_on_spot', ['scene', 'close'])).toEqual(['before', 'before'])
    expect(nextRole('fixed_on_spot', ['before', 'before'])).toBe('after')
  })

  test('a changed mind gives the first photo back its scene', () => {
    expect(rolesFor('open', ['before', 'after'])).toEqual(['scene', 'close'])
  })
})
