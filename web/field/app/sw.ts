/** The service worker: keeps the shell, whole or not at all; never touches the API, the media or the console. */
/// <reference lib="webworker" />
import { cleanupOutdatedCaches, precacheAndRoute } from 'workbox-precaching'

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: { url: string; revision: string | null }[] }

// Only files of the manifest are answered; everything else goes to the network untouched.
precacheAndRoute(self.__WB_MANIFEST, { directoryIndex: 'index.html', cleanURLs: false })
cleanupOutdatedCaches()

self.addEventListener('message', (event) => {
  // The page asks only when the person agreed, no draft is open and no sync runs.
  if (event.data === 'take-over') void self.skipWaiting()
})
