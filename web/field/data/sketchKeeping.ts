/** Keeps the sketch and the roads that the city has loaded for use without a network: a picture to point at, nothing depends on it. */
import { Refused, Unreachable } from '@shared/api/client'
import type { MapSketch, RoadSheet, Task } from '@shared/api/types'

import { asMe, localStore } from './phone'

const MAP_FRESH_MS = 24 * 3600 * 1000

type Listed = NonNullable<MapSketch['roads']>

/** Whose roads a phone keeps: the person's district and those of their tasks; without either the whole city's. */
export function districtsToKeep(listed: Listed, own: string | null, ofTasks: readonly (string | null)[]): Listed {
  const wanted = new Set([own, ...ofTasks])
  const some = listed.filter(({ district }) => wanted.has(district) || district === '-')
  return own === null && some.length === 0 ? listed : some
}

/** Once a day the sketch, and then the roads that it lists and this phone lacks. */
export async function keepSketch(): Promise<void> {
  const session = await localStore.session()
  if (session === null) return
  try {
    const at = await localStore.meta('map_at')
    if (at === null || Date.now() - at >= MAP_FRESH_MS) {
      await localStore.setMeta('map', await asMe((api) => api.get<MapSketch>('/map')))
      await localStore.setMeta('map_at', Date.now())
    }
    await keepRoads(session.person.district?.code ?? null)
  } catch (error) {
    if (!(error instanceof Unreachable) && !(error instanceof Refused)) throw error
  }
}

async function keepRoads(own: string | null): Promise<void> {
  const listed = (await localStore.meta('map'))?.roads ?? []
  const tasks = await localStore.pulled<Task>('tasks')
  const keep = districtsToKeep(listed, own, tasks.map((task) => task.district))
  const digests = Object.fromEntries(keep.map(({ district, digest }) => [district, digest]))
  const have = (await localStore.meta('road_digests')) ?? {}
  if (JSON.stringify(have) === JSON.stringify(digests)) return
  const kept = new Map(((await localStore.meta('roads')) ?? []).map((sheet) => [sheet.district, sheet]))
  const sheets: RoadSheet[] = []
  for (const { district, digest } of keep) {
    const here = kept.get(district)
    sheets.push(here?.digest === digest ? here : await asMe((api) => api.get<RoadSheet>(`/map/roads/${encodeURIComponent(district)}`)))
  }
  await localStore.setMeta('roads', sheets)
  await localStore.setMeta('road_digests', digests)
}
