/** Words that found no category wait until they have arrived, masked and without doubles. */
import { beforeEach, expect, test, vi } from 'vitest'

import { Refused, Unreachable } from '@shared/api/client'

import { noteMiss, sendMisses } from './categoryMisses'

const post = vi.fn<(path: string, body: unknown) => Promise<void>>()

vi.mock('./phone', () => ({ asMe: (read: (api: unknown) => unknown) => read({ post }) }))

const kept = new Map<string, string>()
vi.stubGlobal('localStorage', {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => kept.set(key, value),
  removeItem: (key: string) => kept.delete(key),
})

beforeEach(() => {
  kept.clear()
  post.mockReset().mockResolvedValue()
})

test('digits stay on the phone, short and repeated words are left out', async () => {
  for (const typed of ['窨井冒烟', ' 窨井冒烟\u200b', '打13812345678', '井', '　']) noteMiss(typed)
  await sendMisses()
  expect(post).toHaveBeenCalledWith('/categories/misses', { texts: ['窨井冒烟', '打###########'] })
  await sendMisses()
  expect(post).toHaveBeenCalledTimes(1)
})

test('without a network they wait, refused for good they go', async () => {
  noteMiss('窨井冒烟')
  post.mockRejectedValueOnce(new Unreachable('network'))
  await sendMisses()
  const problem = { slug: 'invalid', status: 422, title: '', detail: '' }
  post.mockRejectedValueOnce(new Refused(problem as never, null, null))
  await sendMisses()
  await sendMisses()
  expect(post).toHaveBeenCalledTimes(2)
})

test('at most twenty wait, the newest', async () => {
  for (let number = 0; number < 30; number += 1) noteMiss(`词${String.fromCodePoint(0x4e00 + number)}`)
  await sendMisses()
  const [, body] = post.mock.calls[0] as [string, { texts: string[] }]
  expect(body.texts).toHaveLength(20)
  expect(body.texts.at(-1)).toBe(`词${String.fromCodePoint(0x4e00 + 29)}`)
})
