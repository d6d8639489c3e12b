/** The present moment as a value that moves every half minute, for times people read. */
import { onScopeDispose, type Ref, shallowRef } from 'vue'

export function useNow(): Readonly<Ref<Date>> {
  const now = shallowRef(new Date())
  const timer = setInterval(() => {
    now.value = new Date()
  }, 30_000)
  onScopeDispose(() => clearInterval(timer))
  return now
}
