/** The worker beside the page: photos are compressed here, one at a time, so that the page stays quick. */
/// <reference lib="webworker" />
import { NotAPicture, shrink } from './shrink'

declare const self: DedicatedWorkerGlobalScope

async function encode(picture: ImageBitmap, width: number, height: number, quality: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')!.drawImage(picture, 0, 0, width, height)
  return canvas.convertToBlob({ type: 'image/jpeg', quality })
}

self.addEventListener('message', (event: MessageEvent<{ nth: number; source: Blob | ImageBitmap }>) => {
  const { nth, source } = event.data
  shrink(source, encode).then(
    (made) => self.postMessage({ nth, made }, [made.bytes]),
    (error: unknown) => self.postMessage({ nth, unreadable: error instanceof NotAPicture, message: String(error) }),
  )
})
