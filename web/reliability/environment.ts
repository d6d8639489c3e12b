/**
 * What a browser has and Node has not, as far as the phone's core needs it, made so that a history
 * plays the same way twice: a request leaves when all that could run before it has run, hashes are
 * taken at once, and short waits are shorter. Must be imported before the core.
 */
import 'fake-indexeddb/auto'

import { createHash } from 'node:crypto'
import { Agent, type ClientRequest, type IncomingMessage, request as send } from 'node:http'

/** So many turns of the loop without network are enough for every store to come to rest. */
const TURNS = 80
/** Pauses between the tries of a photo; the timers that guard a dead line are longer and stay. */
const SHORT_MS = 8_000
const FASTER = 1_000

const agent = new Agent({ keepAlive: false })
let origin = ''
let dead = false
const underWay = new Set<Promise<void>>()

export function speakTo(address: string): void {
  origin = address
}

/** From now on nothing leaves this phone and nothing reaches it: its process is gone. */
export function killNetwork(): void {
  dead = true
}

export function reviveNetwork(): void {
  dead = false
}

/** Waits until the line is silent: what a dead process had sent is answered to nobody. */
export async function silence(): Promise<void> {
  while (underWay.size > 0) await Promise.all(underWay)
}

export const never = <T>(): Promise<T> => new Promise<T>(() => undefined)

/** Lets everything else run that can run without the network. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

interface Answered {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

async function exchange(method: string, path: string, headers: Record<string, string>, body: Buffer, begun: (r: ClientRequest) => void): Promise<Answered> {
  await settled()
  if (dead) return never()
  const going = new Promise<Answered>((resolve, reject) => {
    const request = send(new URL(path, origin), { method, agent, headers: { ...headers, 'Content-Length': String(body.length) } }, (answer) => {
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces) }))
    })
    request.on('error', reject)
    begun(request)
    request.end(body)
  })
  const over: Promise<void> = going.then(
    () => void underWay.delete(over),
    () => void underWay.delete(over),
  )
  underWay.add(over)
  const answer = await going.catch((error: unknown) => (dead ? never<never>() : Promise.reject(error as Error)))
  return dead ? never() : answer
}

/** `fetch` as `createApi` uses it. */
export async function fetchHere(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const headers = Object.fromEntries(new Headers(init.headers).entries())
  const body = Buffer.from((init.body as string | null | undefined) ?? '')
  const path = input instanceof Request ? input.url : String(input)
  const answer = await exchange(init.method ?? 'GET', path, headers, body, (request) => {
    init.signal?.addEventListener('abort', () => request.destroy(new Error('aborted')), { once: true })
  })
  const told = new Headers()
  for (const [name, value] of Object.entries(answer.headers)) told.set(name, String(value))
  return new Response(answer.status === 204 ? null : new Uint8Array(answer.body), { status: answer.status, headers: told })
}

type Heard = ((event: unknown) => void) | null

/** XMLHttpRequest as tus-js-client's browser build uses it. */
class XhrHere {
  readonly upload: { onprogress: Heard } = { onprogress: null }
  onload: Heard = null
  onerror: Heard = null
  status = 0
  responseText = ''
  withCredentials = false
  private method = ''
  private path = ''
  private request: ClientRequest | null = null
  private aborted = false
  private readonly told: Record<string, string> = {}
  private heard: IncomingMessage['headers'] = {}

  open(method: string, path: string): void {
    this.method = method
    this.path = path
  }

  setRequestHeader(name: string, value: string): void {
    this.told[name] = value
  }

  getResponseHeader(name: string): string | null {
    const value = this.heard[name.toLowerCase()]
    return value === undefined ? null : String(value)
  }

  abort(): void {
    this.aborted = true
    this.request?.destroy()
  }

  send(body: Blob | null = null): void {
    void this.go(body)
  }

  private async go(body: Blob | null): Promise<void> {
    try {
      const bytes = body === null ? Buffer.alloc(0) : Buffer.from(await body.arrayBuffer())
      const answer = await exchange(this.method, this.path, this.told, bytes, (request) => {
        this.request = request
      })
      this.status = answer.status
      this.heard = answer.headers
      this.responseText = answer.body.toString('utf8')
      if (bytes.length > 0) this.upload.onprogress?.({ lengthComputable: true, loaded: bytes.length, total: bytes.length })
      this.onload?.({})
    } catch (error) {
      if (!this.aborted) this.onerror?.(error)
    }
  }
}

const wait = globalThis.setTimeout
const hasty = (work: () => void, ms = 0): NodeJS.Timeout => wait(work, ms < SHORT_MS ? ms / FASTER : ms)
const digest = (_: unknown, bytes: ArrayBuffer): Promise<ArrayBuffer> => {
  const made = createHash('sha256').update(new Uint8Array(bytes)).digest()
  return Promise.resolve(new Uint8Array(made).buffer)
}

Object.assign(globalThis, { window: globalThis, XMLHttpRequest: XhrHere, setTimeout: hasty })
Object.defineProperty(crypto.subtle, 'digest', { value: digest })
