/** A value read from the local store that follows its tables. */
import { onScopeDispose, type Ref, shallowRef } from 'vue'

import { listen, type ChangedTable } from '../core/store/changes'

export interface Live<T> {
  /** null until the first read is done. */
  readonly value: Readonly<Ref<T | null>>
  readonly again: () => Promise<void>
}

export function useLive<T>(tables: readonly ChangedTable[], read: () => Promise<T>): Live<T> {
  const value = shallowRef<T | null>(null) as Ref<T | null>
  let running: Promise<void> | null = null
  let stale = false

  async function again(): Promise<void> {
    if (running) {
      stale = true
      return running
    }
    running = (async () => {
      do {
        stale = false
        value.value = await read()
      } while (stale)
    })().finally(() => {
      running = null
    })
    return running
  }

  const fail = (error: unknown): void => console.error('local store', error)
  onScopeDispose(
    listen((changed) => {
      if (tables.some((table) => changed.has(table))) again().catch(fail)
    }),
  )
  again().catch(fail)
  return { value, again }
}
