/** Whose roads a phone keeps. */
import { expect, test } from 'vitest'

import { districtsToKeep } from './sketchKeeping'

const listed = ['jingkai', 'maojian', 'zhangwan'].map((district) => ({ district, digest: district, bytes: 1000 }))
const kept = (own: string | null, ofTasks: readonly (string | null)[]): string[] => districtsToKeep(listed, own, ofTasks).map((one) => one.district)

test('a person of a district keeps its roads and those of the own tasks', () => {
  expect(kept('maojian', [])).toEqual(['maojian'])
  expect(kept('maojian', ['zhangwan', null])).toEqual(['maojian', 'zhangwan'])
})

test('a handler of no district keeps those of the own tasks', () => {
  expect(kept(null, ['zhangwan'])).toEqual(['zhangwan'])
})

test('a person of the whole city keeps all', () => {
  expect(kept(null, [])).toEqual(['jingkai', 'maojian', 'zhangwan'])
})

test('a city without outlines has one sheet, which everybody keeps', () => {
  expect(districtsToKeep([{ district: '-', digest: 'x', bytes: 1 }], 'maojian', []).length).toBe(1)
})
