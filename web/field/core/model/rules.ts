/** The queue's rules: what may be sent, in which order, what an answer changes, what may be freed. Pure. */
import { OpKind, OpStatus } from '@shared/contract/vocabulary'
import type { OpResult } from '@shared/api/types'

import type { OpRow, PhotoRow, Trouble } from './rows'
import { canonical } from './canonical'

export const MAX_OPS = 100
export const MAX_PHOTOS_AT_ONCE = 3
export const MAX_RECEIPTS = 500
/** 256 KB on the wire, less the size of the envelope. */
export const MAX_BATCH_BYTES = 250 * 1024
/** Bytes stay here this long after their receipt when no backup is known to hold them. */
export const RETENTION_MS = 14 * 24 * 3600 * 1000

const BACK_OFF_BASE_MS = 2_000
const BACK_OFF_LIMIT_MS = 5 * 60_000
/** Nobody is obeyed for longer: a date in a header read by a wrong clock may name next year. */
export const LONGEST_WAIT_MS = 3600_000
/** Refused this often an op has stood alone, and was still refused. */
const ALONE = 7
/** Photos tried so often without success let the others go first. */
const TRIED_OFTEN = 4

/** Full jitter: anything from now to twice as long as last time, never above five minutes. */
export function backOff(failures: number, random: () => number): number {
  return Math.round(random() * Math.min(BACK_OFF_LIMIT_MS, BACK_OFF_BASE_MS * 2 ** Math.min(failures, 20)))
}

/** Time to try again. A wait longer than any we ever set was counted by a clock that has been put back since. */
export const isDue = (row: { readonly not_before: number }, now: number): boolean =>
  row.not_before <= now || row.not_before - now > LONGEST_WAIT_MS

/** How long to wait when the server said so, in seconds; null when it did not. */
export const toldToWait = (seconds: number | null | undefined): number | null =>
  seconds == null ? null : Math.min(LONGEST_WAIT_MS, Math.max(0, seconds * 1000))

/** An op the server has not settled. */
export const isOpen = (op: OpRow): boolean => op.state === 'saved' || op.state === 'sending' || op.state === 'deferred'

/** The version a taken op left behind: as answered, or, when only a receipt came, at least this one. */
export function versionLeft(op: OpRow): number {
  const seen = op.content.base_version ?? 0
  const waits = op.kind === OpKind.TASK_MOVE && op.content.photos.length > 0
  return op.version ?? (waits ? seen : seen + 1)
}

/** The ops the next one on the same entity must come after: those under way, and those accepted with an unknown version. */
export const toFollow = (ops: readonly OpRow[]): string[] =>
  ops.filter((op) => isOpen(op) || (op.state === 'accepted' && op.version === null)).map((op) => op.op_id)

/** A photo whose bytes the server is not yet known to hold. */
export const isUnproven = (photo: PhotoRow): boolean => photo.state === 'waiting' || photo.state === 'sent'

/** The request itself was at fault, not the times: sending it again unchanged will not help. */
export const isAboutTheBody = (status: number): boolean =>
  status === 400 || status === 413 || status === 415 || status === 422

/** Refused while it stood alone: our mistake, said aloud, kept and tried ever more rarely. */
export const isStuck = (op: OpRow): boolean =>
  isOpen(op) && op.trouble?.problem !== undefined && isAboutTheBody(op.trouble.problem.status) && op.not_before > 0

/** Something only the person can decide: it stays on top until they have seen it. */
export const needsPerson = (op: OpRow): boolean =>
  !op.acknowledged && (op.state === 'conflict' || op.state === 'quarantined' || isStuck(op))

export const photoNeedsPerson = (photo: PhotoRow): boolean =>
  !photo.acknowledged && (photo.state === 'rejected' || photo.state === 'lost')

/** Still refused when it stood alone: whatever is wrong is wrong with this op. */
export const isAlone = (op: OpRow): boolean => op.refusals >= ALONE

/**
 * The ops that may be sent now, in the order they go: entities with the newest op first, and within
 * one entity the older op first, so that a correction never overtakes what it corrects. What was
 * refused standing alone goes last, so that it is in nobody's way.
 */
export function sendOrder(ops: readonly OpRow[], now: number): OpRow[] {
  const newest = new Map<string, number>()
  const last = new Set<string>()
  for (const op of ops) {
    newest.set(op.entity_id, Math.max(newest.get(op.entity_id) ?? 0, op.made_at))
    if (isOpen(op) && isAlone(op)) last.add(op.entity_id)
  }
  return ops
    .filter((op) => isOpen(op) && isDue(op, now))
    .sort(
      (a, b) =>
        Number(last.has(a.entity_id)) - Number(last.has(b.entity_id)) ||
        newest.get(b.entity_id)! - newest.get(a.entity_id)! ||
        (a.entity_id < b.entity_id ? -1 : a.entity_id > b.entity_id ? 1 : 0) ||
        a.made_at - b.made_at ||
        (a.op_id < b.op_id ? -1 : 1),
    )
}

