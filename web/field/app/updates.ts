/** The service worker: registers it, and offers a new version only when nothing is half done. */
import { ref } from 'vue'

import { SYNC_LOCK } from '../core/sync/runner'

/** A new version is downloaded and waits. */
export const updateWaiting = ref(false)
/** Another tab took the new version: this page still works, and should be opened again some time. */
export const replaced = ref(false)

/** A page that is never closed looks for a new version this often. */
const LOOK_MS = 3600_000

/** A draft touched this recently may be open, here or in another window. */
const DRAFT_OPEN_MS = 30 * 60_000

/** Never under a form, a draft somebody is at, or a running sync. */
export function mayReopen(here: { readonly syncing: boolean; readonly form: boolean; readonly lastDraft: number; readonly now: number }): boolean {
  // A draft from the future was written before the clock was put back: nobody is at it.
  const age = here.now - here.lastDraft
  return !here.syncing && !here.form && (age > DRAFT_OPEN_MS || age < -DRAFT_OPEN_MS)
}

let waiting: ServiceWorker | null = null
let accepted = false

export function watchForUpdates(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  const hadOne = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // Only after the person said yes: a page in use is never replaced without consent.
    if (hadOne && accepted) window.location.reload()
    else replaced.value = hadOne
  })
  navigator.serviceWorker
    .register('/sw.js', { scope: '/' })
    .then((registration) => {
      const notice = (): void => {
        waiting = registration.waiting
        updateWaiting.value = waiting !== null && navigator.serviceWorker.controller !== null
      }
      notice()
      registration.addEventListener('updatefound', () => {
        registration.installing?.addEventListener('statechange', notice)
      })
      let looked = performance.now()
      document.addEventListener('visibilitychange', () => {
        if (document.visibilityState !== 'visible' || performance.now() - looked < LOOK_MS) return
        looked = performance.now()
        // Offline, or a server that is being replaced: the next look will do.
        registration.update().catch(() => undefined)
      })
    })
    .catch((error: unknown) => console.warn('service worker', error))
}

/** The person wants the new version now. False while a sync runs, in this tab or another. */
export function takeUpdate(): Promise<boolean> {
  return navigator.locks.request(SYNC_LOCK, { ifAvailable: true }, (lock) => {
    if (!lock) return false
    accepted = true
    waiting?.postMessage('take-over')
    return true
  })
}
