/** My records as a live list. */
import type { Observation } from '@shared/api/types'
import { computed, type ComputedRef } from 'vue'

import { useQueue } from './queue'
import { localStore } from './phone'
import { useLive } from './useLive'
import { type Categories, useCategories } from './categories'
import { mergeRecords, type RecordCard } from './recordMerge'

export interface MyRecords extends Categories {
  readonly loaded: ComputedRef<boolean>
  readonly cards: ComputedRef<RecordCard[]>
}

export function useMyRecords(): MyRecords {
  const queue = useQueue()
  const records = useLive(['records'], () => localStore.pulled<Observation>('records'))
  return {
    loaded: computed(() => records.value.value !== null && queue.loaded),
    cards: computed(() => mergeRecords(queue.ops, queue.photos, records.value.value ?? [])),
    ...useCategories(),
  }
}
