/** The quota rules of `core/store`, bound to this phone's store and this browser's disk. */
import { requestPersistenceIn, type BrowserStorage, freeSpaceIn, type StorageQuota, measureQuota } from '../core/store/quota'
import { localStore } from './store'

const disk = (): BrowserStorage => (typeof navigator === 'undefined' ? {} : (navigator.storage ?? {}))

export const currentQuota = (): Promise<StorageQuota> => measureQuota(localStore, disk())
export const freeSpace = (bytes: number): Promise<boolean> => freeSpaceIn(localStore, disk(), bytes)
export const requestPersistence = (insisted = false): Promise<boolean> => requestPersistenceIn(localStore, disk(), Date.now(), insisted)
