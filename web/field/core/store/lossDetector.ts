/** Notices that the database has vanished: a mark outside IndexedDB says what was in it last. */
import type { Ledger } from './localStore'
import type { Meta } from '../model/rows'
import { type Counts, type Me, NOTHING } from './replica'
import { putBack } from './replicaRepair'

const MARK = 'inspect-kept'

/** What stood in the database at its last change: nothing a stranger could use. */
export interface Mark {
  readonly device: string
  readonly at: number
  readonly records: number
  readonly photos: number
  readonly drafts: number
}

/** `localStorage`, which browsers clear apart from the database; null where it is refused. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

export function shelfHere(): Shelf | null {
  try {
    return window.localStorage
  } catch {
    return null
  }
}

function markOn(shelf: Shelf): Mark | null {
  try {
    const mark = JSON.parse(shelf.getItem(MARK) ?? 'null') as Partial<Mark> | null
    const sound = typeof mark?.device === 'string' && [mark.at, mark.records, mark.photos, mark.drafts].every(Number.isFinite)
    return sound ? (mark as Mark) : null
  } catch {
    return null // not ours, or storage refused
  }
}

/**
 * Look once, when the page starts and before a new device is made: a mark, or a second copy, without its
 * database means that the browser cleared it. What the second copy has comes back; that, and what is lost,
 * is kept for the screen. The mark goes, so that this is noticed once and never again.
 */
export async function lookForLoss(ledger: Ledger, shelf: Shelf | null, now: number): Promise<void> {
  if ((await ledger.meta('device')) !== null) return
  const mark = shelf && markOn(shelf)
  const noted = (back: Counts, me: Me | null): Meta['vanished'] => ({
    ...without(mark ?? NOTHING, back),
    device: mark?.device ?? me?.device.id ?? '',
    at: mark?.at ?? now,
    restored: back,
    noticed_at: now,
    acknowledged: false,
  })
  const back = await putBack(ledger, noted)
  if (!mark) return
  if (back === null) await ledger.setMeta('vanished', noted(NOTHING, null))
  shelf.removeItem(MARK)
}

/** A database that is there may still lack rows: they come back too, and the person is told. */
export async function mend(ledger: Ledger, now: number): Promise<void> {
  const device = await ledger.meta('device')
  if (device === null) return
  await putBack(ledger, (back) => ({ ...NOTHING, device: device.id, at: now, restored: back, noticed_at: now, acknowledged: false }))
}

const without = (mark: Counts, back: Counts): Counts => ({
  records: Math.max(0, mark.records - back.records),
  photos: Math.max(0, mark.photos - back.photos),
  drafts: Math.max(0, mark.drafts - back.drafts),
})

/** Write down what stands in the database now. Called after every change to what is not sent. */
export async function keepMark(ledger: Ledger, shelf: Shelf | null, now: number): Promise<void> {
  const device = await ledger.meta('device')
  if (!shelf || !device) return
  const mark: Mark = { device: device.id, at: now, ...(await ledger.unsent()) }
  try {
    shelf.setItem(MARK, JSON.stringify(mark))
  } catch {
    // No room for a hundred bytes, or refused: the database itself is what counts.
  }
}
