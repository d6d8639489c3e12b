import { afterEach, expect, it } from 'vitest'

import { describeClose, describeOpen } from './evidence'
import { language } from './language'

afterEach(() => (language.value = 'zh'))

it('says in words what a category asks for, every part of it', () => {
  expect(describeOpen('D+B').split('；')).toHaveLength(2)
  expect(describeOpen('D+B')).toContain('已电话报告、已围护')
  language.value = 'en'
  expect(describeOpen('D+B')).toContain('fenced off')
  expect(describeClose('b')).toBe('a photo from after, checked by another person')
})

it('shows a code of a newer server as it is', () => {
  expect(describeOpen('Z')).toBe('Z')
})
