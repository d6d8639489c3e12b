/** 缩略图: small copies of own photos, made while their bytes are here; they stay after delivery. */
import { localStore } from './phone'
import { thumbCopies } from './photoCopies'
import { currentQuota } from './quota'

const LONGEST_PX = 240
const QUALITY = 0.7
/** After one cycle: a phone with a full outbox has other things to do. */
const MOST_AT_ONCE = 12

async function shrunk(bytes: ArrayBuffer): Promise<Blob | null> {
  const picture = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }))
  try {
    const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(picture.width * scale))
    canvas.height = Math.max(1, Math.round(picture.height * scale))
    canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height)
    return await new Promise((made) => canvas.toBlob(made, 'image/jpeg', QUALITY))
  } finally {
    picture.close()
  }
}

/** Make those that are missing, the newest photos first. */
export async function makeOwnThumbs(): Promise<void> {
  const session = await localStore.session()
  if (!session || (await currentQuota()).low) return
  const photos = await localStore.photos(session.person.id)
  const kept = await thumbCopies.sizes()
  const missing = photos
    .filter((photo) => photo.op_id !== null && photo.bytes_here && photo.state !== 'lost' && !kept.has(photo.photo_id))
    .sort((a, b) => b.added_at - a.added_at)
  for (const { photo_id } of missing.slice(0, MOST_AT_ONCE)) {
    const bytes = await localStore.bytes(photo_id)
    const small = bytes && (await shrunk(bytes).catch(() => null))
    if (!small) continue
    const headers = { 'Content-Type': 'image/jpeg', 'Content-Length': String(small.size) }
    if (!(await thumbCopies.put(photo_id, new Response(small, { headers })))) return
  }
}

export const ownThumb = (photoId: string): Promise<Blob | null> => thumbCopies.get(photoId)
