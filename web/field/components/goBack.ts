/** One screen back; a page that was opened again after the system killed it has none, and goes home. */
import type { Router } from 'vue-router'

export function goBack(router: Router): void {
  const { back } = (window.history.state ?? {}) as { back?: string | null }
  if (back) router.back()
  else router.replace('/').catch((error: unknown) => console.error('back', error))
}
