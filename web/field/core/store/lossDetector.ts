/** Notices that the database has vanished: a mark outside IndexedDB says what was in it last. */
import type { LocalStore } from './localStore'
import type { Meta } from '../model/rows'
import { type Counts, type DeviceProfile, NO_COUNTS } from './replica'
import { restore } from './replicaRepair'

const MARK = 'inspect-kept'

/** What stood in the database at its last change: nothing that another person could use. */
export interface Mark {
  readonly device: string
  readonly at: number
  readonly records: number
  readonly photos: number
  readonly drafts: number
}

/** `localStorage`, which browsers clear apart from the database; null where it is refused. */
export type MarkStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

export function browserStorageOrNull(): MarkStorage | null {
  try {
    return window.localStorage
  } catch {
    return null
  }
}

function readMark(storage: MarkStorage): Mark | null {
  try {
    const mark = JSON.parse(storage.getItem(MARK) ?? 'null') as Partial<Mark> | null
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
export async function detectLoss(localStore: LocalStore, storage: MarkStorage | null, now: number): Promise<void> {
  if ((await localStore.meta('device')) !== null) return
  const mark = storage && readMark(storage)
  const noted = (back: Counts, me: DeviceProfile | null): Meta['vanished'] => ({
    ...without(mark ?? NO_COUNTS, back),
    device: mark?.device ?? me?.device.id ?? '',
    at: mark?.at ?? now,
    restored: back,
    noticed_at: now,
    acknowledged: false,
  })
  const back = await restore(localStore, noted)
  if (!mark) return
  if (back === null) await localStore.setMeta('vanished', noted(NO_COUNTS, null))
  storage.removeItem(MARK)
}

/** A database that is there may still lack rows: they come back too, and the person gets a notice. */
export async function repairLosses(localStore: LocalStore, now: number): Promise<void> {
  const device = await localStore.meta('device')
  if (device === null) return
  await restore(localStore, (back) => ({ ...NO_COUNTS, device: device.id, at: now, restored: back, noticed_at: now, acknowledged: false }))
}

const without = (mark: Counts, back: Counts): Counts => ({
  records: Math.max(0, mark.records - back.records),
  photos: Math.max(0, mark.photos - back.photos),
  drafts: Math.max(0, mark.drafts - back.drafts),
})

/** Write down what stands in the database now. Called after every change to what is not sent. */
export async function writeMark(localStore: LocalStore, storage: MarkStorage | null, now: number): Promise<void> {
  const device = await localStore.meta('device')
  if (!storage || !device) return
  const mark: Mark = { device: device.id, at: now, ...(await localStore.unsent()) }
  try {
    storage.setItem(MARK, JSON.stringify(mark))
  } catch {
    // No storage for a hundred bytes, or refused: the database itself is what counts.
  }
}
