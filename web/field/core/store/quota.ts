/** Storage on the phone: how much is left, what goes first when it runs out, and whether the browser keeps it. */
import type { LocalStore } from './localStore'

/** New photos stop here; the rest of the storage is for words, which are always saved. */
const FULL = 0.9
/** From here on the person is warned. */
const LOW = 0.8
const LOW_BYTES = 40 * 1024 * 1024
/** What one more photo may take, in both its copies: 1920 px at q 0.8 stays below. */
export const ONE_PHOTO = 2 * 1024 * 1024
/** A browser that refused to keep the data gets the request again this much later: it may know the page better by then. */
const ASK_AGAIN_MS = 24 * 3600 * 1000

export interface StorageQuota {
  /** Bytes in use and bytes there may be; both 0 where the browser does not tell. */
  readonly usage: number
  readonly quota: number
  /** Another photo may be taken. */
  readonly mayCapture: boolean
  /** Little is left: worth a line at the top. */
  readonly low: boolean
}

/** What is read of `navigator.storage`; older browsers have less of it. */
export type BrowserStorage = Partial<Pick<StorageManager, 'estimate' | 'persist' | 'persisted'>>

async function measured(of: BrowserStorage): Promise<{ usage: number; quota: number }> {
  const { usage = 0, quota = 0 } = (await of.estimate?.().catch(() => null)) ?? {}
  return { usage, quota }
}

/** Bytes that must go before `bytes` more fit below the line; 0 when they fit, or when nobody can tell. */
const shortBy = ({ usage, quota }: { usage: number; quota: number }, bytes: number): number =>
  quota === 0 ? 0 : Math.max(0, Math.ceil(usage + bytes - quota * FULL))

/**
 * Free so many bytes: photos whose receipt says `stored` lose their bytes here, the oldest
 * received first, and never any other (I1). False when that was not enough: no new photo then.
 */
export async function freeSpaceIn(localStore: LocalStore, of: BrowserStorage, bytes: number): Promise<boolean> {
  const short = shortBy(await measured(of), bytes)
  if (short === 0) return true
  // Some browsers count freed bytes late: what was freed is counted here.
  return (await localStore.freeReceived(short)) >= short
}

/** How it stands. At the line received photos go first, before capture stops. */
export async function measureQuota(localStore: LocalStore, of: BrowserStorage): Promise<StorageQuota> {
  const mayCapture = await freeSpaceIn(localStore, of, ONE_PHOTO)
  const { usage, quota } = await measured(of)
  const low = quota > 0 && (usage >= quota * LOW || quota - usage < LOW_BYTES)
  return { usage, quota, mayCapture, low: low || !mayCapture }
}

/**
 * Ask the browser never to clear the database by itself; its answer is remembered. Called when there is
 * something to lose for the first time: some browsers ask the person then, and the question makes sense.
 */
export async function requestPersistenceIn(localStore: LocalStore, of: BrowserStorage, now: number, insisted = false): Promise<boolean> {
  const before = await localStore.meta('keeping')
  if (await of.persisted?.().catch(() => false)) {
    if (!before?.granted) await localStore.setMeta('keeping', { granted: true, asked_at: now })
    return true
  }
  // A clock that jumped back must not silence the question for ever.
  if (!insisted && before && Math.abs(now - before.asked_at) < ASK_AGAIN_MS) return false
  const granted = (await of.persist?.().catch(() => false)) ?? false
  await localStore.setMeta('keeping', { granted, asked_at: now })
  return granted
}
