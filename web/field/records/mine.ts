/** My records as a live list. */
import type { Category, Observation } from '@shared/wire'
import { say } from '@shared/words'
import { computed, type ComputedRef } from 'vue'

import { useQueue } from '../outbox/queue'
import { ledger } from '../phone'
import { useLive } from '../store/live'
import { mergeRecords, type RecordCard } from './merge'

export interface MyRecords {
  readonly loaded: ComputedRef<boolean>
  readonly cards: ComputedRef<RecordCard[]>
  readonly categoryName: (code: string) => string
  readonly category: (code: string) => Category | undefined
}

export function useMyRecords(): MyRecords {
  const queue = useQueue()
  const told = useLive(['records'], () => ledger.pulled<Observation>('records'))
  const categories = useLive(
    ['categories'],
    async () => new Map((await ledger.pulled<Category>('categories')).map((one) => [one.code, one])),
  )
  const category = (code: string): Category | undefined => categories.value.value?.get(code)
  return {
    loaded: computed(() => told.value.value !== null && queue.loaded),
    cards: computed(() => mergeRecords(queue.ops, queue.photos, told.value.value ?? [])),
    category,
    categoryName: (code) => {
      const found = category(code)
      return found ? say(found.name_zh, found.name_en) : code
    },
  }
}
