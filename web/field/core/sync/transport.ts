/** What the sync cycle asks of the network, and the errors it may meet; the HTTP form of it. */
import { type Api, Unreachable } from '@shared/api/client'
import type { Person, PullAnswer, PushAnswer, ReceiptsAnswer, SyncAnswer } from '@shared/api/types'

import type { Declaration } from '../model/rows'

export interface Tokens {
  readonly access_token: string
  readonly expires_at: string
  readonly refresh_token: string
  readonly person: Person
}

export interface Batch {
  readonly epoch: string | null
  readonly device_id: string
  readonly batch_id: string
  readonly sent_at: string
  readonly ops: readonly Record<string, unknown>[]
}

export interface Upload {
  readonly declaration: Declaration
  readonly op_id: string
  readonly bytes: ArrayBuffer
  /** True when an earlier try may have left bytes on the server. */
  readonly begun: boolean
  readonly progress: (sent: number) => void
}

/** Every method throws `Unreachable` (nothing may be concluded) or `Refused` (our server said no). */
export interface Transport {
  refresh(refreshToken: string): Promise<Tokens>
  push(batch: Batch, token: string): Promise<PushAnswer>
  receipts(ask: { ops: readonly string[]; photos: readonly string[] }, token: string): Promise<ReceiptsAnswer>
  pull(cursor: string | null, token: string, limit?: number): Promise<PullAnswer>
  /** Returns when the server says the photo is complete; only a receipt proves it. */
  upload(upload: Upload, token: string): Promise<void>
}

/** The most changes one page may hold. */
export const MOST_CHANGES = 500

/** An answer without its parts was cut or rewritten on the way: nothing may be concluded from it. */
function whole<T extends SyncAnswer>(answer: T, has: (answer: T) => boolean): T {
  const sound = typeof answer === 'object' && answer !== null && typeof answer.epoch === 'string' && !Number.isNaN(Date.parse(answer.server_now))
  if (!sound || !has(answer)) throw new Unreachable('stranger')
  return answer
}

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The transport over HTTP; `makeApi` binds a token to a client, `upload` speaks tus. */
export function httpTransport(makeApi: (token: string | null) => Api, upload: Transport['upload']): Transport {
  return {
    refresh: (refresh_token) => makeApi(null).post<Tokens>('/sessions/refresh', { refresh_token }),
    push: async (batch, token) =>
      whole(await makeApi(token).post<PushAnswer>('/sync/push', batch), ({ results }) => Array.isArray(results)),
    receipts: async (ask, token) =>
      whole(await makeApi(token).post<ReceiptsAnswer>('/sync/receipts', ask), ({ ops, photos }) => isRecord(ops) && isRecord(photos)),
    pull: async (cursor, token, limit = MOST_CHANGES) =>
      whole(
        await makeApi(token).get<PullAnswer>('/sync/pull', { query: { cursor, limit } }),
        ({ changes, reset, cursor: next }) => Array.isArray(changes) && Array.isArray(reset) && typeof next === 'string',
      ),
    upload,
  }
}
