import { describe, expect, it } from 'vitest'

import { conditionOf } from './photoCondition'

describe('why a photograph cannot be shown', () => {
  it.each([
    ['declared', 'pending', '照片未上传'],
    ['partial', 'pending', '照片未传完'],
    ['stored', 'pending', '审阅件生成中'],
    ['stored', 'failed', '审阅件生成失败，原件已封存'],
    ['rejected', 'pending', '照片被拒收'],
  ])('%s and %s is told in words', (state, derivative, words) => {
    expect(conditionOf({ state, derivative })?.label.zh).toBe(words)
  })
  it('names the reason of a refusal', () => {
    const problem = { type: '', slug: 'not-an-image', title: '不是图片', status: 422 }
    expect(conditionOf({ state: 'rejected', derivative: 'pending', problem })?.label.zh).toBe(
      '照片被拒收：不是图片',
    )
  })
  it('is nothing when it can', () => {
    expect(conditionOf({ state: 'stored', derivative: 'ready' })).toBeNull()
  })
})
