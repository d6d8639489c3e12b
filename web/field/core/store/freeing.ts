/** Deletes what the server has: bytes of received photos, and ops that nobody can ask back. */
import type { Writing } from './database'

/** Free the bytes of photos, then forget ops none of whose photos has bytes here. */
export async function freeSettled(tx: Writing, photoIds: readonly string[], opIds: readonly string[]): Promise<void> {
  for (const id of photoIds) {
    const photo = await tx.objectStore('photos').get(id)
    if (photo?.state !== 'stored') continue
    await tx.objectStore('photo_bytes').delete(id)
    await tx.objectStore('photos').put({ ...photo, bytes_here: false })
  }
  for (const id of opIds) {
    const photos = await tx.objectStore('photos').index('op').getAll(id)
    if (photos.some((photo) => photo.bytes_here)) continue
    for (const photo of photos) await tx.objectStore('photos').delete(photo.photo_id)
    await tx.objectStore('ops').delete(id)
  }
}

/** Free received photos, the oldest receipt first, until so many bytes are free; returns how many went. */
export async function freeOldestReceived(tx: Writing, bytes: number): Promise<number> {
  const received = (await tx.objectStore('photos').getAll())
    .filter((photo) => photo.state === 'stored' && photo.stored_at !== null && photo.bytes_here)
    .sort((a, b) => Date.parse(a.stored_at!) - Date.parse(b.stored_at!) || a.added_at - b.added_at)
  let freed = 0
  for (const photo of received) {
    if (freed >= bytes) break
    await tx.objectStore('photo_bytes').delete(photo.photo_id)
    await tx.objectStore('photos').put({ ...photo, bytes_here: false })
    freed += photo.declaration.bytes
  }
  return freed
}