/** The first batch of an order: ≤ 100 ops, ≤ 256 KB, and ever smaller where requests were refused. */
export function firstBatch(order: readonly OpRow[]): OpRow[] {
  const batch: OpRow[] = []
  let bytesLeft = MAX_BATCH_BYTES
  let most = MAX_OPS
  for (const op of order) {
    // One bad op must not hold up ninety-nine good ones: a refused batch is halved until it stands alone.
    const allowed = Math.max(1, Math.min(most, MAX_OPS >> op.refusals))
    if (batch.length + 1 > allowed) break
    const size = wireSize(op)
    if (batch.length > 0 && size > bytesLeft) break
    batch.push(op)
    bytesLeft -= size
    most = allowed
  }
  return batch
}

function wireSize(op: OpRow): number {
  return new TextEncoder().encode(op.frozen ?? canonical(op.content)).length + 64
}

/** From the first send on an op never changes; a correction is a new op. */
export function freeze(op: OpRow): OpRow {
  return { ...op, frozen: op.frozen ?? canonical(op.content), state: 'sending', attempts: op.attempts + 1 }
}

/** The op as it goes over the wire: the frozen content and the clock hint. */
export function onTheWire(op: OpRow): Record<string, unknown> {
  return { ...(JSON.parse(op.frozen ?? canonical(op.content)) as Record<string, unknown>), clock: op.clock }
}

/** What an explicit answer for this op makes of it; anything else leaves it as it is. */
export function answered(op: OpRow, result: OpResult, serverNow: string, now: number, random: () => number): OpRow {
  const seen = { ...op, problem: result.problem ?? null, trouble: null, refusals: 0 }
  switch (result.status) {
    case OpStatus.ACCEPTED:
    case OpStatus.DUPLICATE:
      return { ...seen, state: 'accepted', version: result.version ?? op.version, answered_at: serverNow, not_before: 0 }
    case OpStatus.CONFLICT:
      return { ...seen, state: 'conflict', server: result.server ?? null, answered_at: serverNow, not_before: 0 }
    case OpStatus.QUARANTINED:
      return { ...seen, state: 'quarantined', answered_at: serverNow, not_before: 0 }
    case OpStatus.DEFERRED: {
      const wait = toldToWait(result.retry_after) ?? backOff(op.attempts, random)
      return { ...seen, state: 'deferred', not_before: now + wait }
    }
    default:
      return op
  }
}

/** What an answered op means for one of its photos: named in `wanted` it is to be sent, else to be proven. */
export function photoAfterAnswer(photo: PhotoRow, result: OpResult): PhotoRow {
  if (photo.state === 'rejected' || photo.state === 'lost' || result.status === OpStatus.DEFERRED) return photo
  if (!(result.wanted ?? []).includes(photo.photo_id)) return photo.state === 'waiting' ? { ...photo, state: 'sent' } : photo
  // Wanted although it was stored: this server lost it, whatever it promised.
  if (photo.state === 'sent' || (photo.state === 'stored' && photo.bytes_here)) return { ...photo, state: 'waiting', stored_at: null }
  return photo
}

/** A receipt for one photo. Only the word `stored` ever proves it. */
export function photoAfterReceipt(photo: PhotoRow, receipt: string, serverNow: string): PhotoRow {
  if (receipt === 'stored') {
    return { ...photo, state: 'stored', stored_at: photo.stored_at ?? serverNow, trouble: null, problem: null, not_before: 0 }
  }
  if (receipt.startsWith('rejected:')) {
    const problem = receipt.slice('rejected:'.length)
    // The answer to the upload says more than the bare state of the receipt.
    const specific = photo.trouble?.problem?.slug === problem ? photo.trouble : null
    return { ...photo, state: 'rejected', problem, trouble: specific }
  }
  if (photo.state === 'rejected' && receipt !== 'unknown') return photo
  if (!photo.bytes_here) {
    // Freed after an older receipt, or never whole, and this server has never seen it: say so, loudly.
    if (photo.state === 'lost') return photo
    return { ...photo, state: 'lost', stored_at: null, acknowledged: false, trouble: { why: 'missing', at: serverNow } }
  }
  // Bytes that do not fit their hash are no evidence for any server.
  if (photo.state === 'lost') return photo
  const partial = /^partial:(\d+)$/.exec(receipt)
  return {
    ...photo,
    state: 'waiting',
    stored_at: null,
    problem: null,
    acknowledged: false,
    sent_bytes: partial ? Number(partial[1]) : 0,
    not_before: isUnproven(photo) ? photo.not_before : 0,
  }
}

