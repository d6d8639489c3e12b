/** Photographs added on the console: described here, sent by tus under the move they belong to. */
import { MAX_PHOTO_BYTES, PhotoRole, PhotoSource } from '@shared/contract/vocabulary'

import type { DeclaredPhoto } from '../../api/calls'
import { csrf } from '../../api/http'

export const ACCEPTED: readonly string[] = ['image/jpeg', 'image/png', 'image/webp']

export type Unfit = 'kind' | 'size' | 'unreadable'

/** A file that cannot be evidence, and why. */
export class UnfitPhoto extends Error {
  constructor(
    readonly file: string,
    readonly why: Unfit,
  ) {
    super(`${file}: ${why}`)
    this.name = 'UnfitPhoto'
  }
}

export interface ChosenPhoto {
  readonly file: File
  readonly declared: DeclaredPhoto
  readonly preview: string
}

/** Refused before reading: other kinds of file, and what is larger than the server takes. */
export function unfit(file: { readonly type: string; readonly size: number }): Unfit | null {
  if (!ACCEPTED.includes(file.type)) return 'kind'
  if (file.size > MAX_PHOTO_BYTES || file.size === 0) return 'size'
  return null
}

/** Hash and measure a file; throws UnfitPhoto. The hash is taken from the very bytes that are sent. */
export async function describe(file: File, role: PhotoRole = PhotoRole.AFTER): Promise<ChosenPhoto> {
  const why = unfit(file)
  if (why) throw new UnfitPhoto(file.name, why)
  const bytes = await file.arrayBuffer()
  const size = await measured(file)
  const sha256 = hex(await crypto.subtle.digest('SHA-256', bytes))
  const frozen = new File([bytes], file.name, { type: file.type })
  return {
    file: frozen,
    preview: URL.createObjectURL(frozen),
    declared: {
      photo_id: crypto.randomUUID(),
      role,
      sha256,
      bytes: frozen.size,
      mime: file.type,
      width: size.width,
      height: size.height,
      taken_at: new Date(file.lastModified || Date.now()).toISOString(),
      source: PhotoSource.INPUT,
    },
  }
}

async function measured(file: File): Promise<{ width: number; height: number }> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file)
  } catch {
    throw new UnfitPhoto(file.name, 'unreadable')
  }
  const size = { width: bitmap.width, height: bitmap.height }
  bitmap.close()
  return size
}

export function hex(digest: ArrayBuffer): string {
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Send one photograph; resumes by itself over short cuts, rejects when the server says no. */
export async function send(photo: ChosenPhoto, moveId: string, onShare: (share: number) => void): Promise<void> {
  const { Upload } = await import('tus-js-client')
  const token = csrf()
  await new Promise<void>((resolve, reject) => {
    new Upload(photo.file, {
      endpoint: '/api/v1/uploads',
      metadata: {
        photo_id: photo.declared.photo_id,
        sha256: photo.declared.sha256,
        op_id: moveId,
      },
      headers: token ? { 'X-CSRF-Token': token } : {},
      uploadDataDuringCreation: true,
      storeFingerprintForResuming: false,
      retryDelays: [500, 1500, 4000],
      onProgress: (sent, all) => onShare(all ? sent / all : 0),
      onSuccess: () => resolve(),
      onError: reject,
    }).start()
  })
}
