/**
 * Decisions held back for a moment in which they can be taken back, then sent: never lost, never twice.
 *
 * Knows no screen and no timer. What is held lies in the browser's storage until the server has
 * answered, so that neither a closed tab nor a dead network loses it; it goes under the id it was
 * made with, so that sending it again is asking for its first answer.
 */
import { Refused } from '@shared/api/client'
import type { Label } from '@shared/contract/vocabulary'

import type { MoveRequest } from '../api/calls'

export interface PendingMove {
  readonly taskId: string
  readonly number: string
  readonly asked: MoveRequest
}

export interface Decision extends PendingMove {
  readonly personId: string
  /** What was decided in one go is taken back in one go. */
  readonly batch: string
  readonly until: number
  /** `sending`: the server may have heard of it, it cannot be taken back any more. */
  readonly state: 'held' | 'sending' | 'refused'
  /** When to ask again, while no answer came. */
  readonly again: number
  readonly tries: number
  readonly why: Label | null
}

export interface Ports<Answer> {
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>
  readonly now: () => number
  /** `leaving`: the page is about to go, the request has to outlive it. */
  readonly send: (moves: PendingMove, leaving: boolean) => Promise<Answer>
  readonly words: (error: unknown) => Label
  readonly done: (decision: Decision, answer: Answer) => void
  readonly refused: (decision: Decision) => void
  readonly changed: () => void
}

export const WINDOW_MS = 8000
/** Another tab's decisions are that tab's; only one that is gone leaves them lying this long. */
export const GRACE_MS = 4000
const ANSWER_MS = 30_000
const PAUSES_MS = [3000, 6000, 12_000, 30_000, 60_000]
const AT_ONCE = 4
const KEY = 'desk.decisions'

export class UndoQueue<Answer> {
  /** Made in this tab: only here is anything taken back. */
  private readonly mine = new Set<string>()
  private readonly inFlight = new Set<string>()
  private person: string | null = null

  constructor(private readonly ports: Ports<Answer>) {}

  /** Everything of the person signed in, in the order it was decided. */
  all(): Decision[] {
    return this.read().filter((one) => one.personId === this.person)
  }

  /** Whose decisions may go from here; null: nobody's, they wait. */
  setPerson(personId: string | null): void {
    this.person = personId
    this.ports.changed()
  }

  /** Hold these; false when this browser keeps nothing, and they have to be sent instead. */
  hold(batch: string, moves: readonly PendingMove[]): boolean {
    const personId = this.person
    if (personId === null) return false
    const busy = new Set(this.all().filter((one) => one.state !== 'refused').map((one) => one.taskId))
    const until = this.ports.now() + WINDOW_MS
    const fresh = moves
      .filter((one) => !busy.has(one.taskId))
      .map((one): Decision => ({ ...one, personId, batch, until, state: 'held', again: until, tries: 0, why: null }))
    // A case decided anew answers what was refused of it before.
    const decided = new Set(fresh.map((one) => one.taskId))
    const others = this.read().filter((one) => !(one.personId === personId && one.state === 'refused' && decided.has(one.taskId)))
    if (!this.write([...others, ...fresh])) return false
    for (const one of fresh) this.mine.add(one.asked.move_id)
    this.ports.changed()
    return true
  }

  /** Take back what was decided last and is still held; what it was. */
  undo(): Decision[] {
    const batch = this.undoable().at(-1)?.batch
    if (batch === undefined) return []
    const undone = this.undoable().filter((one) => one.batch === batch)
    const ids = new Set(undone.map((one) => one.asked.move_id))
    this.write(this.read().filter((one) => !ids.has(one.asked.move_id)))
    this.ports.changed()
    return undone
  }

  undoable(): Decision[] {
    return this.all().filter((one) => one.state === 'held' && this.mine.has(one.asked.move_id))
  }

