/** A photo from before as an address an image can show: kept on the phone, or fetched and kept. */
import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue'

import { runnerState } from './phone'
import { beforePhoto, cacheBeforePhotos } from './beforePhotos'

export interface Before {
  readonly url: Readonly<Ref<string | null>>
  readonly state: Readonly<Ref<'loading' | 'here' | 'absent'>>
}

/** A copy that is still being made is there soon; a network that is gone is reported by the sync. */
const AGAIN_MS = 4000
const TRIES = 5

export function useBeforePhoto(photoId: () => string | undefined): Before {
  const url = shallowRef<string | null>(null)
  const state = ref<'loading' | 'here' | 'absent'>('loading')
  let tries = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function release(): void {
    if (url.value) URL.revokeObjectURL(url.value)
    url.value = null
  }

  async function load(id: string): Promise<void> {
    release()
    clearTimeout(timer)
    state.value = 'loading'
    await cacheBeforePhotos([id])
    const blob = await beforePhoto(id)
    if (photoId() !== id) return
    url.value = blob && URL.createObjectURL(blob)
    state.value = blob ? 'here' : 'absent'
    if (!blob && navigator.onLine && (tries += 1) < TRIES) timer = setTimeout(begin, AGAIN_MS)
  }

  function begin(): void {
    const id = photoId()
    if (id) load(id).catch((error: unknown) => console.error('photo from before', error))
  }

  watch(photoId, begin, { immediate: true })
  // A cycle that went through is the sign that the network is back.
  watch(
    () => runnerState.value.outcome,
    (outcome) => {
      if (outcome?.kind === 'done' && state.value === 'absent') begin()
    },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    release()
  })
  return { url, state }
}
