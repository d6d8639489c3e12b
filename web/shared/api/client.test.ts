/** The client tells three things apart: an answer of ours, a refusal of ours, and nothing at all. */
import { describe, expect, test } from 'vitest'

import { createApi, queryString, Refused, retryAfter, Unreachable } from './client'

const OURS = { 'X-Sync': '1', 'Content-Type': 'application/json' }

function answering(answer: () => Response | Promise<Response>) {
  const sent: { url: string; init: RequestInit }[] = []
  const send = (async (url: string, init: RequestInit) => {
    sent.push({ url, init })
    return answer()
  }) as typeof fetch
  return { sent, send }
}

const header = (init: RequestInit, name: string): string | null => (init.headers as Headers).get(name)

describe('answers', () => {
  test('ours is parsed', async () => {
    const { send } = answering(() => new Response('{"a":1}', { headers: OURS }))
    await expect(createApi({ fetch: send }).get('/me')).resolves.toEqual({ a: 1 })
  })

  test('204 is nothing', async () => {
    const { send } = answering(() => new Response(null, { status: 204, headers: OURS }))
    await expect(createApi({ fetch: send }).delete('/sessions/current')).resolves.toBeUndefined()
  })

  test('a captive portal that says 200 is another server', async () => {
    const { send } = answering(() => new Response('{"results":[]}', { status: 200 }))
    await expect(createApi({ fetch: send }).post('/sync/push', {})).rejects.toMatchObject({ why: 'stranger' })
  })

  test('a body that was cut is no answer', async () => {
    const { send } = answering(() => new Response('{"results":[', { headers: OURS }))
    await expect(createApi({ fetch: send }).get('/me')).rejects.toMatchObject({ why: 'stranger' })
  })

  test('a fault of the network is unreachable', async () => {
    const { send } = answering(() => Promise.reject(new TypeError('failed')))
    await expect(createApi({ fetch: send }).get('/me')).rejects.toBeInstanceOf(Unreachable)
  })

  test('our refusal carries its problem and when to try again', async () => {
    const problem = { type: '/problems/too-many', title: '请求过于频繁', status: 429, detail: '请稍后' }
    const { send } = answering(() => new Response(JSON.stringify(problem), { status: 429, headers: { ...OURS, 'Retry-After': '7' } }))
    const error = await createApi({ fetch: send })
      .get('/me')
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(Refused)
    expect(error).toMatchObject({ status: 429, retryAfterSeconds: 7, problem: { slug: 'too-many' }, message: '请求过于频繁：请稍后' })
  })
})

test('an answer is asked for in the language of the page, not of the browser', async () => {
  const { send, sent } = answering(() => new Response('{}', { headers: OURS }))
  await createApi({ fetch: send, language: () => 'en' }).get('/me')
  await createApi({ fetch: send }).get('/me')
  expect(sent.map(({ init }) => header(init, 'Accept-Language'))).toEqual(['en', null])
})

describe('credentials', () => {
  test('the phone sends its bearer token and no cookie', async () => {
    const { sent, send } = answering(() => new Response('{}', { headers: OURS }))
    await createApi({ fetch: send, token: () => 'secret' }).get('/me')
    expect(header(sent[0]!.init, 'Authorization')).toBe('Bearer secret')
    expect(sent[0]!.init.credentials).toBe('omit')
  })

  test('the console sends its cookie, and the CSRF token with unsafe calls only', async () => {
    const { sent, send } = answering(() => new Response('{}', { headers: OURS }))
    const api = createApi({ fetch: send, csrf: () => 'token' })
    await api.get('/me')
    await api.post('/tasks/x/moves', {})
    expect(sent.map(({ init }) => [header(init, 'X-CSRF-Token'), init.credentials])).toEqual([
      [null, 'same-origin'],
      ['token', 'same-origin'],
    ])
  })
})

test('empty parameters are left out and lists are repeated', () => {
  expect(queryString({ cursor: null, state: ['filed', 'closed'], text: '', limit: 50 })).toBe('?state=filed&state=closed&limit=50')
})

test('Retry-After is read in seconds and as a date', () => {
  const now = Date.parse('2026-04-01T00:00:00Z')
  expect(retryAfter('12', now)).toBe(12)
  expect(retryAfter('Wed, 01 Apr 2026 00:00:30 GMT', now)).toBe(30)
  expect(retryAfter('soon', now)).toBeNull()
})
