/** Carries one photo by tus 1.0.0, goes on where it was cut, gives up when nothing moves; network only. */
import { Refused, Unreachable } from '@shared/api/client'
import { errorOfUpload } from '@shared/api/uploadAnswer'
import { DetailedError, type HttpResponse, Upload as Tus } from 'tus-js-client'

import type { Upload } from './transport'

const ENDPOINT = '/api/v1/uploads'
/** No byte moved and no answer came for this long: connecting counts too. */
const NO_PROGRESS_MS = 15_000
/**
 * A photo of the usual size is one request. Chromium silently repeats a request whose connection had
 * served before and broke: this is the most it can send twice (docs/decisions/0031).
 */
const MAX_REQUEST_BYTES = 512 * 1024
/** Tries one after another that left no byte more on the server; then the cycle ends and the queue backs off. */
const MAX_FAILURES = 8
/** And never more than this in one cycle. */
const MAX_TRIES = 30
/** The server must have noticed the cut before the request for what it kept. */
const PAUSE_LEAST_MS = 200
const PAUSE_BASE_MS = 500
const PAUSE_LIMIT_MS = 2_000
/** A wait the server asks for is kept here when it is this short; a longer one is the queue's. */
const SHORT_WAIT_SECONDS = 5
/** The server stands elsewhere than we thought: one HEAD tells where. */
const ELSEWHERE = 409

/** One try: `begun` when bytes may be on the server, `stands` to be told each offset it names. */
export type Try = (begun: boolean, onOffset: (offset: number) => void) => Promise<void>

export interface RetryTiming {
  readonly pause: (ms: number) => Promise<void>
  readonly random: () => number
}

const RETRY_TIMING: RetryTiming = {
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
}

/** Resolves when the server says the photo is complete; throws `Unreachable` or `Refused`. */
export function uploadByTus(upload: Upload, token: string): Promise<void> {
  return resumed((begun, onOffset) => carry(upload, token, begun, onOffset), upload.begun, RETRY_TIMING)
}

/** A cut photo goes on within seconds of the link's return, for a bounded number of tries. */
export async function resumed(attempt: Try, begun: boolean, timing: RetryTiming): Promise<void> {
  let furthest = 0
  let failures = 0
  for (let tries = 1; ; tries += 1) {
    let grew = false
    try {
      await attempt(begun || tries > 1, (offset) => {
        grew ||= offset > furthest
        furthest = Math.max(furthest, offset)
      })
      return
    } catch (error) {
      failures = grew ? 1 : failures + 1
      const wait = waitBeforeNext(error, failures, timing.random)
      if (wait === null || tries >= MAX_TRIES) throw error
      await timing.pause(wait)
    }
  }
}

/** How long until the next try in this cycle; null when it is the queue's turn. */
function waitBeforeNext(error: unknown, failures: number, random: () => number): number | null {
  if (failures >= MAX_FAILURES) return null
  // Full jitter: a thousand phones that leave a tunnel together must not arrive together.
  const longest = Math.min(PAUSE_LIMIT_MS, PAUSE_BASE_MS * 2 ** (failures - 1))
  const jitter = PAUSE_LEAST_MS + random() * (longest - PAUSE_LEAST_MS)
  if (error instanceof Unreachable) {
    if (error.why === 'network') return jitter
    // Fifteen seconds of silence, twice: that is no cut, that is a place without a link.
    return error.why === 'stalled' && failures === 1 ? jitter : null
  }
  if (!(error instanceof Refused)) return null
  if (error.status === ELSEWHERE && error.problem.slug === 'upload-offset') return jitter
  const retryAfter = error.retryAfterSeconds
  return retryAfter !== null && retryAfter <= SHORT_WAIT_SECONDS ? retryAfter * 1000 + jitter : null
}

function carry(upload: Upload, token: string, begun: boolean, onOffset: (offset: number) => void): Promise<void> {
  const { declaration } = upload
  return new Promise((resolve, reject) => {
    let foreign = false
    let refusal: HttpResponse | null = null
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
      uploadUrl: begun ? `${ENDPOINT}/${declaration.photo_id}` : null,
      metadata: { photo_id: declaration.photo_id, sha256: declaration.sha256, op_id: upload.op_id },
      headers: { Authorization: `Bearer ${token}` },
      uploadDataDuringCreation: true,
      chunkSize: MAX_REQUEST_BYTES,
      // `resumed` tries again, our own queue keeps the state; tus keeps nothing.
      retryDelays: null,
      storeFingerprintForResuming: false,
      onBeforeRequest: moved,
      onProgress: (sent) => {
        moved()
        upload.progress(sent)
      },
      onAfterResponse: (request, answer) => {
        moved()
        if (!answer.getHeader('X-Sync')) {
          foreign = true
          throw new Error('an answer without X-Sync')
        }
        const offset = Number(answer.getHeader('Upload-Offset'))
        if (answer.getStatus() < 300 && Number.isFinite(offset)) onOffset(offset)
        // tus-js-client takes every refused HEAD for "unknown" and sends the whole photo again.
        if (request.getMethod() === 'HEAD' && answer.getStatus() >= 400 && answer.getStatus() !== 404) {
          refusal = answer
          throw new Error('a refused look')
        }
      },
      onSuccess: () => {
        clearTimeout(watch)
        resolve()
      },
      onError: (error) => {
        clearTimeout(watch)
        reject(foreign ? new Unreachable('stranger') : errorOfUpload(refusal ?? answerIn(error)))
      },
    })
    moved()
    tus.start()
  })
}

const answerIn = (error: Error): HttpResponse | null => (error instanceof DetailedError ? error.originalResponse : null)
