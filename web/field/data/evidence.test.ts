/** What is still missing, by profile. */
import { Outcome, type PhotoRole, PhotoSource } from '@shared/contract/vocabulary'
import { describe, expect, test } from 'vitest'

import { missingToClose, missingToOpen, pieceWords, type Shown } from './evidence'

const shown = (roles: readonly PhotoRole[], over: Partial<Shown> = {}, source: PhotoSource = PhotoSource.SHUTTER): Shown => ({
  photos: roles.map((role) => ({ role, source })),
  note: '',
  ...over,
})

describe('to open', () => {
  test.each([
    ['A', [], ['scene', 'close']],
    ['A', ['scene'], ['close']],
    ['A', ['scene', 'close'], []],
    ['B', ['scene', 'close'], ['mark']],
    ['B', ['scene', 'close', 'close'], []],
    ['C', [], []],
    ['D+B', ['scene', 'close'], ['made_known', 'mark']],
    ['F', ['document'], ['note']],
    ['Z', [], []],
  ] as const)('profile %s with %j lacks %j', (code, roles, lacks) => {
    expect(missingToOpen(code, Outcome.OPEN, shown(roles))).toEqual(lacks)
  })

  test('a shop says whose it is', () => {
    expect(missingToOpen('B', Outcome.OPEN, shown(['scene', 'close'], { shop: true }))).toEqual([])
  })

  test('what was fixed on the spot shows before and after in place of the views', () => {
    expect(missingToOpen('A', Outcome.FIXED_ON_SPOT, shown(['before']))).toEqual(['after'])
  })
})

describe('to close', () => {
  test('a photo from the album alone is not one taken here', () => {
    expect(missingToClose('a', shown(['after'], {}, PhotoSource.INPUT))).toEqual(['taken_here'])
    expect(missingToClose('a', shown(['after']))).toEqual([])
  })

  test('with no photo at all, one thing is said, not two', () => {
    expect(missingToClose('a', shown([]))).toEqual(['after'])
  })

  test('words close what words can close', () => {
    expect(missingToClose('d', shown([]))).toEqual(['note'])
    expect(missingToClose('d', shown([], { note: '当场改正' }))).toEqual([])
  })

  test('a task without a profile requires nothing', () => {
    expect(missingToClose(null, shown([]))).toEqual([])
  })
})

test('the pieces have names for people', () => {
  expect(pieceWords(missingToOpen('A', Outcome.OPEN, shown(['scene'])))).toEqual(['近景'])
})
