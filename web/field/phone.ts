/** Puts the phone together, once: ledger, client, courier and runner, for the screens to use. */
import { type Api, createApi, Refused, Unreachable } from '@shared/api'
import { uuid7 } from '@shared/ids'
import type { MapSketch } from '@shared/wire'
import { shallowRef } from 'vue'

import { type Courier, httpCourier } from './outbox/courier'
import { type Runner, type RunnerState, startRunner } from './outbox/runner'
import { ledger } from './store/here'

export { ledger }

const MAP_FRESH_MS = 24 * 3600 * 1000

const makeApi = (token: string | null): Api => createApi({ token: () => token })

/** tus is loaded with the first photo, not with the first page. */
const upload: Courier['upload'] = async (one, token) => {
  const { uploadByTus } = await import('./outbox/upload').catch(() => {
    throw new Unreachable('network')
  })
  return uploadByTus(one, token)
}

export const runnerState = shallowRef<RunnerState>({ running: false, progress: null, outcome: null, photosSent: {} })

let runner: Runner | null = null

export function startSync(): void {
  runner ??= startRunner({
    ledger,
    courier: httpCourier(makeApi, upload),
    changed: (state) => {
      const finished = runnerState.value.running && !state.running
      runnerState.value = state
      if (finished) keepMap().catch((error: unknown) => console.warn('map', error))
    },
  })
  runner.poke()
}

/** The sketch for offline use, once a day; it is a picture to point at, nothing depends on it. */
async function keepMap(): Promise<void> {
  const at = await ledger.meta('map_at')
  if ((at !== null && Date.now() - at < MAP_FRESH_MS) || (await ledger.session()) === null) return
  try {
    await ledger.setMeta('map', await asMe((api) => api.get<MapSketch>('/map')))
    await ledger.setMeta('map_at', Date.now())
  } catch (error) {
    if (!(error instanceof Unreachable) && !(error instanceof Refused)) throw error
  }
}

/** Something is worth sending or fetching now. */
export function pokeSync(): void {
  runner?.poke()
}

/** Read through the API as the person who is signed in; an ageing token is renewed by a sync cycle first. */
export async function asMe<T>(read: (api: Api) => Promise<T>): Promise<T> {
  let session = await ledger.session()
  if (session && Date.parse(session.expires_at) - Date.now() < 30_000 && runner) {
    await runner.run()
    session = await ledger.session()
  }
  return read(makeApi(session?.access_token ?? null))
}

export const anonymous = makeApi(null)

export function deviceHere(): Promise<{ id: string; name: string }> {
  return ledger.device(() => ({ id: uuid7(), name: deviceName(navigator.userAgent) }))
}

/** Android · Chrome: enough for a person to recognise their phone in a list. */
export function deviceName(agent: string): string {
  const system = /iPhone|iPad/.exec(agent)?.[0] ?? /Android|HarmonyOS|Windows|Mac OS|Linux/.exec(agent)?.[0] ?? '设备'
  const browser = /MicroMessenger/.test(agent)
    ? '微信'
    : (/(Edg|HuaweiBrowser|MiuiBrowser|UCBrowser|Firefox|Chrome|Safari)/.exec(agent)?.[0] ?? '浏览器')
  return `${system} · ${browser}`
}
