/** An old tab asks for a part of a build that is gone: load the page anew, once, where it was going. */
import type { Router } from 'vue-router'

const KEY = 'desk.reloaded-at'
const ONCE_MS = 30_000

/** Whether a reload may help: not when one was just tried, or the console would reload for ever. */
export function mayReload(lastAt: string | null, now: number): boolean {
  return lastAt === null || now - Number(lastAt) > ONCE_MS
}

export function followNewBuilds(router: Router): void {
  let lost = false
  window.addEventListener('vite:preloadError', () => (lost = true))
  router.onError((error: unknown, to) => {
    const missing = lost || /dynamically imported module|module script/i.test(String(error))
    lost = false
    if (!missing || !mayReload(sessionStorage.getItem(KEY), Date.now())) return
    sessionStorage.setItem(KEY, String(Date.now()))
    location.assign(router.resolve(to.fullPath).href)
  })
}
