/** The one HTTP client of phone and console: deadlines, the X-Sync check, problems; knows no screen. */
import { parseProblem, problemSentence, type Problem } from './problem'

/** Nothing may be concluded: no network, no answer in time, or an answer that is not our server's. */
export class Unreachable extends Error {
  /** `status` is that of an answer that is not our server's, or that a web server gave in its place. */
  constructor(
    readonly why: 'network' | 'timeout' | 'stranger' | 'stalled',
    readonly status: number | null = null,
  ) {
    super(why)
    this.name = 'Unreachable'
  }
}

/** Our server said no, and why. */
export class Refused extends Error {
  constructor(
    readonly problem: Problem,
    readonly retryAfterSeconds: number | null,
    readonly body: unknown,
  ) {
    super(problemSentence(problem))
    this.name = 'Refused'
  }

  get status(): number {
    return this.problem.status
  }
}

export interface ApiSettings {
  /** Prefix of every path; tests and other origins set it. */
  readonly base?: string
  readonly fetch?: typeof fetch
  readonly timeoutMs?: number
  /** Phone: the bearer token in force, or null. */
  readonly token?: () => string | null
  /** In which language the server's sentences are read; the browser's own where none is named. */
  readonly language?: () => string
  /** Console: the CSRF token that belongs to the cookie session, or null. */
  readonly csrf?: () => string | null
}

export interface Call {
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>
  readonly body?: unknown
  /** Send no credential, whatever the settings say (sign-in, refresh). */
  readonly anonymous?: boolean
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** The request outlives the page that makes it. */
  readonly keepalive?: boolean
}

export interface Api {
  get<T>(path: string, call?: Call): Promise<T>
  post<T>(path: string, body?: unknown, call?: Call): Promise<T>
  patch<T>(path: string, body?: unknown, call?: Call): Promise<T>
  put<T>(path: string, body?: unknown, call?: Call): Promise<T>
  delete<T>(path: string, call?: Call): Promise<T>
}

const PREFIX = '/api/v1'
const TIMEOUT_MS = 20_000

/** `?a=1&b=2&b=3` without the empty ones. */
export function queryString(query: Call['query']): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === null || value === undefined || value === '') continue
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value]) params.append(name, String(one))
  }
  const text = params.toString()
  return text ? `?${text}` : ''
}

/** Seconds of a Retry-After header in either of its two forms. */
export function retryAfter(header: string | null, now: number): number | null {
  if (!header) return null
  if (/^\d+$/.test(header.trim())) return Number(header)
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1000))
}

/** A client for one kind of credential: `token` for the phone, `csrf` for the console's cookie session. */
export function createApi(settings: ApiSettings = {}): Api {
  const send = settings.fetch ?? ((input, init) => fetch(input, init))

  async function request<T>(method: string, path: string, call: Call = {}): Promise<T> {
    const headers = new Headers({ Accept: 'application/json' })
    const language = settings.language?.()
    if (language) headers.set('Accept-Language', language)
    if (call.body !== undefined) headers.set('Content-Type', 'application/json')
    const token = call.anonymous ? null : settings.token?.()
    if (token) headers.set('Authorization', `Bearer ${token}`)
    const csrf = method === 'GET' ? null : settings.csrf?.()
    if (csrf) headers.set('X-CSRF-Token', csrf)

    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), call.timeoutMs ?? settings.timeoutMs ?? TIMEOUT_MS)
    const cancel = () => abort.abort()
    call.signal?.addEventListener('abort', cancel, { once: true })
    try {
      const answer = await send(`${settings.base ?? ''}${PREFIX}${path}${queryString(call.query)}`, {
        method,
        headers,
        body: call.body === undefined ? null : JSON.stringify(call.body),
        credentials: settings.csrf ? 'same-origin' : 'omit',
        cache: 'no-store',
        redirect: 'error',
        keepalive: call.keepalive ?? false,
        signal: abort.signal,
      })
      // A captive portal answers 200 too: only the header says that this is our server.
      if (!answer.headers.get('X-Sync')) throw new Unreachable('stranger', answer.status)
      const raw = await answer.text()
      if (!answer.ok) {
        const body = safeJson(raw)
        throw new Refused(
          parseProblem(answer.status, body),
          retryAfter(answer.headers.get('Retry-After'), Date.now()),
          body,
        )
      }
      if (!raw) return undefined as T
      const body = safeJson(raw)
      // A cut or rewritten body is no answer at all.
      if (body === undefined) throw new Unreachable('stranger')
      return body as T
    } catch (error) {
      if (error instanceof Refused || error instanceof Unreachable) throw error
      throw new Unreachable(abort.signal.aborted ? 'timeout' : 'network')
    } finally {
      clearTimeout(timer)
      call.signal?.removeEventListener('abort', cancel)
    }
  }

  return {
    get: (path, call) => request('GET', path, call),
    post: (path, body, call) => request('POST', path, { ...call, body }),
    patch: (path, body, call) => request('PATCH', path, { ...call, body }),
    put: (path, body, call) => request('PUT', path, { ...call, body }),
    delete: (path, call) => request('DELETE', path, call),
  }
}

function safeJson(raw: string): unknown {
  try {
    return JSON.parse(raw) as unknown
  } catch {
    return undefined
  }
}
