/** One sync cycle, from session to freed bytes, as one readable function; no DOM, no HTTP, no timers. */
import { Refused, Unreachable } from '@shared/api'
import { uuid7 } from '@shared/ids'
import type { Problem } from '@shared/problem'
import type { ReceiptsAnswer, SyncAnswer } from '@shared/wire'

import type { Ledger } from '../store/ledger'
import type { OpRow, PhotoRow, SessionRow, Trouble } from '../store/rows'
import { sha256 } from './canonical'
import type { Courier } from './courier'
import {
  answered,
  backOff,
  firstBatch,
  freeze,
  isAboutTheBody,
  isOpen,
  isUnproven,
  MAX_PHOTOS_AT_ONCE,
  MAX_RECEIPTS,
  mayForget,
  mayFree,
  onTheWire,
  opAfterReceipt,
  photoAfterAnswer,
  photoAfterReceipt,
  sendOrder,
  uploadOrder,
  withTrouble,
} from './rules'

/** A token this close to its end is renewed before it is used. */
const RENEW_BEFORE_MS = 60_000
/** A cycle that meets more generations than this is talking to a broken server. */
const MAX_RESTARTS = 3
/** 426: this server takes nothing from this phone for now, but it still tells. */
const PULL_ONLY = 426

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

export interface Surroundings {
  readonly ledger: Ledger
  readonly courier: Courier
  readonly now: () => number
  readonly random: () => number
  readonly progress?: (progress: Progress) => void
}

/** Ends the cycle at once with what it waits for. */
class Stop extends Error {
  constructor(readonly outcome: Outcome) {
    super(outcome.kind)
    this.name = 'Stop'
  }
}

/** The server is of another generation than we knew: everything retained was asked for again. */
class NewGeneration extends Error {}

interface Cycle extends Surroundings {
  session: SessionRow
  serverNow: string | null
  renewed: boolean
  /** Photos whose upload failed in this cycle: their receipts are asked too. */
  readonly doubtful: Set<string>
}

/**
 * The whole push-pull cycle. Nothing here deletes anything but on an explicit receipt; a fault of the
 * network, a 5xx, 401, 403, 408, 429 or a stranger's answer changes attempt counters only.
 */
export async function syncOnce(around: Surroundings): Promise<Outcome> {
  const session = await around.ledger.session()
  if (!session) return { kind: 'signed-out' }
  const cycle: Cycle = { ...around, session, serverNow: null, renewed: false, doubtful: new Set() }
  try {
    for (let restarts = 0; ; restarts += 1) {
      try {
        await renewSession(cycle)
        await pushOps(cycle)
        await uploadPhotos(cycle)
        await collectReceipts(cycle)
        await pullChanges(cycle)
        await freeBytes(cycle)
        return await whatIsLeft(cycle)
      } catch (error) {
        if (!(error instanceof NewGeneration) || restarts === MAX_RESTARTS) throw error
      }
    }
  } catch (error) {
    if (error instanceof Stop) return error.outcome
    if (error instanceof Unreachable) return { kind: 'offline', why: error.why }
    if (error instanceof Refused) return { kind: 'later', problem: error.problem, retryAfterMs: waitOf(error) }
    if (error instanceof NewGeneration) return { kind: 'offline', why: 'stranger' }
    throw error
  }
}

// --- session --------------------------------------------------------------------------------

async function renewSession(cycle: Cycle): Promise<void> {
  cycle.progress?.({ phase: 'session' })
  const exchange = await cycle.ledger.meta('exchange')
  const serverTime = cycle.now() + (exchange?.offset_ms ?? 0)
  if (Date.parse(cycle.session.expires_at) - serverTime > RENEW_BEFORE_MS) return
  await renew(cycle)
}

async function renew(cycle: Cycle): Promise<void> {
  cycle.renewed = true
  try {
    const tokens = await cycle.courier.refresh(cycle.session.refresh_token)
    await cycle.ledger.renew(tokens, tokens.person)
    cycle.session = { ...cycle.session, ...tokens }
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      // Another tab may have used the refresh token first: its tokens are as good as ours.
      const kept = await cycle.ledger.session()
      if (kept && kept.person.id === cycle.session.person.id && kept.refresh_token !== cycle.session.refresh_token) {
        cycle.session = kept
        return
      }
      throw new Stop({ kind: 'sign-in-again', problem: error.problem })
    }
    if (error instanceof Refused && error.status === 403) throw new Stop({ kind: 'disabled', problem: error.problem })
    throw error
  }
}

