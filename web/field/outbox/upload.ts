/** Carries one photo by tus 1.0.0, and gives up when nothing moves; network only. */
import { Refused, retryAfter, Unreachable } from '@shared/api'
import { parseProblem } from '@shared/problem'
import { DetailedError, Upload as Tus } from 'tus-js-client'

import type { Upload } from './courier'

const ENDPOINT = '/api/v1/uploads'
/** No byte moved and no answer came for this long: connecting counts too. */
const NO_PROGRESS_MS = 15_000

/** Resolves when the server says the photo is complete; throws `Unreachable` or `Refused`. */
export function uploadByTus(upload: Upload, token: string): Promise<void> {
  const { declaration } = upload
  return new Promise((resolve, reject) => {
    let stranger = false
    let watch: ReturnType<typeof setTimeout> | undefined
    const moved = (): void => {
      clearTimeout(watch)
      watch = setTimeout(() => {
        void tus.abort()
        reject(new Unreachable('stalled'))
      }, NO_PROGRESS_MS)
    }
    const tus = new Tus(new Blob([upload.bytes], { type: declaration.mime }), {
      endpoint: ENDPOINT,
      // The address is known beforehand: after a lost answer one HEAD tells where to go on.
      uploadUrl: upload.begun ? `${ENDPOINT}/${declaration.photo_id}` : null,
      metadata: { photo_id: declaration.photo_id, sha256: declaration.sha256, op_id: upload.op_id },
      headers: { Authorization: `Bearer ${token}` },
      uploadDataDuringCreation: true,
      // Our own queue retries and remembers; tus keeps nothing.
      retryDelays: null,
      storeFingerprintForResuming: false,
      onBeforeRequest: moved,
      onProgress: (sent) => {
        moved()
        upload.progress(sent)
      },
      onAfterResponse: (_, answer) => {
        moved()
        if (!answer.getHeader('X-Sync')) {
          stranger = true
          throw new Error('an answer without X-Sync')
        }
      },
      onSuccess: () => {
        clearTimeout(watch)
        resolve()
      },
      onError: (error) => {
        clearTimeout(watch)
        reject(stranger ? new Unreachable('stranger') : translated(error))
      },
    })
    moved()
    tus.start()
  })
}

function translated(error: Error): Error {
  const answer = error instanceof DetailedError ? error.originalResponse : null
  if (!answer || answer.getStatus() === 0) return new Unreachable('network')
  // Chosen by us, so that a 2xx without an offset is no success: the answer was cut or rewritten.
  if (answer.getStatus() < 400) return new Unreachable('stranger')
  let body: unknown = null
  try {
    body = JSON.parse(answer.getBody())
  } catch {
    // A problem without a readable body still has its status.
  }
  return new Refused(
    parseProblem(answer.getStatus(), body),
    retryAfter(answer.getHeader('Retry-After') ?? null, Date.now()),
    body,
  )
}
