/** The notices of the person who is signed in, as the screens see them. */
import type { Notice } from '@shared/api/types'
import { defineStore } from 'pinia'
import { computed } from 'vue'

import { ledger } from './phone'
import { useLive } from './useLive'
import { inOrder, withSeen } from './unread'

export const useInbox = defineStore('inbox', () => {
  const live = useLive(['notices', 'meta'], async () => {
    const [notices, seen] = await Promise.all([ledger.pulled<Notice>('notices'), ledger.meta('seen_notices')])
    return inOrder(notices, seen ?? [])
  })
  const told = computed(() => live.value.value ?? [])

  /** Looked at on this phone; opening one is enough. */
  async function see(ids: readonly string[]): Promise<void> {
    await ledger.setMeta('seen_notices', withSeen((await ledger.meta('seen_notices')) ?? [], ids))
  }

  return {
    loaded: computed(() => live.value.value !== null),
    told,
    unread: computed(() => told.value.filter((one) => one.unread)),
    see,
  }
})
