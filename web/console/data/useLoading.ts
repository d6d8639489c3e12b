/** One answer a screen waits for: the data, the trouble, and the newest question wins. */
import { onScopeDispose, ref, shallowRef } from 'vue'

export function useLoading<Answer>(ask: (signal: AbortSignal) => Promise<Answer>) {
  const data = shallowRef<Answer | null>(null)
  const trouble = shallowRef<unknown>(null)
  const loading = ref(false)
  let current: AbortController | null = null

  async function load(): Promise<void> {
    current?.abort()
    const mine = new AbortController()
    current = mine
    loading.value = true
    try {
      const answer = await ask(mine.signal)
      if (mine.signal.aborted) return
      data.value = answer
      trouble.value = null
    } catch (error) {
      if (!mine.signal.aborted) trouble.value = error
    } finally {
      if (current === mine) loading.value = false
    }
  }

  onScopeDispose(() => current?.abort())
  return { data, trouble, loading, load }
}
