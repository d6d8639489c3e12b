/** The quota rules of `core/store`, bound to this phone's store and this browser's disk. */
import { requestPersistenceIn, type BrowserStorage, freeSpaceIn, type StorageQuota, measureQuota } from '../core/store/quota'
import { clearCopies } from './photoCopies'
import { localStore } from './store'

const disk = (): BrowserStorage => (typeof navigator === 'undefined' ? {} : (navigator.storage ?? {}))

/** Where received photos were not enough, copies for the time without a network go too. */
export async function currentQuota(): Promise<StorageQuota> {
  const quota = await measureQuota(localStore, disk())
  if (quota.mayCapture) return quota
  await clearCopies()
  return measureQuota(localStore, disk())
}

export async function freeSpace(bytes: number): Promise<boolean> {
  if (await freeSpaceIn(localStore, disk(), bytes)) return true
  await clearCopies()
  return freeSpaceIn(localStore, disk(), bytes)
}

export const requestPersistence = (insisted = false): Promise<boolean> => requestPersistenceIn(localStore, disk(), Date.now(), insisted)
