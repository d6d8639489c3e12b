/** My visits as a live list. */
import type { Errand } from '@shared/wire'
import { computed, type ComputedRef } from 'vue'

import { useQueue } from '../outbox/queue'
import { ledger } from '../phone'
import { useLive } from '../store/live'
import { mergeVisits, type MyVisits } from './merge'

export function useMyVisits(): { readonly loaded: ComputedRef<boolean>; readonly visits: ComputedRef<MyVisits> } {
  const queue = useQueue()
  const errands = useLive(['visits'], () => ledger.pulled<Errand>('visits'))
  return {
    loaded: computed(() => errands.value.value !== null && queue.loaded),
    visits: computed(() => mergeVisits(errands.value.value ?? [], queue.ops, queue.photos)),
  }
}
