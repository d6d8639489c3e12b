/** What the phases of one sync cycle share: its surroundings, its state, and what it ends with. No DOM, no Vue. */
import { Refused, Unreachable } from '@shared/api/client'
import type { Problem } from '@shared/api/problem'

import type { SessionRow, Trouble } from '../model/rows'
import { toldToWait } from '../model/rules'
import type { LocalStore } from '../store/localStore'
import type { Transport } from './transport'

export type Phase = 'session' | 'push' | 'photos' | 'receipts' | 'pull' | 'free'

export interface Progress {
  readonly phase: Phase
  readonly photos?: { readonly done: number; readonly all: number }
  readonly sending?: { readonly photo_id: string; readonly sent: number }
}

/** done: everything that could be done now is done · the others say what the cycle waits for. */
export type Outcome =
  | { readonly kind: 'done'; readonly left: number; readonly nextAt: number | null }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'sign-in-again'; readonly problem: Problem }
  | { readonly kind: 'disabled'; readonly problem: Problem }
  | { readonly kind: 'offline'; readonly why: Unreachable['why'] }
  | { readonly kind: 'later'; readonly problem: Problem; readonly retryAfterMs: number | null }
  | { readonly kind: 'storage-full' }
  | { readonly kind: 'fault' }

export interface Surroundings {
  readonly localStore: LocalStore
  readonly transport: Transport
  readonly now: () => number
  readonly random: () => number
  readonly progress?: (progress: Progress) => void
  /** Throws `Unreachable` where the server does not answer. Asked before anything is frozen by its first send: without
   * a network a record can still be edited. */
  readonly reach?: () => Promise<void>
}

/** Ends the cycle at once with what it waits for. */
export class Stop extends Error {
  constructor(readonly outcome: Outcome) {
    super(outcome.kind)
    this.name = 'Stop'
  }
}

/** The server is of another generation than before: the receipts of everything retained were requested again. */
export class NewGeneration extends Error {}

export interface Cycle extends Surroundings {
  session: SessionRow
  serverNow: string | null
  /** A renewal under way: all who met the old token's end wait for the same one. */
  renewal: Promise<void> | null
  /** The token the last renewal brought, until the server took it once. */
  untried: string | null
  /** Ops that failed by themselves while the server was there, and were skipped. */
  passedOver: number
  /** Photos whose upload failed in this cycle: their receipts are requested too. */
  readonly doubtful: Set<string>
}

/** Why a try came to nothing, for the row; anything unforeseen is thrown on. */
export function troubleOf(error: unknown, now: number): Trouble {
  const at = new Date(now).toISOString()
  if (error instanceof Unreachable) return { why: error.why, at }
  if (error instanceof Refused) return { why: 'refused', at, problem: error.problem }
  throw error
}

/** The wait the server asked for, in milliseconds. */
export function waitOf(error: Refused): number | null {
  return toldToWait(error.retryAfterSeconds)
}
