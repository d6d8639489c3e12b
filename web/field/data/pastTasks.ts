/** What my unit handed back 退回的案件, the newest first; a case that came back is among the tasks. */
import type { PastTask, Task } from '@shared/api/types'
import { computed, type ComputedRef } from 'vue'

import { localStore } from './phone'
import { useLive } from './useLive'

export function notWithUs(past: readonly PastTask[], tasks: readonly Pick<Task, 'id'>[]): PastTask[] {
  const present = new Set(tasks.map((task) => task.id))
  return past.filter((one) => !present.has(one.id)).sort((a, b) => (a.handed_back_at < b.handed_back_at ? 1 : -1))
}

export function usePastTasks(): ComputedRef<PastTask[]> {
  const past = useLive(['past_tasks'], () => localStore.pulled<PastTask>('past_tasks'))
  const tasks = useLive(['tasks'], () => localStore.pulled<Task>('tasks'))
  return computed(() => notWithUs(past.value.value ?? [], tasks.value.value ?? []))
}
