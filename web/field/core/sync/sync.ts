/** One sync cycle, from session to freed bytes, as one readable function; no DOM, no HTTP, no timers. */
import { Refused, Unreachable } from '@shared/api/client'
import { uuid7 } from '@shared/api/uuid7'
import type { PushAnswer, ReceiptsAnswer, SyncAnswer } from '@shared/api/types'

import { StorageFull } from '../store/database'
import type { OpRow, PhotoRow } from '../model/rows'
import { sha256 } from '../model/canonical'
import { freeBytes, whatIsLeft } from './cleanup'
import { type Cycle, NewGeneration, type Outcome, Stop, type Surroundings, troubleOf, waitOf } from './cycle'
import { MOST_CHANGES } from './transport'
import {
  answered,
  backOff,
  firstBatch,
  freeze,
  isAboutTheBody,
  MAX_PHOTOS_AT_ONCE,
  MAX_RECEIPTS,
  onTheWire,
  opAfterReceipt,
  photoAfterAnswer,
  photoAfterReceipt,
  sendOrder,
  uploadOrder,
  withTrouble,
} from '../model/rules'

export type { Outcome, Phase, Progress, Surroundings } from './cycle'

/** A token this close to its end is renewed before it is used. */
const RENEW_BEFORE_MS = 60_000
/** A cycle that meets more generations than this is talking to a broken server. */
const MAX_RESTARTS = 3
/** The offset of the two clocks moves by less than this while nobody sets one. */
const CLOCK_WAS_SET_MS = 60_000
/** A page of changes that does not come through in time is requested ever smaller, down to this. */
const LEAST_CHANGES = 30
/** In one cycle so many ops may meet a 500 of their own before the server itself is taken to fail. */
const MAX_PASSED_OVER = 1
/** 426: this server takes nothing from this phone for now, but it still tells. */
const PULL_ONLY = 426

/**
 * The whole push-pull cycle. Nothing here deletes anything but on an explicit receipt; a fault of the
 * network, a 5xx, 401, 403, 408, 429 or the answer of another server changes attempt counters only.
 */
export async function syncOnce(around: Surroundings): Promise<Outcome> {
  const session = await around.localStore.session()
  if (!session) return { kind: 'signed-out' }
  const cycle: Cycle = { ...around, session, serverNow: null, renewal: null, untried: null, passedOver: 0, doubtful: new Set() }
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
    if (error instanceof StorageFull) return { kind: 'storage-full' }
    throw error
  }
}

// --- session --------------------------------------------------------------------------------

async function renewSession(cycle: Cycle): Promise<void> {
  cycle.progress?.({ phase: 'session' })
  const exchange = await cycle.localStore.meta('exchange')
  const serverTime = cycle.now() + (exchange?.offset_ms ?? 0)
  if (Date.parse(cycle.session.expires_at) - serverTime > RENEW_BEFORE_MS) return
  await renewed(cycle)
}

function renewed(cycle: Cycle): Promise<void> {
  cycle.renewal ??= renew(cycle).finally(() => {
    cycle.renewal = null
  })
  return cycle.renewal
}

async function renew(cycle: Cycle): Promise<void> {
  const { person, refresh_token } = cycle.session
  try {
    const tokens = await cycle.transport.refresh(refresh_token)
    // Rows are bound to their author: with another person's token nothing is sent.
    if (tokens.person.id !== person.id) throw new Unreachable('stranger')
    await cycle.localStore.renew(tokens, tokens.person)
    cycle.session = { ...cycle.session, ...tokens }
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      // Another tab may have used the refresh token first: its tokens are as good as ours.
      const session = await cycle.localStore.session()
      if (session?.person.id !== person.id || session.refresh_token === refresh_token) {
        throw new Stop({ kind: 'sign-in-again', problem: error.problem })
      }
      cycle.session = session
    } else if (error instanceof Refused && error.status === 403) {
      throw new Stop({ kind: 'disabled', problem: error.problem })
    } else throw error
  }
  cycle.untried = cycle.session.access_token
}

