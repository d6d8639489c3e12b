/** Runs the sync cycle in the page: one tab at a time, again after a wait, at once on request. */
import { announce } from '../store/changes'
import { StorageFull } from '../store/database'
import type { LocalStore } from '../store/localStore'
import type { Transport } from './transport'
import { backOff } from '../model/rules'
import { type Outcome, type Progress, syncOnce } from './sync'

/** With nothing to send, the verdicts of the supervisors are fetched this often. */
const QUIET_MS = 60_000
/** Another tab syncs: try again this much later. */
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
  /** Run a cycle soon: now, right after the one that runs, or when the server accepts requests again. */
  readonly requestSync: () => void
  /** Run a cycle and wait for its end; null when another tab is at it. */
  readonly run: () => Promise<Outcome | null>
  /** Cycle after cycle for as long as each leaves less than the one before; waits for the end. */
  readonly runOut: () => Promise<Outcome | null>
  readonly stop: () => void
}

export interface RunnerOptions {
  readonly localStore: LocalStore
  readonly transport: Transport
  readonly changed: (state: RunnerState) => void
  readonly exclusively?: ExclusiveRun
  /** As in `Surroundings`. */
  readonly reach?: () => Promise<void>
}

class SyncRunner {
  state: RunnerState = { running: false, progress: null, outcome: null, photosSent: {} }
  private readonly exclusively: ExclusiveRun
  private timer: ReturnType<typeof setTimeout> | undefined
  private failures = 0
  /** The server asked for quiet until then, by a clock nobody sets. */
  private quietUntil = 0
  private again = false
  private running: Promise<Outcome | null> | null = null
  private stopped = false

  constructor(private readonly options: RunnerOptions) {
    this.exclusively = options.exclusively ?? withSyncLock
  }

  run(): Promise<Outcome | null> {
    this.running ??= this.cycle()
      .catch((error: unknown): Outcome => {
        // A fault of our own, or of the database: keep every row, say it, try again later.
        console.error('sync', error)
        return { kind: error instanceof StorageFull ? 'storage-full' : 'fault' }
      })
      .then(async (outcome) => {
        this.running = null
        if (outcome) this.set({ outcome })
        announce(['sync'])
        this.plan(outcome, await this.neverPulled())
        return outcome
      })
    return this.running
  }

  async runOut(): Promise<Outcome | null> {
    if (this.running) await this.running
    let remaining = Infinity
    for (;;) {
      const outcome = await this.run()
      if (outcome?.kind !== 'done' || outcome.left === 0 || outcome.left >= remaining) return outcome
      remaining = outcome.left
    }
  }

  /** A person, or the app, asks: the waits grown by failures begin anew. */
  requestSync(): void {
    this.failures = 0
    this.wake()
  }

  wake(): void {
    clearTimeout(this.timer)
    if (this.stopped) return
    if (this.running) this.again = true
    else if (performance.now() < this.quietUntil) this.schedule(this.quietUntil - performance.now())
    else void this.run()
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.timer)
  }

  private set(next: Partial<RunnerState>): void {
    this.state = { ...this.state, ...next }
    this.options.changed(this.state)
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer)
    if (!this.stopped) this.timer = setTimeout(() => this.wake(), ms)
  }

  /** Two tabs must never send the same row at the same time. */
  private cycle(): Promise<Outcome | null> {
    const { exclusively } = this
    return exclusively(async () => {
      this.set({ running: true, progress: null, photosSent: {} })
      try {
        return await syncOnce({
          localStore: this.options.localStore,
          transport: this.options.transport,
          now: Date.now,
          random: Math.random,
          progress: (progress) => this.show(progress),
          ...(this.options.reach && { reach: this.options.reach }),
        })
      } finally {
        this.set({ running: false, progress: null })
      }
    })
  }

  private show(progress: Progress): void {
    this.set({
      progress: progress.photos ? progress : { ...progress, photos: this.state.progress?.photos },
      ...(progress.sending && {
        photosSent: { ...this.state.photosSent, [progress.sending.photo_id]: progress.sending.sent },
      }),
    } as Partial<RunnerState>)
  }

  private async neverPulled(): Promise<boolean> {
    return (await this.options.localStore.meta('pulled_at').catch(() => '')) === null
  }

  private plan(outcome: Outcome | null, hurry: boolean): void {
    const runAgain = this.again
    this.again = false
    if (runAgain && outcome?.kind !== 'later') return this.schedule(0)
    if (outcome === null) return this.schedule(OTHER_TAB_MS)
    if (outcome.kind === 'done') {
      const wait = outcome.nextAt === null ? QUIET_MS : Math.max(outcome.nextAt - Date.now(), 0)
      // Rows remain although nothing failed: the server still works on them and must not be asked all the time.
      this.failures = outcome.left > 0 ? this.failures + 1 : 0
      return this.schedule(outcome.left > 0 ? Math.min(QUIET_MS, Math.max(wait, 1_000 * this.failures)) : QUIET_MS)
    }
    if (outcome.kind === 'signed-out' || outcome.kind === 'sign-in-again') return // signing in requests a sync
    this.failures += 1
    const wait = backOff(this.failures, Math.random)
    const requestedWait = outcome.kind === 'later' ? (outcome.retryAfterMs ?? 0) : 0
    this.quietUntil = performance.now() + requestedWait
    this.schedule(Math.max(requestedWait, hurry ? Math.min(wait, NEVER_PULLED_MS) : wait))
  }
}

export function startRunner(options: RunnerOptions): Runner {
  const runner = new SyncRunner(options)
  const onWake = (): void => runner.wake()
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') runner.wake()
  }
  // `online` is only a hint that now may be a good moment; it is never believed.
  window.addEventListener('online', onWake)
  document.addEventListener('visibilitychange', onVisible)

  return {
    state: () => runner.state,
    requestSync: () => runner.requestSync(),
    run: () => runner.run(),
    runOut: () => runner.runOut(),
    stop: () => {
      runner.stop()
      window.removeEventListener('online', onWake)
      document.removeEventListener('visibilitychange', onVisible)
    },
  }
}
