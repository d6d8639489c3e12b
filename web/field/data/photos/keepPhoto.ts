/** From a picture to a kept row: compress, hash exactly the stored bytes, write, read back. */
import type { PhotoRole, PhotoSource } from '@shared/contract/vocabulary'
import { uuid7 } from '@shared/api/uuid7'

import { sha256 } from '../../core/model/canonical'
import { heldPhoto } from '../../core/model/make'
import { StorageFull } from '../../core/store/database'
import { type DraftGone, isGone, type SavedElsewhere } from '../../core/store/draftWrites'
import type { LocalStore } from '../../core/store/localStore'
import { ONE_PHOTO } from '../../core/store/quota'
import { freeSpace } from '../quota'
import type { PhotoRow, PlaceHere } from '../../core/model/rows'
import { compress } from '@shared/photos/photoCompressor'
import { EXIF_WITHIN, readExif } from '@shared/photos/exif'

export interface Exposure {
  readonly picture: Blob | ImageBitmap
  readonly source: PhotoSource
  readonly role: PhotoRole
  readonly place: PlaceHere | null
  readonly takenAt: number
}

/** Names the draft that holds a photo whose own draft another page ended meanwhile. */
export type Rehome = (error: SavedElsewhere | DraftGone) => Promise<string>

/** Keep one photo of a draft. Throws `NotAPicture`, `StorageFull`, `NotStored`. */
export async function keepPhoto(localStore: LocalStore, author: string, draftId: string, shot: Exposure, rehome: Rehome): Promise<PhotoRow> {
  const exif = shot.picture instanceof Blob ? readExif(await shot.picture.slice(0, EXIF_WITHIN).arrayBuffer()) : {}
  // Requested while the photo is compressed: the answer is there when the photo is.
  const [made, fits] = await Promise.all([compress(shot.picture), freeSpace(ONE_PHOTO)])
  if (!fits) throw new StorageFull()
  const photo_id = uuid7(shot.takenAt)
  const declaration = {
    photo_id,
    role: shot.role,
    sha256: await sha256(made.bytes),
    bytes: made.bytes.byteLength,
    mime: 'image/jpeg',
    width: made.width,
    height: made.height,
    taken_at: new Date(shot.takenAt).toISOString(),
    source: shot.source,
    ...(shot.place && { place: shot.place }),
    ...(Object.keys(exif).length > 0 && { exif }),
  }
  const row = heldPhoto(author, draftId, declaration, shot.takenAt)
  try {
    await localStore.addPhoto(row, made.bytes)
    return row
  } catch (error) {
    if (!isGone(error)) throw error
    const home = await rehome(error)
    const moved = heldPhoto(author, home, declaration, shot.takenAt)
    await localStore.addPhoto(moved, made.bytes)
    return moved
  }
}