  /** Wait no longer: with the next `tick` all of it goes. */
  sendWithoutWaiting(): void {
    const now = this.ports.now()
    this.change((one) => (one.personId === this.person && one.state !== 'refused' ? { ...one, until: 0, again: now } : one))
  }

  /** A refusal was read. */
  acknowledge(moveIds: ReadonlySet<string>): void {
    this.write(this.read().filter((one) => !(one.state === 'refused' && moveIds.has(one.asked.move_id))))
    this.ports.changed()
  }

  /** Send what is due; returns when every answer is here, or is known not to come. */
  async tick(): Promise<void> {
    const due = this.all().filter((one) => this.isDue(one))
    let next = 0
    const line = async (): Promise<void> => {
      for (let one = due[next++]; one; one = due[next++]) await this.send(one.asked.move_id, false)
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, due.length) }, line))
  }

  /** When something is due next, in the clock of `now`; null: nothing waits. */
  nextAt(): number | null {
    const moments = this.all()
      .filter((one) => one.state !== 'refused' && !this.inFlight.has(one.asked.move_id))
      .map((one) => this.dueAt(one))
    return moments.length ? Math.min(...moments) : null
  }

  /** The page goes: what is held here goes with it, and stays on record until an answer is seen. */
  leave(): void {
    for (const one of this.all()) {
      if (one.state !== 'refused' && this.mine.has(one.asked.move_id)) void this.send(one.asked.move_id, true)
    }
  }

  private dueAt(one: Decision): number {
    if (one.state === 'sending') return one.again
    return this.mine.has(one.asked.move_id) ? one.until : one.until + GRACE_MS
  }

  private isDue(one: Decision): boolean {
    return one.state !== 'refused' && !this.inFlight.has(one.asked.move_id) && this.dueAt(one) <= this.ports.now()
  }

  private async send(moveId: string, leaving: boolean): Promise<void> {
    // Read again: it may have been taken back, or answered in another tab, while others went.
    const one = this.read().find((decision) => decision.asked.move_id === moveId)
    if (!one || one.state === 'refused' || one.personId !== this.person) return
    this.inFlight.add(moveId)
    const now = this.ports.now()
    this.change((decision) => (decision.asked.move_id === moveId ? { ...decision, state: 'sending', again: leaving ? now : now + ANSWER_MS } : decision))
    try {
      const answer = await this.ports.send(one, leaving)
      this.write(this.read().filter((decision) => decision.asked.move_id !== moveId))
      this.ports.done(one, answer)
    } catch (error) {
      this.failed(one, error)
    } finally {
      this.inFlight.delete(moveId)
      this.ports.changed()
    }
  }

  private failed(one: Decision, error: unknown): void {
    const why = this.ports.words(error)
    const pause = PAUSES_MS[Math.min(one.tries, PAUSES_MS.length - 1)]!
    const refused = error instanceof Refused && isFinal(error)
    this.change((decision) => {
      if (decision.asked.move_id !== one.asked.move_id) return decision
      return { ...decision, state: refused ? 'refused' : 'sending', again: this.ports.now() + pause, tries: decision.tries + 1, why }
    })
    if (refused) this.ports.refused({ ...one, state: 'refused', why })
  }

  private change(next: (one: Decision) => Decision): void {
    this.write(this.read().map(next))
    this.ports.changed()
  }

  private read(): Decision[] {
    try {
      const decision: unknown = JSON.parse(this.ports.storage.getItem(KEY) ?? '[]')
      return Array.isArray(decision) ? (decision as Decision[]) : []
    } catch {
      // No storage, or what lies there is not ours: then nothing is held.
      return []
    }
  }

  private write(all: readonly Decision[]): boolean {
    try {
      this.ports.storage.setItem(KEY, JSON.stringify(all))
      return true
    } catch {
      return false
    }
  }
}

/** A server that is busy, or a session that ended, has not judged the decision. */
function isFinal(error: Refused): boolean {
  return error.status !== 401 && error.status !== 408 && error.status !== 429 && error.status < 500
}
