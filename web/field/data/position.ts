/** Where the phone is: the best fix of the last 30 seconds, watched while a form is open. Touches the browser only. */
import { PlaceSource } from '@shared/contract/vocabulary'
import { onScopeDispose, type Ref, shallowRef } from 'vue'

import type { PlaceHere } from '../core/model/rows'

const KEEP_MS = 30_000
/** A phone that lies still may tell nothing new: this old, a fix is still where it is; older ones are of elsewhere. */
const SHUTTER_MS = 120_000
/** The API does not say how a fix was made; below this a satellite was involved. */
const GNSS_WITHIN_M = 50

export type PositionTrouble = 'denied' | 'unavailable'

export interface Position {
  readonly fix: Readonly<Ref<PlaceHere | null>>
  readonly trouble: Readonly<Ref<PositionTrouble | null>>
  /** The fix for a photo taken now; null rather than one of another place. */
  readonly atShutter: () => PlaceHere | null
  readonly stop: () => void
}

/** A fix and when it was heard, by the page's own clock: the phone's may be wrong by months. */
export interface TimedFix {
  readonly fix: PlaceHere
  readonly at: number
}

/** The most accurate of the fixes that are still fresh; the last one when none is. */
export function bestFix(fixes: readonly TimedFix[], now: number): TimedFix | null {
  const fresh = fixes.filter(({ at }) => now - at <= KEEP_MS)
  if (fresh.length === 0) return fixes.at(-1) ?? null
  return fresh.reduce((best, one) => (one.fix.accuracy_m <= best.fix.accuracy_m ? one : best))
}

/** What a photo may say of its place. */
export function fixForPhoto(fixes: readonly TimedFix[], now: number): PlaceHere | null {
  const best = bestFix(fixes, now)
  return best !== null && now - best.at <= SHUTTER_MS ? best.fix : null
}

export function watchPosition(): Position {
  const fix = shallowRef<PlaceHere | null>(null)
  const trouble = shallowRef<PositionTrouble | null>(null)
  let fixes: TimedFix[] = []
  if (!('geolocation' in navigator)) {
    trouble.value = 'unavailable'
    return { fix, trouble, atShutter: () => null, stop: () => undefined }
  }
  const watch = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      trouble.value = null
      const now = performance.now()
      const one: PlaceHere = {
        lon: Number(coords.longitude.toFixed(6)),
        lat: Number(coords.latitude.toFixed(6)),
        accuracy_m: Math.round(coords.accuracy),
        source: coords.accuracy <= GNSS_WITHIN_M ? PlaceSource.GNSS : PlaceSource.NETWORK,
        fixed_at: new Date(timestamp).toISOString(),
      }
      fixes = [...fixes.slice(-20), { fix: one, at: now }]
      fix.value = bestFix(fixes, now)?.fix ?? null
    },
    (error) => {
      trouble.value = error.code === error.PERMISSION_DENIED ? 'denied' : 'unavailable'
    },
    { enableHighAccuracy: true, maximumAge: 10_000, timeout: 20_000 },
  )
  const stop = (): void => navigator.geolocation.clearWatch(watch)
  onScopeDispose(stop)
  return { fix, trouble, atShutter: () => fixForPhoto(fixes, performance.now()), stop }
}

/** A fix for ordering lists, only where the person has already allowed it: a list asks for nothing. */
export async function fixIfAllowed(): Promise<{ lon: number; lat: number } | null> {
  if (!('geolocation' in navigator) || !('permissions' in navigator)) return null
  const allowed = await navigator.permissions.query({ name: 'geolocation' }).catch(() => null)
  if (allowed?.state !== 'granted') return null
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lon: coords.longitude, lat: coords.latitude }),
      () => resolve(null),
      { maximumAge: 60_000, timeout: 8_000 },
    )
  })
}
