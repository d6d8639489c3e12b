/** Cases fetched before they are shown: the next one is there when J is pressed. Pure but for `ask`. */
import type { Case } from '../api/types'

export type AskTask = (id: string) => Promise<Case>

const FRESH_MS = 30_000
const KEPT = 12

export class CaseCache {
  private readonly entries = new Map<string, { task: Promise<Case>; at: number }>()

  constructor(
    private readonly ask: AskTask,
    private readonly now: () => number = Date.now,
  ) {}

  /** The case, from what was fetched within the last half minute or fetched now. */
  get(id: string): Promise<Case> {
    const entry = this.entries.get(id)
    if (entry && this.now() - entry.at < FRESH_MS) return entry.task
    return this.anew(id)
  }

  /** The case as the server has it this moment. */
  anew(id: string): Promise<Case> {
    const entry = { task: this.ask(id), at: this.now() }
    this.entries.delete(id)
    this.entries.set(id, entry)
    this.dropOldest()
    entry.task.catch(() => {
      // A refusal is no answer to keep; the caller gets it.
      if (this.entries.get(id) === entry) this.entries.delete(id)
    })
    return entry.task
  }

  /** What the server answered to a move is the newest there is. */
  learn(task: Case): void {
    this.entries.set(task.id, { task: Promise.resolve(task), at: this.now() })
  }

  /** What is kept of it is known to be old. */
  drop(id: string): void {
    this.entries.delete(id)
  }

  private dropOldest(): void {
    const [oldest] = this.entries.keys()
    if (oldest !== undefined && this.entries.size > KEPT) this.entries.delete(oldest)
  }
}
