/** A photo from before as an address an image can show: kept on the phone, or fetched and kept. */
import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue'

import { runnerState } from '../phone'
import { beforePhoto, keepBefore } from './kept'

export interface Before {
  readonly url: Readonly<Ref<string | null>>
  readonly state: Readonly<Ref<'loading' | 'here' | 'absent'>>
}

export function useBefore(wanted: () => string | undefined): Before {
  const url = shallowRef<string | null>(null)
  const state = ref<'loading' | 'here' | 'absent'>('loading')

  function release(): void {
    if (url.value) URL.revokeObjectURL(url.value)
    url.value = null
  }

  async function load(id: string): Promise<void> {
    release()
    state.value = 'loading'
    await keepBefore([id])
    const found = await beforePhoto(id)
    if (wanted() !== id) return
    url.value = found && URL.createObjectURL(found)
    state.value = found ? 'here' : 'absent'
  }

  function begin(): void {
    const id = wanted()
    if (id) load(id).catch((error: unknown) => console.error('photo from before', error))
  }

  watch(wanted, begin, { immediate: true })
  // A cycle that went through is the sign that the network is back.
  watch(
    () => runnerState.value.outcome,
    (outcome) => {
      if (outcome?.kind === 'done' && state.value === 'absent') begin()
    },
  )
  onScopeDispose(release)
  return { url, state }
}
