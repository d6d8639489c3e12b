/** The decisions made on this console: held, sent in time, reported when they are answered. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'

import { Unreachable } from '@shared/api/client'

import { cases } from './openCases'
import { useSession } from './session'
import { useQueue } from './reviewQueue'
import { makeMove } from '../api/calls'
import { sentenceOf } from '../api/http'
import type { Case } from '../api/types'
import { type Decision, UndoQueue, type PendingMove } from './undoQueue'

export interface Settled {
  readonly decision: Decision
  /** null: it was refused. */
  readonly answer: Case | null
}

/** What became of several decided at once. */
export interface Tally {
  readonly batch: string
  readonly all: number
  readonly done: number
}

/** What the screens read of the decisions. */
function decisionState() {
  return {
    all: shallowRef<readonly Decision[]>([]),
    undoable: shallowRef<readonly Decision[]>([]),
    settled: shallowRef<Settled | null>(null),
    tally: shallowRef<Tally | null>(null),
    now: ref(Date.now()),
  }
}

type DecisionState = ReturnType<typeof decisionState>

/** The queue over localStorage; answers go into the cases and into the list. */
function makeUndoQueue({ settled, tally }: DecisionState, changed: () => void): UndoQueue<Case> {
  const queue = useQueue()
  return new UndoQueue<Case>({
    // Read anew each time: where storage is forbidden even the name throws.
    storage: { getItem: (key) => localStorage.getItem(key), setItem: (key, value) => localStorage.setItem(key, value) },
    now: Date.now,
    send: (moves, leaving) => makeMove(moves.taskId, moves.asked, { keepalive: leaving }),
    words: sentenceOf,
    done: (decision, answer) => {
      cases.learn(answer)
      queue.learn(answer)
      const counted = tally.value
      if (counted?.batch === decision.batch) tally.value = { ...counted, done: counted.done + 1 }
      settled.value = { decision, answer }
    },
    refused: (decision) => {
      // What the server refused shows that what is kept of the case is old.
      cases.drop(decision.taskId)
      settled.value = { decision, answer: null }
    },
    changed,
  })
}

/** The decisions by what becomes of them. */
function groupsOf({ all, undoable }: DecisionState) {
  const newest = computed(() => undoable.value.at(-1) ?? null)
  return {
    newest,
    /** What goes with the next Z. */
    next: computed(() => undoable.value.filter((one) => one.batch === newest.value?.batch)),
    unsent: computed(() => all.value.filter((one) => one.state === 'sending' && one.tries > 0)),
    inFlight: computed(() => all.value.filter((one) => one.state === 'sending' && one.tries === 0)),
    refused: computed(() => all.value.filter((one) => one.state === 'refused')),
  }
}

/** Keeps the state at what the queue holds, and sends what is due. */
class QueueTimer {
  readonly queue: UndoQueue<Case>
  private timer = 0
  private ticking = false

  constructor(
    private readonly state: DecisionState,
    makeQueue: (changed: () => void) => UndoQueue<Case>,
  ) {
    this.queue = makeQueue(() => this.refresh())
  }

  refresh(): void {
    this.state.now.value = Date.now()
    this.state.all.value = this.queue.all()
    this.state.undoable.value = this.queue.undoable()
    this.scheduleTick()
  }

  async tick(): Promise<void> {
    this.state.now.value = Date.now()
    if (!this.ticking) {
      this.ticking = true
      try {
        await this.queue.tick()
      } finally {
        this.ticking = false
      }
    }
    this.refresh()
  }

  async sendNow(): Promise<void> {
    this.queue.sendWithoutWaiting()
    await this.tick()
  }

  /** Wakes when something is due, and every second while the bar counts down. */
  private scheduleTick(): void {
    window.clearTimeout(this.timer)
    const at = this.queue.nextAt()
    if (at === null) return
    const counts = this.state.undoable.value.length ? 1000 - (Date.now() % 1000) : 60_000
    this.timer = window.setTimeout(() => void this.tick(), Math.min(counts, Math.max(20, at - Date.now())))
  }
}

/** Send when the page leaves, comes back or is online again; follow the other tabs. */
function listen(timer: QueueTimer, unsent: () => boolean): void {
  window.addEventListener('pagehide', () => timer.queue.leave())
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) void timer.sendNow()
  })
  window.addEventListener('online', () => {
    if (unsent()) void timer.sendNow()
  })
  window.addEventListener('storage', () => timer.refresh())
}

export const useDecisions = defineStore('decisions', () => {
  const session = useSession()
  const state = decisionState()
  const timer = new QueueTimer(state, (changed) => makeUndoQueue(state, changed))
  const undoQueue = timer.queue
  const groups = groupsOf(state)

  /** Hold what was decided; where nothing can be held it is sent at once. False: nothing was taken. */
  function hold(moves: readonly PendingMove[]): boolean {
    const batch = crypto.randomUUID()
    if (!undoQueue.hold(batch, moves)) return false
    state.tally.value = moves.length > 1 ? { batch, all: moves.length, done: 0 } : null
    return true
  }

  function undo(): Decision[] {
    state.tally.value = null
    return undoQueue.undo()
  }

  const sendNow = (): Promise<void> => timer.sendNow()

  /** Everything goes before somebody leaves. Raises `Unreachable` when it cannot. */
  async function clear(): Promise<void> {
    await sendNow()
    if (undoQueue.all().some((one) => one.state !== 'refused')) throw new Unreachable('network')
  }

  function acknowledge(decisions: readonly Decision[]): void {
    undoQueue.acknowledge(new Set(decisions.map((one) => one.asked.move_id)))
  }

  const of = (taskId: string): Decision | null => state.all.value.find((one) => one.taskId === taskId && one.state !== 'refused') ?? null

  watch(
    () => session.person?.id ?? null,
    (id) => {
      undoQueue.setPerson(id)
      if (id) void timer.tick()
    },
    { immediate: true },
  )
  listen(timer, () => groups.unsent.value.length > 0)

  return { ...state, ...groups, hold, undo, sendNow, clear, acknowledge, of }
})
