/** Photographs added on the console: re-encoded and described here, sent by tus under the move they belong to. */
import { Refused } from '@shared/api/client'
import { parseProblem, problemSentence } from '@shared/api/problem'
import { errorOfUpload } from '@shared/api/uploadAnswer'
import { PhotoRole, PhotoSource } from '@shared/contract/vocabulary'
import type { Label } from '@shared/contract/vocabulary'
import { EXIF_WITHIN, readExif } from '@shared/photos/exif'
import { pageLanguage } from '@shared/i18n/language'
import { compress } from '@shared/photos/photoCompressor'
import { type Flaw, NotAPicture } from '@shared/photos/shrink'

import type { DeclaredPhoto } from '../../api/calls'
import { csrf, sentenceOf, watchingSession } from '../../api/http'

/** What a file chooser offers; whether it is a picture is seen by decoding it. */
export const ACCEPTED = 'image/*'

/** A file that cannot be evidence, and why. */
export class UnfitPhoto extends Error {
  constructor(
    readonly file: string,
    readonly flaw: Flaw,
  ) {
    super(`${file}: ${flaw}`)
    this.name = 'UnfitPhoto'
  }
}

const FLAWS: Readonly<Record<Flaw, Label>> = {
  heic: {
    zh: '这是 HEIC 照片，此浏览器读不了。请在手机「设置 › 相机 › 格式」选「兼容性最佳」后重拍，或先另存为 JPEG。',
    en: 'this is a HEIC photo, which this browser cannot read: set the phone’s camera to “Most Compatible”, or save it as JPEG first',
  },
  blank: { zh: '这张照片是全黑、空白或太小的，不能作证据。请另选一张。', en: 'this photo is black, empty or tiny and shows nothing: choose another' },
  unreadable: { zh: '这个文件已损坏或不是照片。请另选 JPEG、PNG 或 WebP 照片。', en: 'this file is damaged or no photo: choose a JPEG, PNG or WebP' },
}

export function flawWords({ file, flaw }: UnfitPhoto): Label {
  return named(file, FLAWS[flaw])
}

const named = (file: string, { zh, en }: Label): Label => ({ zh: `${file}：${zh}`, en: `${file}: ${en}` })

export interface ChosenPhoto {
  readonly file: File
  readonly declared: DeclaredPhoto
  readonly preview: string
}

/**
 * Make of a chosen file what a phone makes of a shot: upright, 1920 px, JPEG, nothing behind the picture. The
 * hash is taken from the very bytes that are sent. Throws `UnfitPhoto`.
 */
export async function describe(file: File, role: PhotoRole = PhotoRole.AFTER): Promise<ChosenPhoto> {
  const exif = readExif(await file.slice(0, EXIF_WITHIN).arrayBuffer())
  const made = await compress(file).catch((error: unknown) => {
    throw error instanceof NotAPicture ? new UnfitPhoto(file.name, error.flaw) : error
  })
  const mime = 'image/jpeg'
  const encoded = new File([made.bytes], file.name, { type: mime })
  return {
    file: encoded,
    preview: URL.createObjectURL(encoded),
    declared: {
      photo_id: crypto.randomUUID(),
      role,
      sha256: hex(await crypto.subtle.digest('SHA-256', made.bytes)),
      bytes: made.bytes.byteLength,
      mime,
      width: made.width,
      height: made.height,
      taken_at: new Date(file.lastModified || Date.now()).toISOString(),
      source: PhotoSource.INPUT,
      ...(Object.keys(exif).length > 0 && { exif }),
    },
  }
}

export function hex(digest: ArrayBuffer): string {
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Send one photograph; resumes by itself over short cuts. Throws `Refused` or `Unreachable`. */
export function send(photo: ChosenPhoto, moveId: string, onShare: (share: number) => void): Promise<void> {
  return watchingSession(carry(photo, moveId, onShare))
}

async function carry(photo: ChosenPhoto, moveId: string, onShare: (share: number) => void): Promise<void> {
  const { DetailedError, Upload } = await import('tus-js-client')
  const token = csrf()
  await new Promise<void>((resolve, reject) => {
    new Upload(photo.file, {
      endpoint: '/api/v1/uploads',
      metadata: {
        photo_id: photo.declared.photo_id,
        sha256: photo.declared.sha256,
        op_id: moveId,
      },
      headers: { 'Accept-Language': pageLanguage(), ...(token ? { 'X-CSRF-Token': token } : {}) },
      uploadDataDuringCreation: true,
      storeFingerprintForResuming: false,
      retryDelays: [500, 1500, 4000],
      onProgress: (sent, all) => onShare(all ? sent / all : 0),
      onSuccess: () => resolve(),
      onError: (error) => reject(errorOfUpload(error instanceof DetailedError ? error.originalResponse : null)),
    }).start()
  })
}

/** Which photo did not arrive, and the server's own reason, or why there was no answer. */
export function notSentWords(photo: ChosenPhoto, error: unknown): Label {
  if (error instanceof Refused) {
    const reason = reasonOf(error)
    return named(photo.file.name, { zh: reason, en: reason })
  }
  const why = sentenceOf(error)
  return named(photo.file.name, { zh: `没有传完。${why.zh}`, en: `not fully sent. ${why.en}` })
}

/** A photo that was refused before is refused again as such; its first reason lies inside. */
function reasonOf({ problem, body }: Refused): string {
  const first = (body as { readonly reason?: unknown } | null)?.reason
  return problemSentence(first === undefined ? problem : parseProblem(problem.status, first))
}
