/** Runs the sync cycle in the page: one tab at a time, again after a wait, at once when asked. */
import { announce } from '../store/changes'
import { StorageFull } from '../store/database'
import type { LocalStore } from '../store/localStore'
import type { Transport } from './transport'
import { backOff } from '../model/rules'
import { type Outcome, type Progress, syncOnce } from './sync'

/** With nothing to send, the verdicts of the desk are fetched this often. */
const QUIET_MS = 60_000
/** Another tab is at it: look again this much later. */
const OTHER_TAB_MS = 5_000
/** A phone that has never pulled has no categories: it asks again this soon, whatever the back-off says. */
const NEVER_PULLED_MS = 10_000
/** One cycle at a time on the whole phone; who changes the app under the tabs takes it too. */
export const SYNC_LOCK = 'inspect-sync'

/** Do the work if nobody else is at it; null when somebody is. */
export type ExclusiveRun = <T>(work: () => Promise<T>) => Promise<T | null>

/** Web Locks: shared by all tabs, and let go by the browser when a tab dies. */
const withSyncLock: ExclusiveRun = (work) =>
  navigator.locks.request(SYNC_LOCK, { ifAvailable: true }, (lock) => (lock ? work() : null))

export interface RunnerState {
  readonly running: boolean
  readonly progress: Progress | null
  /** What the last cycle ended with; null before the first. */
  readonly outcome: Outcome | null
  readonly photosSent: Readonly<Record<string, number>>
}

export interface Runner {
  readonly state: () => RunnerState
  /** Run a cycle soon: now, right after the one that runs, or when the server wants to be asked again. */
  readonly requestSync: () => void
  /** Run a cycle and wait for its end; null when another tab is at it. */
  readonly run: () => Promise<Outcome | null>
  /** Cycle after cycle for as long as each leaves less than the one before; waits for the end. */
  readonly runOut: () => Promise<Outcome | null>
  readonly stop: () => void
}

export function startRunner(around: {
  readonly localStore: LocalStore
  readonly transport: Transport
  readonly changed: (state: RunnerState) => void
  readonly exclusively?: ExclusiveRun
}): Runner {
  const exclusively = around.exclusively ?? withSyncLock
  let state: RunnerState = { running: false, progress: null, outcome: null, photosSent: {} }
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  /** The server asked for quiet until then, by a clock nobody sets. */
  let quietUntil = 0
  let again = false
  let running: Promise<Outcome | null> | null = null
  let stopped = false

  const set = (next: Partial<RunnerState>): void => {
    state = { ...state, ...next }
    around.changed(state)
  }

  const schedule = (ms: number): void => {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(requestSync, ms)
  }

  /** Two tabs must never send the same row at the same time. */
  function cycle(): Promise<Outcome | null> {
    return exclusively(async () => {
      set({ running: true, progress: null, photosSent: {} })
      try {
        return await syncOnce({
          localStore: around.localStore,
          transport: around.transport,
          now: Date.now,
          random: Math.random,
          progress: (progress) =>
            set({
              progress: progress.photos ? progress : { ...progress, photos: state.progress?.photos },
              ...(progress.sending && {
                photosSent: { ...state.photosSent, [progress.sending.photo_id]: progress.sending.sent },
              }),
            } as Partial<RunnerState>),
        })
      } finally {
        set({ running: false, progress: null })
      }
    })
  }

  function run(): Promise<Outcome | null> {
    running ??= cycle()
      .catch((error: unknown): Outcome => {
        // A fault of our own, or of the database: keep every row, say it, try again later.
        console.error('sync', error)
        return { kind: error instanceof StorageFull ? 'no-room' : 'fault' }
      })
      .then(async (outcome) => {
        running = null
        if (outcome) set({ outcome })
        announce(['sync'])
        plan(outcome, await neverPulled())
        return outcome
      })
    return running
  }

  const neverPulled = async (): Promise<boolean> => (await around.localStore.meta('pulled_at').catch(() => '')) === null

  async function runOut(): Promise<Outcome | null> {
    if (running) await running
    let remaining = Infinity
    for (;;) {
      const outcome = await run()
      if (outcome?.kind !== 'done' || outcome.left === 0 || outcome.left >= remaining) return outcome
      remaining = outcome.left
    }
  }

  function plan(outcome: Outcome | null, hurry: boolean): void {
    const runAgain = again
    again = false
    if (runAgain && outcome?.kind !== 'later') return schedule(0)
    if (outcome === null) return schedule(OTHER_TAB_MS)
    if (outcome.kind === 'done') {
      const wait = outcome.nextAt === null ? QUIET_MS : Math.max(outcome.nextAt - Date.now(), 0)
      // Left over although nothing failed: the server is still working on it, do not hammer.
      failures = outcome.left > 0 ? failures + 1 : 0
      return schedule(outcome.left > 0 ? Math.min(QUIET_MS, Math.max(wait, 1_000 * failures)) : QUIET_MS)
    }
    if (outcome.kind === 'signed-out' || outcome.kind === 'sign-in-again') return // signing in pokes
    failures += 1
    const wait = backOff(failures, Math.random)
    const requestedWait = outcome.kind === 'later' ? (outcome.retryAfterMs ?? 0) : 0
    quietUntil = performance.now() + requestedWait
    schedule(Math.max(requestedWait, hurry ? Math.min(wait, NEVER_PULLED_MS) : wait))
  }

  function requestSync(): void {
    clearTimeout(timer)
    if (stopped) return
    if (running) again = true
    else if (performance.now() < quietUntil) schedule(quietUntil - performance.now())
    else void run()
  }

  const onWake = (): void => requestSync()
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') requestSync()
  }
  // `online` is only a hint that now may be a good moment; it is never believed.
  window.addEventListener('online', onWake)
  document.addEventListener('visibilitychange', onVisible)

  return {
    state: () => state,
    requestSync: () => {
      failures = 0
      requestSync()
    },
    run,
    runOut,
    stop: () => {
      stopped = true
      clearTimeout(timer)
      window.removeEventListener('online', onWake)
      document.removeEventListener('visibilitychange', onVisible)
    },
  }
}
