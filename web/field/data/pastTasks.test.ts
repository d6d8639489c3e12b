import type { PastTask } from '@shared/api/types'
import { expect, test } from 'vitest'

import { notWithUs } from './pastTasks'

const past = (id: string, at: string): PastTask => ({
  id,
  number: `20260304-${id}`,
  version: 4,
  category: 'MQ0201',
  category_name: '店外经营',
  dispatched_at: null,
  handed_back_at: at,
  events: [],
})

test('what was handed back last stands first, and what came back stands among the tasks only', () => {
  const kept = [past('a', '2026-03-01T00:00:00Z'), past('b', '2026-03-03T00:00:00Z'), past('c', '2026-03-02T00:00:00Z')]
  expect(notWithUs(kept, [{ id: 'c' }]).map((one) => one.id)).toEqual(['b', 'a'])
})
