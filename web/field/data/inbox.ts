/** The notices of the person who is signed in, as the screens see them. */
import type { Notice } from '@shared/api/types'
import { defineStore } from 'pinia'
import { computed } from 'vue'

import { localStore } from './phone'
import { useLive } from './useLive'
import { inOrder, withSeen } from './unread'

export const useInbox = defineStore('inbox', () => {
  const live = useLive(['notices', 'meta'], async () => {
    const [notices, seen] = await Promise.all([localStore.pulled<Notice>('notices'), localStore.meta('seen_notices')])
    return inOrder(notices, seen ?? [])
  })
  const entries = computed(() => live.value.value ?? [])

  /** Looked at on this phone; opening one is enough. */
  async function see(ids: readonly string[]): Promise<void> {
    await localStore.setMeta('seen_notices', withSeen((await localStore.meta('seen_notices')) ?? [], ids))
  }

  return {
    loaded: computed(() => live.value.value !== null),
    entries,
    unread: computed(() => entries.value.filter((one) => one.unread)),
    see,
  }
})
