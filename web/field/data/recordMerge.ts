/** My records: what was made here and what the server tells, as one list. Pure. */
import { Move, ObservationState, OpKind, TaskState } from '@shared/contract/vocabulary'
import type { Observation, OwnTask, Verdict } from '@shared/api/types'

import { isOpen, toFollow, versionLeft } from '../core/model/rules'
import { type ItemState, itemState } from './queueWords'
import type { OpRow, PhotoRow } from '../core/model/rows'

export interface RecordCard {
  readonly id: string
  readonly category: string
  readonly note: string
  readonly captured_at: string
  /** The op that made it, while the phone still keeps it. */
  readonly op: OpRow | null
  /** Own photos the phone still keeps, those added later behind those it was made with. */
  readonly photosHere: readonly PhotoRow[]
  /** What the server knows; null before it arrived. */
  readonly copy: Observation | null
  readonly task: OwnTask | null
  readonly local: ItemState
  readonly withdrawn: boolean
  /** A withdrawal made here that the server has not taken yet. */
  readonly withdrawing: OpRow | null
  /** What was added here and the server's copy does not show yet. */
  readonly amending: OpRow | null
  /** The last addition, when the server did not take it and nobody has seen that. */
  readonly refusedAmendment: OpRow | null
  /** The version the next own op must name, and the own ops it must come after. */
  readonly version: number
  readonly after: readonly string[]
  /** The last withdrawal, when the server did not take it. */
  readonly refusedWithdrawal: OpRow | null
}

const isRefused = (op: OpRow): boolean => op.state === 'conflict' || op.state === 'quarantined'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Not delivered, or delivered and newer than the copy that was pulled. */
const isAhead = (op: OpRow, copy: Observation | null): boolean => isOpen(op) || versionLeft(op) > (copy?.version ?? 0)

const noteOf = (op: OpRow | undefined): unknown => (op?.content.data.fields as { readonly note?: unknown } | undefined)?.note

/** Newest first; a record stands once, whether it is here, there, or both. */
export function mergeRecords(ops: readonly OpRow[], photos: readonly PhotoRow[], copy: readonly Observation[]): RecordCard[] {
  const cards = new Map<string, RecordCard>()
  const inOrder = [...ops].sort((a, b) => a.made_at - b.made_at)
  const withdrawals = new Map(inOrder.filter((op) => op.kind === OpKind.OBSERVATION_WITHDRAW).map((op) => [op.entity_id, op]))
  const creations = new Map(ops.filter((op) => op.kind === OpKind.OBSERVATION_CREATE).map((op) => [op.entity_id, op]))
  const copies = new Map(copy.map((one) => [one.id, one]))
  for (const id of new Set([...creations.keys(), ...copies.keys()])) {
    const op = creations.get(id) ?? null
    const one = copies.get(id) ?? null
    const amendments = inOrder.filter((one) => one.kind === OpKind.OBSERVATION_AMEND && one.entity_id === id)
    const effective = amendments.filter((one) => !isRefused(one))
    const own = new Set([...(op ? [op] : []), ...effective].map((one) => one.op_id))
    const photosHere = photos.filter((photo) => photo.op_id !== null && own.has(photo.op_id)).sort((a, b) => a.added_at - b.added_at)
    const last = amendments.at(-1) ?? null
    const mine = [...(op ? [op] : []), ...effective]
    const withdrawal = withdrawals.get(id) ?? null
    const withdrawn = one?.state === ObservationState.WITHDRAWN || withdrawal?.state === 'accepted'
    cards.set(id, {
      id,
      category: one?.category ?? text(op?.content.data.category),
      note: text(noteOf(effective.filter((creations) => isAhead(creations, one)).at(-1)) ?? one?.data.note ?? op?.content.data.note),
      captured_at: one?.captured_at ?? op!.content.captured_at,
      op,
      photosHere,
      copy: one,
      task: one?.task ?? null,
      local: op ? itemState(op, photosHere) : 'delivered',
      withdrawn,
      amending: effective.filter((creations) => isAhead(creations, one)).at(-1) ?? null,
      refusedAmendment: last && isRefused(last) && !last.acknowledged ? last : null,
      // An amendment raises the version by one; a record that the server does not have yet begins with one.
      version: Math.max(one?.version ?? 1, ...mine.filter((creations) => !isOpen(creations)).map(versionLeft)) + effective.filter(isOpen).length,
      after: toFollow(mine),
      withdrawing: withdrawal && !withdrawn && !isRefused(withdrawal) ? withdrawal : null,
      refusedWithdrawal: withdrawal && !withdrawn && isRefused(withdrawal) ? withdrawal : null,
    })
  }
  return [...cards.values()].sort((a, b) => (a.captured_at < b.captured_at ? 1 : a.captured_at > b.captured_at ? -1 : 0))
}

/** What the supervisors requested and nobody has answered yet, by the last such step. */
export function askedFor(card: RecordCard): Verdict | null {
  if (!card.task?.asked_more_at || card.amending || card.withdrawn || card.withdrawing) return null
  const request = card.task.events.filter((event) => event.move === Move.ASK_MORE).at(-1)
  return { move: Move.ASK_MORE, reason: request?.reason ?? null, note: request?.note ?? null, at: card.task.asked_more_at }
}

/** An own mistake can be taken back, and more be added, until a supervisor has filed it. */
export function mayChange(card: RecordCard): boolean {
  if (card.withdrawn || card.withdrawing || card.op?.state === 'conflict' || card.op?.state === 'quarantined') return false
  const state = card.task?.state
  return state === undefined || state === TaskState.AWAITING_EVIDENCE || state === TaskState.REPORTED
}

export type StepName = 'saved' | 'delivered' | 'filed' | 'handling' | 'closed'

const REACHED: Readonly<Record<TaskState, StepName>> = {
  [TaskState.AWAITING_EVIDENCE]: 'delivered',
  [TaskState.REPORTED]: 'delivered',
  [TaskState.REJECTED]: 'delivered',
  [TaskState.MERGED]: 'delivered',
  [TaskState.VOID]: 'delivered',
  [TaskState.FILED]: 'filed',
  [TaskState.DISPATCHED]: 'filed',
  [TaskState.HANDED_BACK]: 'filed',
  [TaskState.HANDLING]: 'handling',
  [TaskState.VERIFYING]: 'handling',
  [TaskState.REWORK]: 'handling',
  [TaskState.SHELVED]: 'handling',
  [TaskState.CLOSED]: 'closed',
}
export const STEPS: readonly StepName[] = ['saved', 'delivered', 'filed', 'handling', 'closed']

/** How far a record has come: 已保存 → 已送达 → 已立案 → 处置中 → 已结案. */
export function stepOf(card: RecordCard): StepName {
  if (card.task) return REACHED[card.task.state]
  return card.copy || card.local === 'delivered' || card.local === 'photos' ? 'delivered' : 'saved'
}
