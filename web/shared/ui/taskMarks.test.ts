import { expect, test } from 'vitest'

import { marksOf } from './taskMarks'
import type { TaskRow } from '../api/types'

const PLAIN = {
  escalated_at: null,
  make_safe_due_at: null,
  made_safe_at: null,
  asked_more_at: null,
  extension: null,
  extensions: 0,
  shelved_until: null,
  appeal: null,
} as TaskRow
const AT = '2026-05-19T16:00:00Z'
const words = (over: Partial<TaskRow>) => marksOf({ ...PLAIN, ...over }).map((mark) => mark.label.zh)

test.each<[Partial<TaskRow>, string[]]>([
  [{}, []],
  [{ escalated_at: AT }, ['督办']],
  [{ make_safe_due_at: AT }, ['尚未排险']],
  [{ make_safe_due_at: AT, made_safe_at: AT }, []],
  [{ asked_more_at: AT }, ['等补充']],
  [{ visit_due_at: AT }, ['现场复核中']],
  [{ extension: 'endorsed', extensions: 1 }, ['延期待二级审批']],
  [{ extensions: 1 }, ['已延期 1 次']],
  [{ shelved_until: AT }, ['挂账至 2026-05-20']],
  [{ appeal: 'upheld' }, ['申诉成立']],
])('a case with %j says so', (over, said) => {
  expect(words(over)).toEqual(said)
})
