/** The console's one client: a cookie session with its CSRF token, and a signal when the session is lost. */
import { createApi, Refused, Unreachable } from '@shared/api/client'
import type { Call } from '@shared/api/client'
import { parseProblem } from '@shared/api/problem'
import { pageLanguage } from '@shared/i18n/language'

let csrfToken: string | null = null
let signedOut: () => void = () => undefined

const api = createApi({ csrf: () => csrfToken, language: pageLanguage })

export function useCsrfToken(token: string | null): void {
  csrfToken = token
}

export function csrf(): string | null {
  return csrfToken
}

/** What to do when the server no longer knows us. */
export function whenSignedOut(callback: () => void): void {
  signedOut = callback
}

/** A 401 of a call that needs a session means the session is gone; of an anonymous one it is the answer. */
export async function watchingSession<Answer>(answer: Promise<Answer>, anonymous?: boolean): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    if (!anonymous && error instanceof Refused && error.status === 401) signedOut()
    throw error
  }
}

export function get<Answer>(path: string, call: Call = {}): Promise<Answer> {
  return watchingSession(api.get<Answer>(path, call), call.anonymous)
}

export function post<Answer>(path: string, body?: unknown, call: Call = {}): Promise<Answer> {
  return watchingSession(api.post<Answer>(path, body, call), call.anonymous)
}

export function put<Answer>(path: string, body?: unknown, call: Call = {}): Promise<Answer> {
  return watchingSession(api.put<Answer>(path, body, call), call.anonymous)
}

/** What a call answers as a file: a table, a page to print. */
export async function fileOf(path: string, body: unknown): Promise<Blob> {
  const headers = new Headers({ 'Content-Type': 'application/json', 'Accept-Language': pageLanguage() })
  if (csrfToken) headers.set('X-CSRF-Token', csrfToken)
  const answer = await orUnreachable(
    fetch(`/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body), cache: 'no-store' }),
  )
  if (!answer.headers.get('X-Sync')) throw new Unreachable('stranger', answer.status)
  // A file that is cut on its way is no file.
  if (answer.ok) return orUnreachable(answer.blob())
  const problem = jsonOf(await orUnreachable(answer.text()))
  return watchingSession(Promise.reject<Blob>(new Refused(parseProblem(answer.status, problem), null, problem)))
}

/** What the browser rejects here is a connection that failed or was cut. */
async function orUnreachable<Part>(part: Promise<Part>): Promise<Part> {
  try {
    return await part
  } catch {
    throw new Unreachable('network')
  }
}

/** A file whose answer comes line by line: each line is reported when it arrives, the last one is the answer. */
export function sendForLines<Line>(path: string, file: Blob, sent: (bytes: number) => void, onLine: (line: Line) => void): Promise<Line> {
  let read = 0
  function linesOf(text: string): void {
    for (let end = text.indexOf('\n', read); end >= 0; end = text.indexOf('\n', read)) {
      const line = jsonOf(text.slice(read, end))
      read = end + 1
      if (line !== undefined) onLine(line as Line)
    }
  }
  return watchingSession(
    sending(path, file, sent, linesOf, (text) => jsonOf(text.trimEnd().split('\n').at(-1) ?? '') as Line | undefined),
  )
}

/** A file as the body of a call, with word of how much of it is sent: `fetch` tells no progress. */
export function sendFile<Answer>(path: string, file: Blob, progress: (sent: number) => void): Promise<Answer> {
  return watchingSession(sending(path, file, progress, null, (text) => jsonOf(text) as Answer | undefined))
}

function sending<Answer>(
  path: string,
  file: Blob,
  progress: (sent: number) => void,
  coming: ((text: string) => void) | null,
  read: (text: string) => Answer | undefined,
): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `/api/v1${path}`)
    request.setRequestHeader('Accept', 'application/json')
    request.setRequestHeader('Accept-Language', pageLanguage())
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    if (csrfToken) request.setRequestHeader('X-CSRF-Token', csrfToken)
    request.upload.onprogress = (event) => progress(event.loaded)
    request.onprogress = () => {
      if (request.status < 300) coming?.(request.responseText)
    }
    request.onerror = () => reject(new Unreachable('network'))
    request.onload = () => {
      const body = request.status >= 300 ? jsonOf(request.responseText) : read(request.responseText)
      if (!request.getResponseHeader('X-Sync')) reject(new Unreachable('stranger', request.status))
      else if (request.status >= 300) reject(new Refused(parseProblem(request.status, body), null, body))
      else if (body === undefined) reject(new Unreachable('stranger'))
      else resolve(body as Answer)
    }
    request.send(file)
  })
}

function jsonOf(raw: string): unknown {
  try {
    return JSON.parse(raw) as unknown
  } catch {
    return undefined
  }
}

export async function remove(path: string): Promise<void> {
  await watchingSession(api.delete(path))
}

/** One sentence for a screen: what went wrong. */
export function sentenceOf(error: unknown): { zh: string; en: string } {
  if (error instanceof Refused) return { zh: error.message, en: error.message }
  if (error instanceof Unreachable) return sentenceOfUnreachable(error)
  throw error
}

const NO_NETWORK = {
  zh: '连不上服务器。请检查网络，稍后重试。',
  en: 'The server cannot be reached. Check the network and try again.',
}

/** Whom a person turns to differs: to the network, or to whoever runs the server. */
function sentenceOfUnreachable({ why, status }: Unreachable): { zh: string; en: string } {
  if (why === 'timeout') {
    return { zh: '服务器太久没有应答。请稍后重试。', en: 'The server took too long to answer. Try again later.' }
  }
  if (why !== 'stranger') return NO_NETWORK
  if (status === null) {
    return { zh: '服务器的应答不完整。请重试。', en: 'The answer of the server is incomplete. Try again.' }
  }
  if (status === 502 || status === 503 || status === 504) {
    return {
      zh: `网络是通的，但服务没有应答（HTTP ${status}）。请稍后重试；一直如此请告诉管理员。`,
      en: `The network works, but the service does not answer (HTTP ${status}). Try again later; if it stays so, tell the administrator.`,
    }
  }
  if (status >= 500) {
    return {
      zh: `服务器出错（HTTP ${status}），不是网络的问题。请重试；再次出现请告诉管理员。`,
      en: `The server failed (HTTP ${status}); the network works. Try again; if it happens again, tell the administrator.`,
    }
  }
  return {
    zh: `收到的不是本系统的应答（HTTP ${status}）。所在的网络可能要先登录。`,
    en: `Something else answered (HTTP ${status}). This network may want a sign-in of its own first.`,
  }
}
