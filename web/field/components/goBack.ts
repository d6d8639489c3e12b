/** One step back: an open sheet first; a page that was opened again after the system killed it goes home. */
import type { Router } from 'vue-router'

import { closedASheet } from './layers'

export function goBack(router: Router): void {
  if (closedASheet()) return
  const { back } = (window.history.state ?? {}) as { back?: string | null }
  if (back) router.back()
  else router.replace('/').catch((error: unknown) => console.error('back', error))
}