/** Ask with the token in force, renewed as often as it ends. 401 and 403 pause, they never clear. */
async function authorized<T>(cycle: Cycle, ask: (token: string) => Promise<T>): Promise<T> {
  const token = cycle.session.access_token
  try {
    const answer = await ask(token)
    if (cycle.untried === token) cycle.untried = null
    return answer
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (error.status === 403) throw new Stop({ kind: 'disabled', problem: error.problem })
    if (error.status !== 401) throw error
    if (token === cycle.session.access_token) {
      // Fresh from its renewal and refused already: renewing again would go on for ever.
      if (cycle.untried === token) throw new Stop({ kind: 'sign-in-again', problem: error.problem })
      await renewed(cycle)
    }
    return authorized(cycle, ask)
  }
}

/** Every answer teaches the server's generation, the clocks and the backup line. */
async function learn(cycle: Cycle, answer: SyncAnswer, askedAt: number): Promise<void> {
  const now = cycle.now()
  cycle.serverNow = answer.server_now
  // Another generation's backup line says nothing of what we were promised before: receipts first.
  await checkGeneration(cycle, answer)
  const before = await cycle.localStore.meta('exchange')
  const offset_ms = Math.round(Date.parse(answer.server_now) - (askedAt + now) / 2)
  await cycle.localStore.learn({ offset_ms, at: now }, answer.backed_up_to)
  const wasSet = before !== null && Math.abs(offset_ms - before.offset_ms) > CLOCK_WAS_SET_MS
  if (wasSet) await cycle.localStore.forgetWaits(cycle.session.person.id)
}

/**
 * Before an answer settles anything the generation that gave it is written down: a phone killed between
 * the two would otherwise take a later generation for the first, and its promises for kept.
 */
async function checkGeneration(cycle: Cycle, answer: SyncAnswer): Promise<void> {
  const epoch = await cycle.localStore.epochOf(cycle.session.person.id)
  if (epoch === null) await cycle.localStore.setMeta('epoch', answer.epoch)
  else if (epoch !== answer.epoch) await adoptEpoch(cycle)
}

