/** Creates the parts of the phone once: local store, client, transport and runner, for the screens to use. */
import { type Api, createApi, Refused, Unreachable } from '@shared/api/client'
import { uuid7 } from '@shared/api/uuid7'
import { pageLanguage } from '@shared/i18n/language'
import { shallowRef } from 'vue'

import { type Transport, httpTransport } from '../core/sync/transport'
import { type Runner, type RunnerState, startRunner } from '../core/sync/runner'
import { deviceName } from './deviceName'
import { awakeDuring } from './screenWakeLock'
import type { Outcome } from '../core/sync/sync'
import { listen } from '../core/store/changes'
import { localStore } from './store'
import { requestPersistence } from './quota'
import { writeMark, detectLoss, repairLosses, browserStorageOrNull } from '../core/store/lossDetector'
import { completeReplica } from '../core/store/replicaRepair'

export { localStore }

const makeApi = (token: string | null): Api => createApi({ token: () => token, language: pageLanguage })

/** A part of the app could not be loaded although there seems to be a network: this page is of an older build. */
export const partMissing = shallowRef(false)

/** tus is not part of the first page; it is loaded in a quiet moment, so that a deploy cannot take it away. */
const loadTus = () => import('../core/sync/upload')

const upload: Transport['upload'] = async (one, token) => {
  const { uploadByTus } = await loadTus().catch(() => {
    partMissing.value = navigator.onLine
    throw new Unreachable('network')
  })
  return uploadByTus(one, token)
}

/** The smallest question there is: refused without a token, but by our server. */
const reach = async (): Promise<void> => {
  await anonymous.get('/me', { timeoutMs: 10_000 }).catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error
  })
}

const LATEST_SYNC_MS = 1_500

export const runnerState = shallowRef<RunnerState>({ running: false, progress: null, outcome: null, photosSent: {} })

let runner: Runner | null = null

/** What is done after each cycle, while there is a network: nothing that could be lost. */
const afterCycles: (() => Promise<void>)[] = []

export function doAfterCycles(work: () => Promise<void>): void {
  afterCycles.push(work)
}

/** Whether an earlier database vanished is checked before a new one gets anything that marks it. */
let lossCheck: Promise<void> | null = null

/** When it returns, what a vanished database held is back as far as it can be. */
export function checkForLoss(): Promise<void> {
  lossCheck ??= detectLoss(localStore, browserStorageOrNull(), Date.now()).catch((error: unknown) => console.error('loss detector', error))
  return lossCheck
}

export function startSync(): void {
  runner ??= startRunner({
    localStore,
    transport: httpTransport(makeApi, upload),
    reach,
    changed: (state) => {
      const finished = runnerState.value.running && !state.running
      runnerState.value = state
      if (finished) for (const work of afterCycles) work().catch((error: unknown) => console.warn('after a cycle', error))
    },
  })
  watchTheStore()
  const quiet = window.requestIdleCallback ?? ((work: () => void, most?: object) => setTimeout(work, most ? 0 : 3_000))
  // The screen first, a cycle reads the same tables; but a screen that is never idle does not hold it up.
  quiet(requestSync, { timeout: LATEST_SYNC_MS })
  // What a page of an older build may need in an emergency must not be gone from the server by then.
  quiet(() => void Promise.allSettled([loadTus(), import('../core/rescue/rescue')]))
}

/** What follows from changes, in whichever tab they were made. */
function watchTheStore(): void {
  let persistenceRequested = false
  let markWritten: Promise<void> = Promise.resolve()
  let marked = 0
  const mark = (): void => {
    const mine = (marked += 1)
    markWritten = markWritten
      .then(() => writeMark(localStore, browserStorageOrNull(), Date.now()))
      // Of many changes in a row the last one tidies for all.
      .then(() => (mine === marked ? completeReplica(localStore) : undefined))
      .catch((error: unknown) => console.warn('mark', error))
  }
  checkForLoss()
    .then(() => repairLosses(localStore, Date.now()))
    .catch((error: unknown) => console.error('mend', error))
    .finally(mark)
  listen((changed) => {
    if (changed.has('ops') || changed.has('photos') || changed.has('drafts') || changed.has('session')) mark()
    if (changed.has('ops') && !persistenceRequested) {
      // Now there is something to lose: the moment at which the question makes sense.
      persistenceRequested = true
      requestPersistence().catch((error: unknown) => console.warn('persist', error))
    }
    // Signed in, here or in another tab: what paused goes on.
    const kind = runnerState.value.outcome?.kind
    if (changed.has('session') && (kind === 'sign-in-again' || kind === 'signed-out' || kind === 'disabled')) requestSync()
  })
}

/** Everything now, at the person's request; the screen stays on until it is done or nothing moves any more. */
export function sendNow(): Promise<Outcome | null> {
  return awakeDuring(async () => (await runner?.runOut()) ?? null)
}

/** Something is worth sending or fetching now. */
export function requestSync(): void {
  runner?.requestSync()
}

/** Read through the API as the person who is signed in; an ageing token is renewed by a sync cycle first. */
export async function asMe<T>(read: (api: Api) => Promise<T>): Promise<T> {
  let session = await localStore.session()
  // By the server's clock: the phone's own may be months off.
  const serverNow = Date.now() + ((await localStore.meta('exchange'))?.offset_ms ?? 0)
  if (session && Date.parse(session.expires_at) - serverNow < 30_000 && runner) {
    await runner.run()
    session = await localStore.session()
  }
  return read(makeApi(session?.access_token ?? null))
}

export const anonymous = makeApi(null)

export async function deviceHere(): Promise<{ id: string; name: string }> {
  await checkForLoss()
  return localStore.device(() => ({ id: uuid7(), name: deviceName(navigator.userAgent) }))
}
