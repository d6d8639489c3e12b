/** Runs the sync cycle in the page: one tab at a time, again after a wait, at once when asked. */
import { tellAll } from '../store/changes'
import type { Ledger } from '../store/ledger'
import type { Courier } from './courier'
import { backOff } from './rules'
import { type Outcome, type Progress, syncOnce } from './sync'

/** With nothing to send, the verdicts of the desk are fetched this often. */
const QUIET_MS = 60_000
const LOCK = 'inspect-sync'

export interface RunnerState {
  readonly running: boolean
  readonly progress: Progress | null
  /** What the last cycle ended with; null before the first. */
  readonly outcome: Outcome | null
  readonly photosSent: Readonly<Record<string, number>>
}

export interface Runner {
  readonly state: () => RunnerState
  /** Run a cycle now, or right after the one that runs. */
  readonly poke: () => void
  /** Run a cycle and wait for its end; null when another tab is at it. */
  readonly run: () => Promise<Outcome | null>
  readonly stop: () => void
}

export function startRunner(around: {
  readonly ledger: Ledger
  readonly courier: Courier
  readonly changed: (state: RunnerState) => void
}): Runner {
  let state: RunnerState = { running: false, progress: null, outcome: null, photosSent: {} }
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let again = false
  let running: Promise<Outcome | null> | null = null
  let stopped = false

  const set = (next: Partial<RunnerState>): void => {
    state = { ...state, ...next }
    around.changed(state)
  }

  const schedule = (ms: number): void => {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(poke, ms)
  }

  async function cycle(): Promise<Outcome | null> {
    // Two tabs must never send the same row at the same time.
    return navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
      if (!lock) return null
      set({ running: true, progress: null, photosSent: {} })
      try {
        return await syncOnce({
          ledger: around.ledger,
          courier: around.courier,
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
        // A fault of our own (storage refused, a bug): keep every row, say it, try again later.
        console.error('sync', error)
        return { kind: 'offline', why: 'network' }
      })
      .then((outcome) => {
        running = null
        if (outcome) set({ outcome })
        tellAll(['sync'])
        plan(outcome)
        return outcome
      })
    return running
  }

  function plan(outcome: Outcome | null): void {
    if (again) {
      again = false
      schedule(0)
      return
    }
    if (outcome === null) return schedule(5_000) // another tab is at it
    if (outcome.kind === 'done') {
      const wait = outcome.nextAt === null ? QUIET_MS : Math.max(outcome.nextAt - Date.now(), 0)
      // Left over although nothing failed: the server is still working on it, do not hammer.
      failures = outcome.left > 0 ? failures + 1 : 0
      return schedule(outcome.left > 0 ? Math.min(QUIET_MS, Math.max(wait, 1_000 * failures)) : QUIET_MS)
    }
    if (outcome.kind === 'signed-out' || outcome.kind === 'sign-in-again') return // signing in pokes
    failures += 1
    const retryAfter = outcome.kind === 'later' ? outcome.retryAfterMs : null
    schedule(Math.max(retryAfter ?? 0, backOff(failures, Math.random)))
  }

  function poke(): void {
    clearTimeout(timer)
    if (stopped) return
    if (running) again = true
    else void run()
  }

  const onWake = (): void => poke()
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') poke()
  }
  // `online` is only a hint that now may be a good moment; it is never believed.
  window.addEventListener('online', onWake)
  document.addEventListener('visibilitychange', onVisible)

  return {
    state: () => state,
    poke: () => {
      failures = 0
      poke()
    },
    run,
    stop: () => {
      stopped = true
      clearTimeout(timer)
      window.removeEventListener('online', onWake)
      document.removeEventListener('visibilitychange', onVisible)
    },
  }
}