/** Ask with the token in force; an expired one is renewed once. 401 and 403 pause, they never clear. */
async function asked<T>(cycle: Cycle, ask: (token: string) => Promise<T>): Promise<T> {
  try {
    return await ask(cycle.session.access_token)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (error.status === 403) throw new Stop({ kind: 'disabled', problem: error.problem })
    if (error.status !== 401) throw error
    if (cycle.renewed) throw new Stop({ kind: 'sign-in-again', problem: error.problem })
    await renew(cycle)
    return asked(cycle, ask)
  }
}

/** Every answer teaches the clocks, the backup line and the server's generation. */
async function learn(cycle: Cycle, answer: SyncAnswer, askedAt: number): Promise<void> {
  const now = cycle.now()
  cycle.serverNow = answer.server_now
  const middle = (askedAt + now) / 2
  await cycle.ledger.learn({ offset_ms: Math.round(Date.parse(answer.server_now) - middle), at: now }, answer.backed_up_to)
  const known = await cycle.ledger.meta('epoch')
  if (known === null) await cycle.ledger.setMeta('epoch', answer.epoch)
  else if (known !== answer.epoch) await adoptEpoch(cycle)
}

/** The server was restored: ask for everything we still hold, queue again what it does not know. */
async function adoptEpoch(cycle: Cycle): Promise<never> {
  const author = cycle.session.person.id
  const ops = (await cycle.ledger.ops(author)).filter((op) => op.state !== 'saved').map((op) => op.op_id)
  const photos = (await cycle.ledger.photos(author)).filter((photo) => photo.op_id !== null).map((photo) => photo.photo_id)
  const receipts = await askReceipts(cycle, ops, photos)
  await cycle.ledger.adoptEpoch(
    receipts.epoch,
    author,
    (op) => (op.op_id in receipts.ops ? opAfterReceipt(op, receipts.ops[op.op_id]!, receipts.server_now) : op),
    (photo) =>
      photo.photo_id in receipts.photos ? photoAfterReceipt(photo, receipts.photos[photo.photo_id]!, receipts.server_now) : photo,
  )
  throw new NewGeneration('adopted')
}

// --- push -----------------------------------------------------------------------------------

async function pushOps(cycle: Cycle): Promise<void> {
  cycle.progress?.({ phase: 'push' })
  const device = await cycle.ledger.meta('device')
  const tried = new Set<string>()
  for (;;) {
    const ops = await cycle.ledger.ops(cycle.session.person.id)
    // An op goes twice in one cycle only to be halved out of a refused batch.
    const batch = firstBatch(sendOrder(ops, cycle.now()).filter((op) => !tried.has(op.op_id)))
    if (batch.length === 0) return
    const frozen = await cycle.ledger.changeOps(
      batch.map((op) => op.op_id),
      freeze,
    )
    const askedAt = cycle.now()
    const body = {
      epoch: await cycle.ledger.meta('epoch'),
      device_id: device?.id ?? '',
      batch_id: uuid7(askedAt),
      sent_at: new Date(askedAt).toISOString(),
      ops: frozen.map(onTheWire),
    }
    try {
      const answer = await asked(cycle, (token) => cycle.courier.push(body, token))
      const results = new Map(answer.results.map((result) => [result.op_id, result]))
      await cycle.ledger.settle(
        new Map(
          frozen.map((op) => {
            const result = results.get(op.op_id)
            return [op.op_id, (row: OpRow) => (result ? answered(row, result, answer.server_now, cycle.now(), cycle.random) : row)]
          }),
        ),
        (photo) => {
          const result = photo.op_id === null ? undefined : results.get(photo.op_id)
          return result ? photoAfterAnswer(photo, result) : photo
        },
      )
      for (const op of frozen) tried.add(op.op_id)
      await learn(cycle, answer, askedAt)
    } catch (error) {
      if (error instanceof NewGeneration || error instanceof Stop) throw error
      const alone = await batchFailed(cycle, frozen, error)
      if (error instanceof Refused && error.status === PULL_ONLY) return
      if (alone) for (const op of frozen) tried.add(op.op_id)
    }
  }
}

