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
import { type Decision, Held, type Wanted } from './undoQueue'

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

  const held = new Held<Case>({
    // Read anew each time: where storage is forbidden even the name throws.
    storage: { getItem: (key) => localStorage.getItem(key), setItem: (key, value) => localStorage.setItem(key, value) },
    now: Date.now,
    send: (wanted, leaving) => makeMove(wanted.taskId, wanted.asked, { keepalive: leaving }),
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
    changed: look,
  })

  const newest = computed(() => undoable.value.at(-1) ?? null)
  /** What goes with the next Z. */
  const next = computed(() => undoable.value.filter((one) => one.batch === newest.value?.batch))
  const unsent = computed(() => all.value.filter((one) => one.state === 'sending' && one.tries > 0))
  const flying = computed(() => all.value.filter((one) => one.state === 'sending' && one.tries === 0))
  const refused = computed(() => all.value.filter((one) => one.state === 'refused'))

  function look(): void {
    now.value = Date.now()
    all.value = held.all()
    undoable.value = held.undoable()
    wind()
  }

  /** Wakes when something is due, and every second while the bar counts down. */
  function wind(): void {
    window.clearTimeout(timer)
    const at = held.nextAt()
    if (at === null) return
    const counts = undoable.value.length ? 1000 - (Date.now() % 1000) : 60_000
    timer = window.setTimeout(() => void tick(), Math.min(counts, Math.max(20, at - Date.now())))
  }

  async function tick(): Promise<void> {
    now.value = Date.now()
    if (!ticking) {
      ticking = true
      try {
        await held.tick()
      } finally {
        ticking = false
      }
    }
    look()
  }

  /** Hold what was decided; where nothing can be held it is sent at once. False: nothing was taken. */
  function hold(wanted: readonly Wanted[]): boolean {
    const batch = crypto.randomUUID()
    if (!held.hold(batch, wanted)) return false
    tally.value = wanted.length > 1 ? { batch, all: wanted.length, done: 0 } : null
    return true
  }

  function undo(): Decision[] {
    tally.value = null
    return held.undo()
  }

  async function sendNow(): Promise<void> {
    held.hurry()
    await tick()
  }

  /** Everything goes before somebody leaves. Raises `Unreachable` when it cannot. */
  async function clear(): Promise<void> {
    await sendNow()
    if (held.all().some((one) => one.state !== 'refused')) throw new Unreachable('network')
  }

  function acknowledge(decisions: readonly Decision[]): void {
    held.acknowledge(new Set(decisions.map((one) => one.asked.move_id)))
  }

  const of = (taskId: string): Decision | null => all.value.find((one) => one.taskId === taskId && one.state !== 'refused') ?? null

  watch(
    () => session.person?.id ?? null,
    (id) => {
      held.serve(id)
      if (id) void tick()
    },
    { immediate: true },
  )
  window.addEventListener('pagehide', () => held.leave())
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) void sendNow()
  })
  window.addEventListener('online', () => {
    if (unsent.value.length) void sendNow()
  })
  window.addEventListener('storage', look)

  return { all, undoable, newest, next, unsent, flying, refused, settled, tally, now, hold, undo, sendNow, clear, acknowledge, of }
})
