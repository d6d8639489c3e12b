/** The worker beside the page: photos are compressed here, one at a time, so that the page stays quick. */
/// <reference lib="webworker" />
import { type Drawn, LOOK_PX, NotAPicture, shrink } from './shrink'

declare const self: DedicatedWorkerGlobalScope

function toCanvas(picture: CanvasImageSource, width: number, height: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height)
  // Read back at once: a canvas on the GPU would have to fetch its pixels first.
  canvas.getContext('2d', { willReadFrequently: true })!.drawImage(picture, 0, 0, width, height)
  return canvas
}

async function encode(picture: ImageBitmap | VideoFrame, width: number, height: number, quality: number): Promise<Drawn> {
  const canvas = toCanvas(picture, width, height)
  const look = toCanvas(canvas, LOOK_PX, LOOK_PX).getContext('2d')!.getImageData(0, 0, LOOK_PX, LOOK_PX).data
  return { blob: await canvas.convertToBlob({ type: 'image/jpeg', quality }), look }
}

self.addEventListener('message', (event: MessageEvent<{ nth: number; source: Blob | ImageBitmap }>) => {
  const { nth, source } = event.data
  shrink(source, encode)
    .then(
      (made) => self.postMessage({ nth, made }, [made.bytes]),
      (error: unknown) => self.postMessage({ nth, flaw: error instanceof NotAPicture ? error.flaw : null, message: String(error) }),
    )
    // The copy that came with the message is this worker's own.
    .finally(() => source instanceof Blob || source.close())
})
// The page waits for this before it sends anything.
self.postMessage({ nth: 0 })