/** A whole request came to nothing: note it on every op, and tell apart a bad batch from bad times. */
async function batchFailed(cycle: Cycle, batch: readonly OpRow[], error: unknown): Promise<boolean> {
  const trouble = troubleOf(error, cycle.now())
  const ids = batch.map((op) => op.op_id)
  if (error instanceof Refused && error.status === 409 && error.problem.slug === 'epoch-mismatch') return adoptEpoch(cycle)
  if (error instanceof Refused && error.status === PULL_ONLY) {
    await cycle.ledger.changeOps(ids, (op) => withTrouble(op, trouble))
    return false
  }
  if (error instanceof Refused && isAboutTheBody(error.status)) {
    const alone = batch.length === 1
    await cycle.ledger.changeOps(ids, (op) => ({
      ...withTrouble(op, trouble),
      refusals: op.refusals + 1,
      not_before: alone ? cycle.now() + backOff(op.refusals + 4, cycle.random) : op.not_before,
    }))
    return alone
  }
  // A 5xx may be one op's doing: it shrinks the next batch, and this cycle ends.
  const maybeOurs = error instanceof Refused && error.status === 500
  await cycle.ledger.changeOps(ids, (op) => ({ ...withTrouble(op, trouble), refusals: op.refusals + (maybeOurs ? 1 : 0) }))
  throw error
}

// --- photos ---------------------------------------------------------------------------------

async function uploadPhotos(cycle: Cycle): Promise<void> {
  const author = cycle.session.person.id
  const ops = new Map((await cycle.ledger.ops(author)).map((op) => [op.op_id, op]))
  const queue = uploadOrder(await cycle.ledger.photos(author), ops, cycle.now())
  const all = queue.length
  let done = 0
  let stopped: unknown = null
  cycle.progress?.({ phase: 'photos', photos: { done, all } })

  const carry = async (): Promise<void> => {
    for (let photo = queue.shift(); photo && stopped === null; photo = queue.shift()) {
      try {
        await uploadOne(cycle, photo)
        done += 1
        cycle.progress?.({ phase: 'photos', photos: { done, all } })
      } catch (error) {
        stopped = error
      }
    }
  }
  await Promise.all(Array.from({ length: MAX_PHOTOS_AT_ONCE }, carry))
  if (stopped !== null) throw stopped as Error
}

/** One photo. A fault of its own is noted and the others go on; a fault of the network ends the cycle. */
async function uploadOne(cycle: Cycle, photo: PhotoRow): Promise<void> {
  const bytes = await cycle.ledger.bytes(photo.photo_id)
  // Hash exactly what is about to be sent: a rotten row must not travel as evidence.
  if (bytes === null || (await sha256(bytes)) !== photo.declaration.sha256) {
    const why = bytes === null ? 'missing' : 'hash'
    await cycle.ledger.changePhotos([photo.photo_id], (row) => ({
      ...withTrouble(row, { why, at: new Date(cycle.now()).toISOString() }),
      state: 'lost',
    }))
    return
  }
  await cycle.ledger.changePhotos([photo.photo_id], (row) => ({ ...row, attempts: row.attempts + 1 }))
  try {
    await asked(cycle, (token) =>
      cycle.courier.upload(
        {
          declaration: photo.declaration,
          op_id: photo.op_id!,
          bytes,
          begun: photo.attempts > 0,
          progress: (sent) => cycle.progress?.({ phase: 'photos', sending: { photo_id: photo.photo_id, sent } }),
        },
        token,
      ),
    )
    await cycle.ledger.changePhotos([photo.photo_id], (row) =>
      row.state === 'waiting' ? { ...row, state: 'sent', sent_bytes: row.declaration.bytes, trouble: null } : row,
    )
  } catch (error) {
    cycle.doubtful.add(photo.photo_id)
    if (error instanceof Stop) throw error
    await cycle.ledger.changePhotos([photo.photo_id], (row) => ({
      ...withTrouble(row, troubleOf(error, cycle.now())),
      not_before: error instanceof Refused && isOnePhotosFault(error.status) ? cycle.now() + backOff(row.attempts, cycle.random) : 0,
    }))
    if (error instanceof Refused && isOnePhotosFault(error.status)) return
    throw error
  }
}

/** 4xx about this upload alone (offset, hash, refused image); never the ones that mean "not now". */
const isOnePhotosFault = (status: number): boolean =>
  status >= 400 && status < 500 && ![401, 403, 408, 426, 429].includes(status)

// --- receipts -------------------------------------------------------------------------------

