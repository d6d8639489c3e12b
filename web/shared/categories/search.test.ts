/** Finding a category by everyday words, spellings, codes and whole phrases. */
import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import type { Category } from '../api/types'
import { findCategories } from './search'

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
  unsorted: false,
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

test('what nobody has sorted is offered by its own button, never by a search', () => {
  const unsorted = { ...category('GG9999', '待归类（公共设施）', 'dgl'), unsorted: true }
  expect(findCategories([...ALL, unsorted], '待归类')).toEqual([])
})

const words = new Map(linesOf(`${DATA}/category_words.csv`, ',').map(([code, initials, synonyms]) => [code, { initials, synonyms }]))
const starter = linesOf(`${DATA}/categories.csv`, ',')
  .slice(1)
  .map((cells) => ({
    ...category(cells[0] ?? '', cells[2] ?? '', words.get(cells[0])?.initials ?? ''),
    synonyms: words.get(cells[0])?.synonyms ?? '',
    unsorted: cells.at(-1) === '1',
  }))
const phrasings = linesOf(PHRASINGS, '\t').map(([text = '', code = '']) => ({ text, code }))

test('of 150 everyday phrasings at least 90 % find the right category among the first three', () => {
  const missed = phrasings.filter(({ text, code }) => !findCategories(starter, text, 3).some((found) => found.code === code))
  const hits = phrasings.length - missed.length
  process.stdout.write(`right category among the first three: ${hits} of ${phrasings.length} phrasings (${((100 * hits) / phrasings.length).toFixed(1)} %)\n`)
  expect(phrasings).toHaveLength(150)
  expect(missed.length, missed.map(({ text }) => text).join('\n')).toBeLessThanOrEqual(15)
})

test('at most 30 % of the phrasings share two characters in a row with any name of the category list', () => {
  const pairs = (text: string): string[] => [...text].slice(1).map((sign, at) => [...text][at]! + sign)
  const isWord = /^\p{Script=Han}{2}$/u
  const sorted = starter.filter((one) => !one.unsorted)
  const inNames = (text: string, names: readonly string[]): boolean =>
    names.flatMap(pairs).some((pair) => isWord.test(pair) && text.includes(pair))
  const share = (count: number): string => `${count} of ${phrasings.length} phrasings (${((100 * count) / phrasings.length).toFixed(1)} %)`
  const list = sorted.map((one) => one.name_zh)
  const any = phrasings.filter(({ text }) => inNames(text, list)).length
  const own = phrasings.filter(({ text, code }) => inNames(text, sorted.filter((one) => one.code === code).map((one) => one.name_zh))).length
  process.stdout.write(`sharing two characters with the list: ${share(any)}; with the right category's name: ${share(own)}\n`)
  expect(any / phrasings.length).toBeLessThanOrEqual(0.3)
})
