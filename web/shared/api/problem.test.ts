import { expect, it } from 'vitest'

import { problemSentence } from './problem'

const problem = (title: string, detail?: string, ...errors: string[]) => ({
  type: '/problems/x',
  slug: 'x',
  title,
  status: 422,
  detail,
  errors: errors.map((one) => ({ pointer: '/a', detail: one })),
})

it.each([
  [problem('请填写', '请检查。'), '请填写：请检查。'],
  [problem('内容不符合要求', '请按提示修改。', '请填写', '没有这个单位'), '内容不符合要求：请按提示修改。请填写；没有这个单位'],
  [problem('请先登录', '请先登录'), '请先登录'],
  [problem('Sign in first'), 'Sign in first'],
  [problem('The content does not meet the rules', 'Correct the fields.', 'Please fill in', 'There is no such unit'), 'The content does not meet the rules: Correct the fields. Please fill in. There is no such unit.'],
])('a problem is one sentence with the punctuation of its language', (given, sentence) => {
  expect(problemSentence(given)).toBe(sentence)
})
