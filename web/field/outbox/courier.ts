/** What the sync cycle asks of the network, and the errors it may meet; the HTTP form of it. */
import type { Api } from '@shared/api'
import type { PullAnswer, PushAnswer, ReceiptsAnswer } from '@shared/wire'
import type { Person } from '@shared/wire'

import type { Declaration } from '../store/rows'

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
export interface Courier {
  refresh(refreshToken: string): Promise<Tokens>
  push(batch: Batch, token: string): Promise<PushAnswer>
  receipts(ask: { ops: readonly string[]; photos: readonly string[] }, token: string): Promise<ReceiptsAnswer>
  pull(cursor: string | null, token: string): Promise<PullAnswer>
  /** Returns when the server says the photo is complete; only a receipt proves it. */
  upload(upload: Upload, token: string): Promise<void>
}

const PULL_LIMIT = 500

/** The courier over HTTP; `makeApi` binds a token to a client, `upload` speaks tus. */
export function httpCourier(makeApi: (token: string | null) => Api, upload: Courier['upload']): Courier {
  return {
    refresh: (refresh_token) => makeApi(null).post<Tokens>('/sessions/refresh', { refresh_token }),
    push: (batch, token) => makeApi(token).post<PushAnswer>('/sync/push', batch),
    receipts: (ask, token) => makeApi(token).post<ReceiptsAnswer>('/sync/receipts', ask),
    pull: (cursor, token) => makeApi(token).get<PullAnswer>('/sync/pull', { query: { cursor, limit: PULL_LIMIT } }),
    upload,
  }
}
