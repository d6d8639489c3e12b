/** The quota rules of `core/store`, bound to this phone's store and this browser's disk. */
import { askToKeepIn, type Disk, makeRoomIn, type Room, roomIn } from '../core/store/quota'
import { ledger } from './store'

const disk = (): Disk => (typeof navigator === 'undefined' ? {} : (navigator.storage ?? {}))

export const roomLeft = (): Promise<Room> => roomIn(ledger, disk())
export const makeRoom = (bytes: number): Promise<boolean> => makeRoomIn(ledger, disk(), bytes)
export const askToKeep = (insisted = false): Promise<boolean> => askToKeepIn(ledger, disk(), Date.now(), insisted)
