/** The end of a sync cycle: frees what a receipt and a backup allow, and counts what is left. No DOM, no Vue. */
import { isOpen, isUnproven, mayForget, mayFree } from '../model/rules'
import type { Cycle, Outcome } from './cycle'

/** Bytes and settled ops go when a receipt and a backup allow it (I1). */
export async function freeBytes(cycle: Cycle): Promise<void> {
  cycle.progress?.({ phase: 'free' })
  if (cycle.serverNow === null) return
  const serverNow = cycle.serverNow
  const author = cycle.session.person.id
  const backedUpTo = await cycle.localStore.meta('backed_up_to')
  const photos = await cycle.localStore.photos(author)
  const freed = photos.filter((photo) => mayFree(photo, backedUpTo, serverNow)).map((photo) => photo.photo_id)
  const gone = new Set(freed)
  const remaining = photos.map((photo) => (gone.has(photo.photo_id) ? { ...photo, bytes_here: false } : photo))
  const ops = await cycle.localStore.ops(author)
  const forgotten = ops
    .filter((op) =>
      mayForget(
        op,
        remaining.filter((photo) => photo.op_id === op.op_id),
        backedUpTo,
        serverNow,
      ),
    )
    .map((op) => op.op_id)
  await cycle.localStore.free(freed, forgotten)
}

/** How much is left to deliver, and when to try again. */
export async function whatIsLeft(cycle: Cycle): Promise<Outcome> {
  const author = cycle.session.person.id
  const ops = (await cycle.localStore.ops(author)).filter(isOpen)
  const all = await cycle.localStore.photos(author)
  const photos = all.filter(isUnproven)
  const remaining = ops.length + photos.length
  if (remaining === 0) {
    // A photo that can never be delivered any more makes "everything" untrue.
    if (all.some((photo) => photo.state === 'lost')) return { kind: 'done', left: remaining, nextAt: null }
    await cycle.localStore.setMeta('all_delivered_at', new Date(cycle.now()).toISOString())
    return { kind: 'done', left: remaining, nextAt: null }
  }
  return { kind: 'done', left: remaining, nextAt: Math.min(...[...ops, ...photos].map((row) => row.not_before)) }
}
