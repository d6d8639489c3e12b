import { describe, expect, it, vi } from 'vitest'

import { LinkCache } from './linkCache'

function linksAt(start: number) {
  let now = start
  let n = 0
  const ask = vi.fn((id: string) =>
    Promise.resolve({ url: `/media/${id}-${++n}`, expires_at: new Date(now + 300_000).toISOString() }),
  )
  return { links: new LinkCache(ask, () => now), ask, pass: (ms: number) => (now += ms) }
}

describe('addresses of photographs', () => {
  it('are fetched once while they are valid', async () => {
    const { links, ask, pass } = linksAt(1_000_000)
    expect(await links.urlOf('a', 'review')).toBe('/media/a-1')
    pass(200_000)
    expect(await links.urlOf('a', 'review')).toBe('/media/a-1')
    pass(100_000)
    expect(await links.urlOf('a', 'review')).toBe('/media/a-2')
    expect(ask).toHaveBeenCalledTimes(2)
  })
  it('are shared by two panes that ask at once', async () => {
    const { links, ask } = linksAt(0)
    await Promise.all([links.urlOf('a', 'review'), links.urlOf('a', 'review')])
    expect(ask).toHaveBeenCalledTimes(1)
  })
  it('are fetched again after a refusal', async () => {
    const ask = vi
      .fn()
      .mockRejectedValueOnce(new Error('photo-not-ready'))
      .mockResolvedValueOnce({ url: '/media/ready', expires_at: '2030-01-01T00:00:00Z' })
    const links = new LinkCache(ask)
    await expect(links.urlOf('a', 'review')).rejects.toThrow('photo-not-ready')
    expect(await links.urlOf('a', 'review')).toBe('/media/ready')
  })
})
