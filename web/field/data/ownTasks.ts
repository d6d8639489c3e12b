/** The unit's tasks as a live list, own moves laid over them. */
import type { Task } from '@shared/api/types'
import { computed, type ComputedRef } from 'vue'

import { useQueue } from './queue'
import { localStore } from './phone'
import { useLive } from './useLive'
import { type TaskView, viewTask } from './taskOverlay'

export function useMyTasks(): { readonly loaded: ComputedRef<boolean>; readonly views: ComputedRef<TaskView[]> } {
  const queue = useQueue()
  const tasks = useLive(['tasks'], () => localStore.pulled<Task>('tasks'))
  return {
    loaded: computed(() => tasks.value.value !== null && queue.loaded),
    views: computed(() => (tasks.value.value ?? []).map((task) => viewTask(task, queue.ops, queue.photos))),
  }
}
