/** Problem documents (RFC 9457) as the server sends them; imports nothing. */

export interface Problem {
  readonly type: string
  readonly slug: string
  readonly title: string
  readonly status: number
  readonly detail?: string
  readonly instance?: string
  readonly retryable?: boolean
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** A problem from whatever the answer held; a body that is no problem still yields one with its status. */
export function parseProblem(status: number, body: unknown): Problem {
  const given = isRecord(body) ? body : {}
  const type = text(given.type) ?? 'about:blank'
  const errors = Array.isArray(given.errors)
    ? given.errors.filter(isRecord).map((error) => ({
        pointer: text(error.pointer) ?? '',
        detail: text(error.detail) ?? '',
      }))
    : undefined
  return {
    type,
    slug: text(given.slug) ?? type.split('/').pop() ?? 'unknown',
    title: text(given.title) ?? `HTTP ${status}`,
    status,
    ...(text(given.detail) !== undefined && { detail: text(given.detail) }),
    ...(text(given.instance) !== undefined && { instance: text(given.instance) }),
    ...(typeof given.retryable === 'boolean' && { retryable: given.retryable }),
    ...(errors && { errors }),
  }
}

const CHINESE = /[\u4e00-\u9fff]/

/** One sentence a person can read: what it is, and this case; with the punctuation of its language. */
export function problemSentence(problem: Problem): string {
  const { title } = problem
  const fields = problem.errors?.map((error) => error.detail) ?? []
  const details = [problem.detail, ...fields].filter((one): one is string => !!one && one !== title)
  if (!details.length) return title
  if (!CHINESE.test(title)) return `${title}: ${details.map((one) => one.replace(/[.;]?$/, '.')).join(' ')}`
  return `${title}：${details.join('；').replaceAll('。；', '。')}`
}
