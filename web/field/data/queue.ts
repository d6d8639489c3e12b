/** The queue of the person who is signed in, as the screens see it. */
import { defineStore } from 'pinia'
import { computed } from 'vue'

import { localStore, runnerState } from './phone'
import { useSession } from './session'
import { useLive } from './useLive'
import { summarise } from '../core/model/rules'
import { queueLine, readingLine } from './queueWords'

const NOBODY: Readonly<Record<string, string>> = {}

export const useQueue = defineStore('queue', () => {
  const who = useSession()
  const live = useLive(['ops', 'photos', 'session', 'sync'], async () => {
    const session = await localStore.session()
    if (!session) return { author: null, ops: [], photos: [], others: new Map<string, number>(), names: NOBODY, deliveredAt: null }
    const author = session.person.id
    const [ops, photos, others, names, deliveredAt] = await Promise.all([
      localStore.ops(author),
      localStore.photos(author),
      localStore.waitingForOthers(author),
      localStore.meta('names'),
      localStore.meta('all_delivered_at'),
    ])
    return { author, ops, photos, others, names: names ?? NOBODY, deliveredAt }
  })
  const ops = computed(() => live.value.value?.ops ?? [])
  const photos = computed(() => live.value.value?.photos ?? [])
  const summary = computed(() => summarise(ops.value, photos.value))
  // What was read for whoever was here before says nothing of the one who is here now.
  const loaded = computed(() => live.value.value !== null && live.value.value.author === (who.person?.id ?? null))
  return {
    loaded,
    ops,
    photos,
    others: computed(() => live.value.value?.others ?? new Map<string, number>()),
    names: computed(() => live.value.value?.names ?? NOBODY),
    deliveredAt: computed(() => live.value.value?.deliveredAt ?? null),
    summary,
    line: (offlineHint: boolean) => (loaded.value ? queueLine(summary.value, runnerState.value, offlineHint) : readingLine()),
    again: live.again,
  }
})