async function collectReceipts(cycle: Cycle): Promise<void> {
  cycle.progress?.({ phase: 'receipts' })
  const author = cycle.session.person.id
  const photos = (await cycle.ledger.photos(author))
    .filter((photo) => photo.state === 'sent' || (photo.state === 'waiting' && cycle.doubtful.has(photo.photo_id)))
    .map((photo) => photo.photo_id)
  const ops = (await cycle.ledger.ops(author)).filter((op) => op.state === 'sending').map((op) => op.op_id)
  if (photos.length + ops.length === 0) return
  const receipts = await askReceipts(cycle, ops, photos)
  await cycle.ledger.changePhotos(photos, (photo) => {
    const word = receipts.photos[photo.photo_id]
    return word === undefined ? photo : photoAfterReceipt(photo, word, receipts.server_now)
  })
  await cycle.ledger.changeOps(ops, (op) => {
    const word = receipts.ops[op.op_id]
    return word === undefined ? op : opAfterReceipt(op, word, receipts.server_now)
  })
  const known = await cycle.ledger.meta('epoch')
  if (known !== null && known !== receipts.epoch) await adoptEpoch(cycle)
}

/** Receipts in portions of 500, put together. */
async function askReceipts(cycle: Cycle, ops: readonly string[], photos: readonly string[]): Promise<ReceiptsAnswer> {
  const portion = (at: number): Promise<ReceiptsAnswer> => {
    const ask = { ops: ops.slice(at, at + MAX_RECEIPTS), photos: photos.slice(at, at + MAX_RECEIPTS) }
    return asked(cycle, (token) => cycle.courier.receipts(ask, token))
  }
  let whole = await portion(0)
  for (let at = MAX_RECEIPTS; at < Math.max(ops.length, photos.length); at += MAX_RECEIPTS) {
    const part = await portion(at)
    whole = { ...part, ops: { ...whole.ops, ...part.ops }, photos: { ...whole.photos, ...part.photos } }
  }
  cycle.serverNow = whole.server_now
  return whole
}

// --- pull -----------------------------------------------------------------------------------

async function pullChanges(cycle: Cycle): Promise<void> {
  cycle.progress?.({ phase: 'pull' })
  const person = cycle.session.person.id
  let restarted = false
  for (;;) {
    const position = await cycle.ledger.position()
    const askedAt = cycle.now()
    try {
      const page = await asked(cycle, (token) => cycle.courier.pull(position.cursor, token))
      await learn(cycle, page, askedAt)
      await cycle.ledger.applyPage(person, position, page, page.server_now)
      if (!page.more) return
    } catch (error) {
      const invalid = error instanceof Refused && error.status === 409 && error.problem.slug === 'cursor-invalid'
      if (!invalid || restarted) throw error
      restarted = true
      await cycle.ledger.restartPull()
    }
  }
}

// --- afterwards -----------------------------------------------------------------------------

async function freeBytes(cycle: Cycle): Promise<void> {
  cycle.progress?.({ phase: 'free' })
  if (cycle.serverNow === null) return
  const serverNow = cycle.serverNow
  const author = cycle.session.person.id
  const backedUpTo = await cycle.ledger.meta('backed_up_to')
  const photos = await cycle.ledger.photos(author)
  const freed = photos.filter((photo) => mayFree(photo, backedUpTo, serverNow)).map((photo) => photo.photo_id)
  const gone = new Set(freed)
  const left = photos.map((photo) => (gone.has(photo.photo_id) ? { ...photo, bytes_here: false } : photo))
  const ops = await cycle.ledger.ops(author)
  const forgotten = ops
    .filter((op) =>
      mayForget(
        op,
        left.filter((photo) => photo.op_id === op.op_id),
        backedUpTo,
        serverNow,
      ),
    )
    .map((op) => op.op_id)
  await cycle.ledger.free(freed, forgotten)
}

async function whatIsLeft(cycle: Cycle): Promise<Outcome> {
  const author = cycle.session.person.id
  const ops = (await cycle.ledger.ops(author)).filter(isOpen)
  const photos = (await cycle.ledger.photos(author)).filter(isUnproven)
  const left = ops.length + photos.length
  if (left === 0) {
    await cycle.ledger.setMeta('all_delivered_at', new Date(cycle.now()).toISOString())
    return { kind: 'done', left, nextAt: null }
  }
  return { kind: 'done', left, nextAt: Math.min(...[...ops, ...photos].map((row) => row.not_before)) }
}

function troubleOf(error: unknown, now: number): Trouble {
  const at = new Date(now).toISOString()
  if (error instanceof Unreachable) return { why: error.why, at }
  if (error instanceof Refused) return { why: 'refused', at, problem: error.problem }
  throw error
}

function waitOf(error: Refused): number | null {
  return error.retryAfterSeconds === null ? null : error.retryAfterSeconds * 1000
}
