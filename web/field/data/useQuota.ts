/** The storage quota of the phone as a value that follows what is stored. */
import { onScopeDispose, type Ref, shallowRef } from 'vue'

import { listen } from '../core/store/changes'
import type { StorageQuota } from '../core/store/quota'
import { currentQuota } from './quota'

/** The browser's estimate is not free of charge: not for every row. */
const AGAIN_MS = 5_000

export function useQuota(): Readonly<Ref<StorageQuota | null>> {
  const quota = shallowRef<StorageQuota | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = (): void => {
    timer = undefined
    currentQuota()
      .then((measured) => {
        quota.value = measured
      })
      .catch((error: unknown) => console.error('quota', error))
  }
  const stop = listen((changed) => {
    if (changed.has('photos') && timer === undefined) timer = setTimeout(look, AGAIN_MS)
  })
  look()
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
  })
  return quota
}
