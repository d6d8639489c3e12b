/** The queue of the person who is signed in, as the screens see it. */
import { defineStore } from 'pinia'
import { computed } from 'vue'

import { ledger, runnerState } from '../phone'
import { useLive } from '../store/live'
import { summarise } from './rules'
import { queueLine } from './words'

export const useQueue = defineStore('queue', () => {
  const live = useLive(['ops', 'photos', 'session', 'sync'], async () => {
    const session = await ledger.session()
    if (!session) return { ops: [], photos: [], others: new Map<string, number>(), names: {}, deliveredAt: null }
    return {
      ops: await ledger.ops(session.person.id),
      photos: await ledger.photos(session.person.id),
      others: await ledger.waitingForOthers(session.person.id),
      names: (await ledger.meta('names')) ?? {},
      deliveredAt: await ledger.meta('all_delivered_at'),
    }
  })
  const ops = computed(() => live.value.value?.ops ?? [])
  const photos = computed(() => live.value.value?.photos ?? [])
  const summary = computed(() => summarise(ops.value, photos.value))
  return {
    loaded: computed(() => live.value.value !== null),
    ops,
    photos,
    others: computed(() => live.value.value?.others ?? new Map<string, number>()),
    names: computed(() => live.value.value?.names ?? {}),
    deliveredAt: computed(() => live.value.value?.deliveredAt ?? null),
    summary,
    line: (offlineHint: boolean) => queueLine(summary.value, runnerState.value, offlineHint),
    again: live.again,
  }
})
