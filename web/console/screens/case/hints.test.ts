import { describe, expect, it } from 'vitest'

import { HintLevel } from '@shared/contract/vocabulary'
import type { Evidence, Hint, Task } from '@shared/api/types'

import { grouped, lookAt, MARKS } from './hints'

const photo = (id: string) => ({ photo_id: id, role: 'after', taken_at: '2026-09-30T02:00:00Z', distance_m: 3 }) as Evidence

const hint = (some: Partial<Hint>): Hint => ({
  kind: 'same_exposure',
  severity: 'danger',
  text: '与案件 20260930-000001 的照片为同一次拍摄',
  text_en: 'is the same exposure as a photo of case 20260930-000001',
  photo_id: 'after',
  other_photo_id: null,
  other_task_id: null,
  to_confirm: true,
  ...some,
})

const caseWith = (...hints: Hint[]) => ({ evidence: [photo('before'), photo('after')], hints }) as unknown as Task

describe('like hints', () => {
  it('are one line with how many photos it is about', () => {
    const alike = [hint({ photo_id: 'first' }), hint({ photo_id: 'second' })]
    const groups = grouped([alike[0]!, hint({ kind: 'far_from_before', text: '距问题位置 90 米' }), alike[1]!])
    expect(groups.map(({ hint, count }) => [hint.kind, count])).toEqual([
      ['same_exposure', 2],
      ['far_from_before', 1],
    ])
    expect(groups[0]!.hints).toEqual(alike)
  })
})

describe('the signs of hints', () => {
  it('are there for every level', () => {
    expect(Object.keys(MARKS).sort()).toEqual(Object.values(HintLevel).sort())
  })
})

describe('following a hint', () => {
  it('lays both photos of the case side by side', () => {
    const task = caseWith(hint({ other_photo_id: 'before' }))
    expect(lookAt(task.hints![0]!, task)).toEqual({ left: photo('before'), right: photo('after'), caseId: null })
  })
  it('shows the photo of another case and leads there', () => {
    const task = caseWith(hint({ other_photo_id: 'theirs', other_task_id: 'case' }))
    const look = lookAt(task.hints![0]!, task)
    expect(look?.left).toMatchObject({ photo_id: 'theirs', derivative: 'ready', taken_at: null, distance_m: null })
    expect(look?.caseId).toBe('case')
  })
  it('shows the photo alone where the other one is not to be seen', () => {
    const task = caseWith(hint({}))
    expect(lookAt(task.hints![0]!, task)).toEqual({ left: null, right: photo('after'), caseId: null })
  })
  it('leads nowhere from what is about the whole record', () => {
    expect(lookAt(hint({ photo_id: null }), caseWith())).toBeNull()
  })
})
