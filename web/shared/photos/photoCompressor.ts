/** Gives photos to the worker one after the other, and does the work in the page where that fails. */
import { type Drawn, type Flaw, LOOK_PX, NotAPicture, shrink, type Shrunk } from './shrink'

type Answer = { nth: number } & ({ made: Shrunk } | { flaw: Flaw | null; message: string })

/** A worker whose script has not come by then is given up: a network that is silent reports no failure. */
export const READY_MS = 5_000

interface Started {
  readonly worker: Worker
  /** Its script has run. */
  readonly ready: Promise<void>
}

let started: Started | null = null
let counter = 0
let last: Promise<unknown> = Promise.resolve()

function toCanvas(picture: CanvasImageSource, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d', { willReadFrequently: true })!.drawImage(picture, 0, 0, width, height)
  return canvas
}

async function encodeHere(picture: ImageBitmap | VideoFrame, width: number, height: number, quality: number): Promise<Drawn> {
  const canvas = toCanvas(picture, width, height)
  const look = toCanvas(canvas, LOOK_PX, LOOK_PX).getContext('2d')!.getImageData(0, 0, LOOK_PX, LOOK_PX).data
  return { blob: await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality)), look }
}

function theWorker(): Started {
  if (started) return started
  const worker = new Worker(new URL('./shrink.worker.ts', import.meta.url), { type: 'module' })
  const ready = new Promise<void>((resolve, reject) => {
    // Its first message says that it is there.
    worker.addEventListener('message', () => resolve(), { once: true })
    worker.addEventListener('error', () => reject(new Error('worker')), { once: true })
    setTimeout(() => reject(new Error('worker')), READY_MS)
  })
  ready.catch(() => {
    worker.terminate()
    started = null
  })
  started = { worker, ready }
  return started
}

const inWorkerHere = (): boolean => typeof Worker !== 'undefined' && typeof OffscreenCanvas !== 'undefined'

async function inWorker(source: Blob | ImageBitmap): Promise<Shrunk> {
  const { worker: one, ready } = theWorker()
  await ready
  const nth = (counter += 1)
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      one.removeEventListener('message', hear)
      one.removeEventListener('error', broken)
    }
    const hear = (event: MessageEvent<Answer>): void => {
      if (event.data.nth !== nth) return
      settle()
      if ('made' in event.data) resolve(event.data.made)
      else reject(event.data.flaw ? new NotAPicture(event.data.flaw) : new Error(event.data.message))
    }
    const broken = (): void => {
      settle()
      started = null
      reject(new Error('worker'))
    }
    one.addEventListener('message', hear)
    one.addEventListener('error', broken)
    // Copied, not handed over: a worker that breaks must not take the only shot with it.
    one.postMessage({ nth, source })
  })
}

/** The page's own engine reads what `createImageBitmap` does not: HEIC where the system knows it. */
async function throughImage(source: Blob): Promise<ImageBitmap> {
  const url = URL.createObjectURL(source)
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    return await createImageBitmap(image)
  } finally {
    URL.revokeObjectURL(url)
  }
}

async function inPage(source: Blob | ImageBitmap, seen: NotAPicture | null): Promise<Shrunk> {
  if (!(source instanceof Blob) || seen === null) return shrink(source, encodeHere)
  const picture = await throughImage(source).catch(() => {
    throw seen
  })
  try {
    return await shrink(picture, encodeHere)
  } finally {
    picture.close()
  }
}

/** The worker first; what failed or came out blank there gets a second look by the page's own engine. */
async function compressWithFallback(source: Blob | ImageBitmap): Promise<Shrunk> {
  if (!inWorkerHere()) return inPage(source, null)
  try {
    return await inWorker(source)
  } catch (error) {
    return inPage(source, error instanceof NotAPicture ? error : null)
  }
}

/** Start the worker while the person still aims: the first shot need not wait for it. */
export function warmUp(): void {
  if (inWorkerHere()) theWorker()
}

/** One photo at a time: two large pictures in memory are one too many for a cheap phone. */
export function compress(source: Blob | ImageBitmap): Promise<Shrunk> {
  const mine = last.then(
    () => compressWithFallback(source),
    () => compressWithFallback(source),
  )
  last = mine.catch(() => undefined)
  return mine
}
