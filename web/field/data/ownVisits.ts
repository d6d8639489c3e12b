/** My visits as a live list. */
import type { AssignedVisit } from '@shared/api/types'
import { computed, type ComputedRef } from 'vue'

import { useQueue } from './queue'
import { localStore } from './phone'
import { useLive } from './useLive'
import { mergeVisits, type MyVisits } from './visitMerge'

export function useMyVisits(): { readonly loaded: ComputedRef<boolean>; readonly visits: ComputedRef<MyVisits> } {
  const queue = useQueue()
  const assigned = useLive(['visits'], () => localStore.pulled<AssignedVisit>('visits'))
  return {
    loaded: computed(() => assigned.value.value !== null && queue.loaded),
    visits: computed(() => mergeVisits(assigned.value.value ?? [], queue.ops, queue.photos)),
  }
}
