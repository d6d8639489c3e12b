/** Cases asked ahead of their showing: the next one is there when J is pressed. Pure but for `ask`. */
import type { Case } from '../api/types'

export type AskTask = (id: string) => Promise<Case>

const FRESH_MS = 30_000
const KEPT = 12

export class Cases {
  private readonly kept = new Map<string, { task: Promise<Case>; at: number }>()

  constructor(
    private readonly ask: AskTask,
    private readonly now: () => number = Date.now,
  ) {}

  /** The case, from what was asked within the last half minute or asked now. */
  get(id: string): Promise<Case> {
    const kept = this.kept.get(id)
    if (kept && this.now() - kept.at < FRESH_MS) return kept.task
    return this.anew(id)
  }

  /** The case as the server has it this moment. */
  anew(id: string): Promise<Case> {
    const entry = { task: this.ask(id), at: this.now() }
    this.kept.delete(id)
    this.kept.set(id, entry)
    this.dropOldest()
    entry.task.catch(() => {
      // A refusal is no answer to keep; the one who asked is told.
      if (this.kept.get(id) === entry) this.kept.delete(id)
    })
    return entry.task
  }

  /** What the server answered to a move is the newest there is. */
  learn(task: Case): void {
    this.kept.set(task.id, { task: Promise.resolve(task), at: this.now() })
  }

  /** What is kept of it is known to be old. */
  drop(id: string): void {
    this.kept.delete(id)
  }

  private dropOldest(): void {
    const [oldest] = this.kept.keys()
    if (oldest !== undefined && this.kept.size > KEPT) this.kept.delete(oldest)
  }
}
