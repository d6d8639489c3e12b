/** My visits as a live list. */
import type { Errand } from '@shared/api/types'
import { computed, type ComputedRef } from 'vue'

import { useQueue } from './queue'
import { ledger } from './phone'
import { useLive } from './useLive'
import { mergeVisits, type MyVisits } from './visitMerge'

export function useMyVisits(): { readonly loaded: ComputedRef<boolean>; readonly visits: ComputedRef<MyVisits> } {
  const queue = useQueue()
  const errands = useLive(['visits'], () => ledger.pulled<Errand>('visits'))
  return {
    loaded: computed(() => errands.value.value !== null && queue.loaded),
    visits: computed(() => mergeVisits(errands.value.value ?? [], queue.ops, queue.photos)),
  }
}
