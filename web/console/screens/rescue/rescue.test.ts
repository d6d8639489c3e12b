/** A rescue's answer in one sentence: all in, nothing new, or what needs a look. */
import { Rescued } from '@shared/contract/vocabulary'
import { describe, expect, test } from 'vitest'

import type { RescueAnswer, RescuedOp, RescuedPhoto } from '../../api/types'
import { needsLook, photosOf, toneOf, verdictOf } from './rescue'

const op = (status: Rescued): RescuedOp => ({ op_id: 'o', kind: 'observation.create', entity_id: 'e', captured_at: null, status, task_id: null })
const photo = (status: Rescued): RescuedPhoto => ({ photo_id: 'p', op_id: 'o', draft_id: null, role: 'scene', status })

function answer(ops: readonly Rescued[], photos: readonly Rescued[], more: Partial<RescueAnswer> = {}): RescueAnswer {
  return {
    rescue_id: 'r',
    again: false,
    changed: true,
    imported: { by: { id: 'a', name: '管理员' }, at: '2026-03-04T02:00:00Z' },
    person: { id: 'c', name: '小陈' },
    device_id: 'd',
    made_at: '2026-03-04T01:00:00Z',
    app_version: '0.1.0',
    ops: ops.map(op),
    photos: photos.map(photo),
    drafts: [],
    files: [],
    summary: {},
    ...more,
  }
}

describe('the answer in one sentence', () => {
  test('all of it is in', () => {
    expect(verdictOf(answer([Rescued.ACCEPTED], [Rescued.STORED]))).toMatchObject({ tone: 'good', title: '全部导入成功' })
  })

  test('the same file again changes nothing and says so', () => {
    const { tone, title } = verdictOf(answer([Rescued.DUPLICATE], [Rescued.DUPLICATE], { again: true, changed: false }))
    expect(tone).toBe('known')
    expect(title).toContain('以前导入过')
  })

  test('the same file again that completes the first time says both', () => {
    const { tone, title } = verdictOf(answer([Rescued.DUPLICATE], [Rescued.STORED], { again: true }))
    expect([tone, title]).toEqual(['good', '这个文件以前导入过。全部导入成功'])
  })

  test.each([Rescued.DAMAGED, Rescued.MISSING, Rescued.REJECTED])('a photo that is %s needs a look', (status) => {
    expect(verdictOf(answer([Rescued.ACCEPTED], [status])).tone).toBe('warn')
  })

  test('a store that is away asks for the same file again', () => {
    expect(verdictOf(answer([Rescued.ACCEPTED], [Rescued.DAMAGED, Rescued.UNAVAILABLE])).advice).toContain('再导入一次')
  })
})

test('photos are counted by their op', () => {
  expect(photosOf(answer([Rescued.ACCEPTED], [Rescued.STORED, Rescued.DUPLICATE, Rescued.MISSING]), 'o')).toEqual({ here: 2, of: 3 })
  expect(photosOf(answer([], [Rescued.STORED]), 'another')).toEqual({ here: 0, of: 0 })
  const ofDraft = { ...photo(Rescued.STORED), op_id: null, draft_id: 'd' }
  expect(photosOf(answer([], [], { photos: [ofDraft] }), null)).toEqual({ here: 0, of: 0 })
})

test('every fate has its tone, and one of a newer server is looked at', () => {
  expect(Object.values(Rescued).filter((status) => !needsLook({ status }))).toEqual(['accepted', 'duplicate', 'stored'])
  expect(toneOf('later' as Rescued)).toBe('warn')
})
