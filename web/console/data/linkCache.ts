/**
 * Short-lived addresses of photographs, fetched once and kept while they are valid.
 *
 * A reviewer's next photograph is fetched ahead; were its address requested again on showing, the
 * signature would differ and the browser would load the same bytes a second time.
 */
import type { PhotoLink } from '../api/calls'

export type Copy = 'review' | 'thumb' | 'original'
export type AskLink = (id: string, copy: Copy) => Promise<PhotoLink>

const SAFETY = 20_000

export class LinkCache {
  private readonly entries = new Map<string, { url: Promise<string>; until: number }>()

  constructor(
    private readonly ask: AskLink,
    private readonly now: () => number = Date.now,
  ) {}

  /** The address of one copy; a refusal is thrown and not remembered. */
  urlOf(id: string, copy: Copy): Promise<string> {
    const key = `${copy}:${id}`
    const entry = this.entries.get(key)
    if (entry && entry.until > this.now()) return entry.url
    return this.askAnew(key, id, copy)
  }

  private askAnew(key: string, id: string, copy: Copy): Promise<string> {
    // Valid "for ever" until the answer says how long: two panes asking at once share one request.
    const entry = { url: Promise.resolve(''), until: Number.POSITIVE_INFINITY }
    entry.url = this.ask(id, copy).then(
      (link) => {
        entry.until = Date.parse(link.expires_at) - SAFETY
        return link.url
      },
      (error: unknown) => {
        if (this.entries.get(key) === entry) this.entries.delete(key)
        throw error
      },
    )
    this.entries.set(key, entry)
    return entry.url
  }
}
