import { afterEach, describe, expect, it, vi } from 'vitest'

import { Refused, Unreachable } from '@shared/api/client'

import { fileOf, get, post, sentenceOf, useCsrfToken, whenSignedOut } from './http'

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
    expect(sentenceOf(new Unreachable('timeout')).zh).toContain('太久没有应答')
    expect(() => sentenceOf(new TypeError('a defect'))).toThrow('a defect')
  })
})

describe('an answer that is not ours', () => {
  const failing = async (call: () => Promise<unknown>): Promise<string> => sentenceOf(await call().catch((error: unknown) => error)).zh

  it.each([
    [500, '服务器出错（HTTP 500），不是网络的问题'],
    [502, '网络是通的，但服务没有应答（HTTP 502）'],
    [504, '网络是通的，但服务没有应答（HTTP 504）'],
    [200, '收到的不是本系统的应答（HTTP 200）'],
    [404, '收到的不是本系统的应答（HTTP 404）'],
  ])('with status %i says whose fault it is', async (status, words) => {
    answers(status, '<h1>Internal Server Error</h1>', {})
    expect(await failing(() => get('/board'))).toContain(words)
    expect(await failing(() => fileOf('/invitations/many', {}))).toContain(words)
  })

  it('that was cut is asked for again', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('{"items":[', { headers: { 'X-Sync': '1' } })))
    expect(await failing(() => get('/board'))).toContain('应答不完整')
  })
})

describe('a file', () => {
  it('is the body of the answer', async () => {
    answers(200, 'x')
    expect(await (await fileOf('/invitations/many', {})).text()).toBe('"x"')
  })
  it('that our server refuses says why', async () => {
    answers(422, { slug: 'too-many-for-a-sheet', title: '一次打印的数量过多', status: 422 })
    await expect(fileOf('/invitations/many', {})).rejects.toBeInstanceOf(Refused)
  })
  it('that is cut on its way is a fault of the network', async () => {
    const cut = new ReadableStream({ start: (stream) => stream.error(new TypeError('network error')) })
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(cut, { headers: { 'X-Sync': '1' } })))
    await expect(fileOf('/invitations/many', {})).rejects.toMatchObject({ why: 'network' })
  })
})
