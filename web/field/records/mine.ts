/** My records as a live list. */
import type { Observation } from '@shared/wire'
import { computed, type ComputedRef } from 'vue'

import { useQueue } from '../outbox/queue'
import { ledger } from '../phone'
import { useLive } from '../store/live'
import { type Categories, useCategories } from './categories'
import { mergeRecords, type RecordCard } from './merge'

export interface MyRecords extends Categories {
  readonly loaded: ComputedRef<boolean>
  readonly cards: ComputedRef<RecordCard[]>
}

export function useMyRecords(): MyRecords {
  const queue = useQueue()
  const told = useLive(['records'], () => ledger.pulled<Observation>('records'))
  return {
    loaded: computed(() => told.value.value !== null && queue.loaded),
    cards: computed(() => mergeRecords(queue.ops, queue.photos, told.value.value ?? [])),
    ...useCategories(),
  }
}
