import { createHash } from 'node:crypto'

import { expect, test } from 'vitest'

import { golden } from '../testing/golden'
import { fold } from './fold'

interface Folded {
  readonly texts: readonly (readonly [string, string])[]
  readonly ranges: readonly { readonly first: number; readonly last: number; readonly sha256: string }[]
}

const { texts, ranges } = golden<Folded>('folded_texts')

test.each(texts)('%j is folded as the server folds it', (text, folded) => {
  expect(fold(text)).toBe(folded)
})

test.each(ranges)('every character from $first to $last is folded as the server folds it', ({ first, last, sha256 }) => {
  const folded = Array.from({ length: last - first + 1 }, (_, at) => fold(String.fromCodePoint(first + at)))
  expect(createHash('sha256').update(folded.join('\n')).digest('hex')).toBe(sha256)
})
