/** The service worker: registers it, and offers a new version only when nothing is half done. */
import { ref } from 'vue'

/** A new version is downloaded and waits. */
export const updateWaiting = ref(false)

let waiting: ServiceWorker | null = null
let taken = false

export function watchForUpdates(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  const hadOne = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // Only after the person said yes: a live page is never replaced under their hands.
    if (hadOne && taken) window.location.reload()
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
    })
    .catch((error: unknown) => console.warn('service worker', error))
}

/** The person wants the new version now. */
export function takeUpdate(): void {
  taken = true
  waiting?.postMessage('take-over')
}