/** The server was restored: ask for everything we still hold, queue again what it does not know. */
async function adoptEpoch(cycle: Cycle): Promise<never> {
  const author = cycle.session.person.id
  const ops = (await cycle.localStore.ops(author)).filter((op) => op.state !== 'saved').map((op) => op.op_id)
  const photos = (await cycle.localStore.photos(author)).filter((photo) => photo.op_id !== null).map((photo) => photo.photo_id)
  const receipts = await askReceipts(cycle, ops, photos)
  await cycle.localStore.adoptEpoch(
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
  const device = await cycle.localStore.meta('device')
  const tried = new Set<string>()
  for (;;) {
    const ops = await cycle.localStore.ops(cycle.session.person.id)
    // An op goes twice in one cycle only to be halved out of a refused batch.
    const batch = firstBatch(sendOrder(ops, cycle.now()).filter((op) => !tried.has(op.op_id)))
    if (batch.length === 0) return
    if (tried.size === 0 && batch.some((op) => op.frozen === null)) await cycle.reach?.()
    const frozen = await cycle.localStore.changeOps(
      batch.map((op) => op.op_id),
      freeze,
    )
    const askedAt = cycle.now()
    const body = {
      epoch: await cycle.localStore.epochOf(cycle.session.person.id),
      device_id: device?.id ?? '',
      batch_id: uuid7(askedAt),
      sent_at: new Date(askedAt).toISOString(),
      ops: frozen.map(onTheWire),
    }
    let answer: PushAnswer
    try {
      answer = await authorized(cycle, (token) => cycle.transport.push(body, token))
    } catch (error) {
      const next = await batchFailed(cycle, frozen, error)
      if (next === 'pull-only') return
      if (next === 'without-it') for (const op of frozen) tried.add(op.op_id)
      continue
    }
    await learn(cycle, answer, askedAt)
    await settle(cycle, frozen, answer)
    for (const op of frozen) tried.add(op.op_id)
  }
}

/** Each op gets its own answer, its photos with it; an op the answer does not name stays as it is. */
async function settle(cycle: Cycle, frozen: readonly OpRow[], answer: PushAnswer): Promise<void> {
  const results = new Map(answer.results.map((result) => [result.op_id, result]))
  await cycle.localStore.settle(
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
}

/** How a push goes on after a request that came to nothing; in bad times it does not, and the error ends the cycle. */
type Next = 'smaller' | 'without-it' | 'pull-only'

/** A whole request came to nothing: note it on every op, and tell apart a bad batch from bad times. */
async function batchFailed(cycle: Cycle, batch: readonly OpRow[], error: unknown): Promise<Next> {
  if (error instanceof Stop) throw error
  if (error instanceof Refused && error.status === 409 && error.problem.slug === 'epoch-mismatch') return adoptEpoch(cycle)
  const ids = batch.map((op) => op.op_id)
  const trouble = troubleOf(error, cycle.now())
  await cycle.localStore.changeOps(ids, (op) => withTrouble(op, trouble))
  if (error instanceof Unreachable) return whileTheServerIsThere(cycle, ids, error)
  if (!(error instanceof Refused)) throw error
  if (error.status === PULL_ONLY) return 'pull-only'
  if (isAboutTheBody(error.status)) return refuse(cycle, ids)
  if (error.status !== 500) throw error
  // A 500 may be one op's doing: it shrinks the next batch, and this cycle ends.
  const next = await refuse(cycle, ids)
  if (next === 'without-it' && cycle.passedOver++ < MAX_PASSED_OVER) return next
  throw error
}

/** A batch is halved until the op at fault stands alone; that one waits, ever longer, in nobody's way. */
async function refuse(cycle: Cycle, ids: readonly string[]): Promise<Next> {
  const alone = ids.length === 1
  await cycle.localStore.changeOps(ids, (op) => ({
    ...op,
    refusals: op.refusals + 1,
    not_before: alone ? cycle.now() + backOff(op.refusals + 4, cycle.random) : op.not_before,
  }))
  return alone ? 'without-it' : 'smaller'
}

/**
 * No answer to a push. When not even a small question is answered the network is gone, and nothing is
 * concluded. When it is, either the batch arrived and only the answer was lost, or the batch is too much
 * for this line or this server: what did not arrive goes again in smaller portions.
 */
async function whileTheServerIsThere(cycle: Cycle, ids: readonly string[], error: Unreachable): Promise<Next> {
  const receipts = await askReceipts(cycle, ids, []).catch((again: unknown) => {
    throw again instanceof Stop ? again : error
  })
  await checkGeneration(cycle, receipts)
  const acceptedIds = ids.filter((id) => receipts.ops[id] === 'accepted')
  await cycle.localStore.changeOps(acceptedIds, (op) => opAfterReceipt(op, 'accepted', receipts.server_now))
  if (acceptedIds.length === ids.length) return 'without-it'
  const next = await refuse(
    cycle,
    ids.filter((id) => !acceptedIds.includes(id)),
  )
  if (next === 'without-it' && cycle.passedOver++ >= MAX_PASSED_OVER) throw error
  return next
}

// --- photos ---------------------------------------------------------------------------------

async function uploadPhotos(cycle: Cycle): Promise<void> {
  const author = cycle.session.person.id
  const ops = new Map((await cycle.localStore.ops(author)).map((op) => [op.op_id, op]))
  const queue = uploadOrder(await cycle.localStore.photos(author), ops, cycle.now())
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
  const bytes = await cycle.localStore.bytes(photo.photo_id)
  // Hash exactly what is about to be sent: a rotten row must not travel as evidence.
  if (bytes === null || (await sha256(bytes)) !== photo.declaration.sha256) {
    const why = bytes === null ? 'missing' : 'hash'
    await cycle.localStore.changePhotos([photo.photo_id], (row) => ({
      ...withTrouble(row, { why, at: new Date(cycle.now()).toISOString() }),
      state: 'lost',
      bytes_here: bytes !== null,
    }))
    return
  }
  await cycle.localStore.changePhotos([photo.photo_id], (row) => ({ ...row, attempts: row.attempts + 1 }))
  try {
    await authorized(cycle, (token) =>
      cycle.transport.upload(
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
    await cycle.localStore.changePhotos([photo.photo_id], (row) =>
      row.state === 'waiting' ? { ...row, state: 'sent', sent_bytes: row.declaration.bytes, trouble: null } : row,
    )
  } catch (error) {
    cycle.doubtful.add(photo.photo_id)
    if (error instanceof Stop) throw error
    const own = error instanceof Refused && isOnePhotosFault(cycle, error.status)
    const wait = own ? (waitOf(error) ?? backOff(photo.attempts, cycle.random)) : 0
    await cycle.localStore.changePhotos([photo.photo_id], (row) => ({
      ...withTrouble(row, troubleOf(error, cycle.now())),
      not_before: own ? cycle.now() + wait : 0,
    }))
    if (!own) throw error
  }
}

/** 4xx about this upload alone (offset, hash, refused image), or a first 500; never what means "not now". */
function isOnePhotosFault(cycle: Cycle, status: number): boolean {
  if (status === 500) return cycle.passedOver++ < MAX_PASSED_OVER
  return status >= 400 && status < 500 && ![401, 403, 408, 426, 429].includes(status)
}

// --- receipts -------------------------------------------------------------------------------

async function collectReceipts(cycle: Cycle): Promise<void> {
  cycle.progress?.({ phase: 'receipts' })
  const author = cycle.session.person.id
  const photos = (await cycle.localStore.photos(author))
    .filter((photo) => photo.state === 'sent' || (photo.state === 'waiting' && cycle.doubtful.has(photo.photo_id)))
    .map((photo) => photo.photo_id)
  const ops = (await cycle.localStore.ops(author)).filter((op) => op.state === 'sending').map((op) => op.op_id)
  if (photos.length + ops.length === 0) return
  const receipts = await askReceipts(cycle, ops, photos)
  await checkGeneration(cycle, receipts)
  await cycle.localStore.changePhotos(photos, (photo) => {
    const receipt = receipts.photos[photo.photo_id]
    return receipt === undefined ? photo : photoAfterReceipt(photo, receipt, receipts.server_now)
  })
  await cycle.localStore.changeOps(ops, (op) => {
    const receipt = receipts.ops[op.op_id]
    return receipt === undefined ? op : opAfterReceipt(op, receipt, receipts.server_now)
  })
}

/** Receipts in portions of 500, put together. */
async function askReceipts(cycle: Cycle, ops: readonly string[], photos: readonly string[]): Promise<ReceiptsAnswer> {
  const portion = (at: number): Promise<ReceiptsAnswer> => {
    const ask = { ops: ops.slice(at, at + MAX_RECEIPTS), photos: photos.slice(at, at + MAX_RECEIPTS) }
    return authorized(cycle, (token) => cycle.transport.receipts(ask, token))
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
  let limit = MOST_CHANGES
  for (;;) {
    const position = await cycle.localStore.position()
    const askedAt = cycle.now()
    try {
      const page = await authorized(cycle, (token) => cycle.transport.pull(position.cursor, token, limit))
      await learn(cycle, page, askedAt)
      const stands = await cycle.localStore.applyPage(person, position, page, page.server_now)
      // Somebody signed in or out meanwhile; whoever is there now has a cycle of their own.
      if (!stands) throw new Stop({ kind: 'signed-out' })
      if (!page.more || (page.cursor === position.cursor && page.changes.length === 0)) return
    } catch (error) {
      if (error instanceof Unreachable && error.why === 'timeout' && limit > LEAST_CHANGES) {
        limit = Math.max(LEAST_CHANGES, limit >> 2)
        continue
      }
      const invalid = error instanceof Refused && error.status === 409 && error.problem.slug === 'cursor-invalid'
      if (!invalid || restarted) throw error
      restarted = true
      await cycle.localStore.restartPull()
    }
  }
}
