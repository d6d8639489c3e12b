/** The decisions of this desk: held, sent in time, told when they are answered. */
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

export const useDecisions = defineStore('decisions', () => {
  const session = useSession()
  const queue = useQueue()
  const all = shallowRef<readonly Decision[]>([])
  const undoable = shallowRef<readonly Decision[]>([])
  const settled = shallowRef<Settled | null>(null)
  const tally = shallowRef<Tally | null>(null)
  const now = ref(Date.now())
  let timer = 0
  let ticking = false

  const undoQueue = new UndoQueue<Case>({
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
    changed: refresh,
  })

  const newest = computed(() => undoable.value.at(-1) ?? null)
  /** What goes with the next Z. */
  const next = computed(() => undoable.value.filter((one) => one.batch === newest.value?.batch))
  const unsent = computed(() => all.value.filter((one) => one.state === 'sending' && one.tries > 0))
  const inFlight = computed(() => all.value.filter((one) => one.state === 'sending' && one.tries === 0))
  const refused = computed(() => all.value.filter((one) => one.state === 'refused'))

  function refresh(): void {
    now.value = Date.now()
    all.value = undoQueue.all()
    undoable.value = undoQueue.undoable()
    scheduleTick()
  }

  /** Wakes when something is due, and every second while the bar counts down. */
  function scheduleTick(): void {
    window.clearTimeout(timer)
    const at = undoQueue.nextAt()
    if (at === null) return
    const counts = undoable.value.length ? 1000 - (Date.now() % 1000) : 60_000
    timer = window.setTimeout(() => void tick(), Math.min(counts, Math.max(20, at - Date.now())))
  }

  async function tick(): Promise<void> {
    now.value = Date.now()
    if (!ticking) {
      ticking = true
      try {
        await undoQueue.tick()
      } finally {
        ticking = false
      }
    }
    refresh()
  }

  /** Hold what was decided; where nothing can be held it is sent at once. False: nothing was taken. */
  function hold(moves: readonly PendingMove[]): boolean {
    const batch = crypto.randomUUID()
    if (!undoQueue.hold(batch, moves)) return false
    tally.value = moves.length > 1 ? { batch, all: moves.length, done: 0 } : null
    return true
  }

  function undo(): Decision[] {
    tally.value = null
    return undoQueue.undo()
  }

  async function sendNow(): Promise<void> {
    undoQueue.sendWithoutWaiting()
    await tick()
  }

  /** Everything goes before somebody leaves. Raises `Unreachable` when it cannot. */
  async function clear(): Promise<void> {
    await sendNow()
    if (undoQueue.all().some((one) => one.state !== 'refused')) throw new Unreachable('network')
  }

  function acknowledge(decisions: readonly Decision[]): void {
    undoQueue.acknowledge(new Set(decisions.map((one) => one.asked.move_id)))
  }

  const of = (taskId: string): Decision | null => all.value.find((one) => one.taskId === taskId && one.state !== 'refused') ?? null

  watch(
    () => session.person?.id ?? null,
    (id) => {
      undoQueue.setPerson(id)
      if (id) void tick()
    },
    { immediate: true },
  )
  window.addEventListener('pagehide', () => undoQueue.leave())
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) void sendNow()
  })
  window.addEventListener('online', () => {
    if (unsent.value.length) void sendNow()
  })
  window.addEventListener('storage', refresh)

  return { all, undoable, newest, next, unsent, inFlight, refused, settled, tally, now, hold, undo, sendNow, clear, acknowledge, of }
})