/** A receipt for one op; `unknown` after a restored backup sends it again. */
export function opAfterReceipt(op: OpRow, receipt: string, serverNow: string): OpRow {
  switch (receipt) {
    case 'accepted':
    case 'duplicate':
      return { ...op, state: 'accepted', answered_at: op.answered_at ?? serverNow, problem: null, trouble: null, refusals: 0, not_before: 0 }
    case 'conflict':
    case 'quarantined':
      // A receipt gives no reason, and the author has a right to it (I7): sent again, the op gets its
      // whole answer again.
      if (op.state === receipt) return op
      return { ...op, state: 'sending', answered_at: null, acknowledged: false, not_before: 0 }
    case 'unknown':
      if (op.state === 'saved') return op
      // A wait that the server set or that failures caused goes on; a settled op starts anew.
      return isOpen(op) ? { ...op, state: 'sending' } : { ...op, state: 'sending', answered_at: null, acknowledged: false, not_before: 0 }
    default:
      return op
  }
}

/**
 * The photos that may be uploaded now: their op was sent at least once; newest record first, in the
 * order they were taken; those that failed often last, so that one bad photo holds up no other.
 */
export function uploadOrder(photos: readonly PhotoRow[], ops: ReadonlyMap<string, OpRow>, now: number): PhotoRow[] {
  const late = (photo: PhotoRow): number => (photo.attempts < TRIED_OFTEN ? 0 : photo.attempts)
  return photos
    .filter((photo) => {
      const op = photo.op_id === null ? undefined : ops.get(photo.op_id)
      return photo.state === 'waiting' && photo.bytes_here && isDue(photo, now) && op !== undefined && op.state !== 'saved'
    })
    .sort(
      (a, b) => late(a) - late(b) || ops.get(b.op_id!)!.made_at - ops.get(a.op_id!)!.made_at || a.added_at - b.added_at,
    )
}

/** I1: bytes may go only when a receipt names them and a backup holds them, or it is 14 days old. */
export function mayFree(photo: PhotoRow, backedUpTo: string | null, serverNow: string): boolean {
  if (photo.state !== 'stored' || photo.stored_at === null || !photo.bytes_here) return false
  const stored = Date.parse(photo.stored_at)
  if (backedUpTo !== null && stored < Date.parse(backedUpTo)) return true
  return Date.parse(serverNow) - stored >= RETENTION_MS
}

/** A settled op is deleted when it can no longer be requested again: its answer is backed up or 14 days old. */
export function mayForget(op: OpRow, photos: readonly PhotoRow[], backedUpTo: string | null, serverNow: string): boolean {
  if (op.state !== 'accepted' && !((op.state === 'conflict' || op.state === 'quarantined') && op.acknowledged)) return false
  if (op.answered_at === null) return false
  if (photos.some((photo) => photo.bytes_here || isUnproven(photo) || photoNeedsPerson(photo))) return false
  const at = Date.parse(op.answered_at)
  return (backedUpTo !== null && at < Date.parse(backedUpTo)) || Date.parse(serverNow) - at >= RETENTION_MS
}

export interface QueueSummary {
  /** Records and moves with anything left to deliver. */
  readonly items: number
  readonly bytes: number
  readonly photosLeft: number
  readonly needsPerson: number
}

/** The queue in four numbers: what the top line says in words. */
export function summarise(ops: readonly OpRow[], photos: readonly PhotoRow[]): QueueSummary {
  const waiting = photos.filter(isUnproven)
  const items = new Set([...ops.filter(isOpen).map((op) => op.op_id), ...waiting.map((photo) => photo.op_id)])
  const troubled = new Set([
    ...ops.filter(needsPerson).map((op) => op.op_id),
    ...photos.filter(photoNeedsPerson).map((photo) => photo.op_id),
  ])
  return {
    items: items.size,
    bytes: waiting.reduce((sum, photo) => sum + Math.max(0, photo.declaration.bytes - photo.sent_bytes), 0),
    photosLeft: waiting.length,
    needsPerson: troubled.size,
  }
}

export function withTrouble<T extends OpRow | PhotoRow>(row: T, trouble: Trouble): T {
  return { ...row, trouble }
}
