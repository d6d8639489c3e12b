/** Searching categories, remembering the recent ones, giving photos their roles. */
import { readFileSync } from 'node:fs'

import type { Category } from '@shared/api/types'
import { describe, expect, test } from 'vitest'

import { nextRole, rolesFor } from '../../data/photoRoles'
import { findCategories, remember } from './search'

const DATA = '../inspect_server/operations/starter_data'
const PHRASINGS = '../tests/unit/registry/data/everyday_phrasings.tsv'

const linesOf = (file: string, separator: string): string[][] =>
  readFileSync(file, 'utf8').trim().split('\n').map((line) => line.split(separator))

const category = (code: string, name_zh: string, initials: string, name_en = '', active = true): Category => ({
  code,
  campaign: 'public_facilities',
  name_zh,
  name_en,
  initials,
  synonyms: null,
  pinyin: '',
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

test.each([
  ['ddc', 'MQ0204'],
  ['diandongche', 'MQ0204'],
  ['电动车', 'MQ0204'],
  ['单元门口停满了电动车', 'MQ0204'],
])('an everyday word and its spellings find a category: %s', (typed, code) => {
  const parking = { ...category('MQ0204', '门前车辆乱停', 'mqcllt'), synonyms: '电动车 电瓶车', pinyin: 'mqcllt diandongche ddc' }
  expect(findCategories([...ALL, parking], typed).map((found) => found.code)).toEqual([code])
})

test('a text that tells of no category finds none', () => {
  expect(findCategories(ALL, '今天天气真好')).toEqual([])
})

test('of 150 everyday phrasings at least 90 % find the right category among the first three', () => {
  const words = new Map(linesOf(`${DATA}/category_words.csv`, ',').map(([code, initials, synonyms]) => [code, { initials, synonyms }]))
  const starter = linesOf(`${DATA}/categories.csv`, ',').slice(1).map(([code = '', , name = '']) => ({
    ...category(code, name, words.get(code)?.initials ?? ''),
    synonyms: words.get(code)?.synonyms ?? '',
  }))
  const phrasings = linesOf(PHRASINGS, '\t')
  const missed = phrasings.filter(([text = '', code]) => !findCategories(starter, text, 3).some((found) => found.code === code))
  expect(phrasings).toHaveLength(150)
  expect(missed.length, missed.map(([text]) => text).join('\n')).toBeLessThanOrEqual(15)
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
