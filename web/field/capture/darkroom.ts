/** Hands photos to the worker one after the other, and does the work in the page where that fails. */
import { NotAPicture, shrink, type Shrunk } from './shrink'

type Answer = { nth: number } & ({ made: Shrunk } | { unreadable: boolean; message: string })

let worker: Worker | null = null
let counter = 0
let last: Promise<unknown> = Promise.resolve()

async function encodeHere(picture: ImageBitmap, width: number, height: number, quality: number): Promise<Blob | null> {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')!.drawImage(picture, 0, 0, width, height)
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality))
}

function inWorker(source: Blob | ImageBitmap): Promise<Shrunk> {
  worker ??= new Worker(new URL('./shrink.worker.ts', import.meta.url), { type: 'module' })
  const one = worker
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
      else reject(event.data.unreadable ? new NotAPicture() : new Error(event.data.message))
    }
    const broken = (): void => {
      settle()
      worker = null
      reject(new Error('worker'))
    }
    one.addEventListener('message', hear)
    one.addEventListener('error', broken)
    one.postMessage({ nth, source })
  })
}

async function develop(source: Blob | ImageBitmap): Promise<Shrunk> {
  try {
    if (typeof Worker === 'undefined' || typeof OffscreenCanvas === 'undefined') throw new Error('no worker')
    return await inWorker(source)
  } catch (error) {
    if (error instanceof NotAPicture) throw error
    return shrink(source, encodeHere)
  }
}

/** One photo at a time: two large pictures in memory are one too many for a cheap phone. */
export function compress(source: Blob | ImageBitmap): Promise<Shrunk> {
  const mine = last.then(
    () => develop(source),
    () => develop(source),
  )
  last = mine
  return mine
}
