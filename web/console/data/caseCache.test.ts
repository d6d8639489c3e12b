import { describe, expect, it, vi } from 'vitest'

import type { Case } from '../api/types'
import { CaseCache } from './caseCache'

const task = (id: string, version = 1) => ({ id, version }) as Case

describe('cases fetched ahead', () => {
  it('are not fetched twice within half a minute', async () => {
    let now = 0
    const ask = vi.fn((id: string) => Promise.resolve(task(id)))
    const cases = new CaseCache(ask, () => now)
    await cases.get('a')
    now = 29_000
    await cases.get('a')
    expect(ask).toHaveBeenCalledTimes(1)
    now = 31_000
    await cases.get('a')
    expect(ask).toHaveBeenCalledTimes(2)
  })
  it('give way to what the server answered to a move', async () => {
    const cases = new CaseCache((id) => Promise.resolve(task(id, 3)))
    await cases.get('a')
    cases.learn(task('a', 4))
    expect((await cases.get('a')).version).toBe(4)
  })
  it('do not keep a refusal', async () => {
    const ask = vi.fn().mockRejectedValueOnce(new Error('gone')).mockResolvedValueOnce(task('a'))
    const cases = new CaseCache(ask)
    await expect(cases.get('a')).rejects.toThrow('gone')
    expect((await cases.get('a')).id).toBe('a')
  })
  it('keep a dozen, not the whole queue', async () => {
    const ask = vi.fn((id: string) => Promise.resolve(task(id)))
    const cases = new CaseCache(ask)
    for (let n = 0; n < 13; n += 1) await cases.get(`case-${n}`)
    await cases.get('case-12')
    expect(ask).toHaveBeenCalledTimes(13)
    await cases.get('case-0')
    expect(ask).toHaveBeenCalledTimes(14)
  })
})
