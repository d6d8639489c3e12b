import { afterEach, describe, expect, it, vi } from 'vitest'

import { Refused, Unreachable } from '@shared/api/client'

import { get, post, sentenceOf, useCsrfToken, whenSignedOut } from './http'

function answers(status: number, body: unknown, headers: Record<string, string> = { 'X-Sync': '1' }) {
  const fetched = vi.fn<typeof fetch>(() =>
    Promise.resolve(new Response(JSON.stringify(body), { status, headers })),
  )
  vi.stubGlobal('fetch', fetched)
  return fetched
}

const headersOf = (fetched: ReturnType<typeof answers>) => new Headers(fetched.mock.calls[0]?.[1]?.headers)

afterEach(() => {
  vi.unstubAllGlobals()
  useCsrfToken(null)
  whenSignedOut(() => undefined)
})

describe('a request of the console', () => {
  it('carries the CSRF token when it changes something, and only then', async () => {
    useCsrfToken('t0ken')
    const posted = answers(200, {})
    await post('/tasks/1/moves', {})
    expect(headersOf(posted).get('X-CSRF-Token')).toBe('t0ken')
    const read = answers(200, {})
    await get('/board')
    expect(headersOf(read).get('X-CSRF-Token')).toBeNull()
  })
  it('tells about a lost session, but not about a wrong password', async () => {
    const lost = vi.fn()
    whenSignedOut(lost)
    answers(401, { slug: 'not-signed-in', title: '请先登录' })
    await expect(post('/sessions', {}, { anonymous: true })).rejects.toBeInstanceOf(Refused)
    expect(lost).not.toHaveBeenCalled()
    await expect(get('/board')).rejects.toBeInstanceOf(Refused)
    expect(lost).toHaveBeenCalledTimes(1)
  })
  it('takes an answer without our mark for no answer, and keeps the session', async () => {
    const lost = vi.fn()
    whenSignedOut(lost)
    answers(401, {}, {})
    await expect(get('/board')).rejects.toBeInstanceOf(Unreachable)
    expect(lost).not.toHaveBeenCalled()
  })
  it('has a sentence for what a person can act on, and hides no defect', () => {
    expect(sentenceOf(new Unreachable('network')).zh).toContain('连不上服务器')
    expect(() => sentenceOf(new TypeError('a defect'))).toThrow('a defect')
  })
})
