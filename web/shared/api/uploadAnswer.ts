/** What an answer to an upload by tus says: the server's own reason, or that nothing can be concluded. Pure. */
import { Refused, retryAfter, Unreachable } from './client'
import { parseProblem } from './problem'

/** What is used of an answer; that of tus-js-client fits. */
export interface UploadAnswer {
  getStatus(): number
  getHeader(name: string): string | undefined
  getBody(): string
}

/** null: there was no answer. */
export function errorOfUpload(answer: UploadAnswer | null): Refused | Unreachable {
  if (!answer || answer.getStatus() === 0) return new Unreachable('network')
  if (!answer.getHeader('X-Sync')) return new Unreachable('stranger', answer.getStatus())
  // Chosen by us, so that a 2xx without an offset is no success: the answer was cut or rewritten.
  if (answer.getStatus() < 400) return new Unreachable('stranger')
  let body: unknown = null
  try {
    body = JSON.parse(answer.getBody())
  } catch {
    // A problem without a readable body still has its status.
  }
  return new Refused(parseProblem(answer.getStatus(), body), retryAfter(answer.getHeader('Retry-After') ?? null, Date.now()), body)
}
