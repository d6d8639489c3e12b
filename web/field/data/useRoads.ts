/** The roads this phone keeps: read again only when others have come, for they are large. */
import type { RoadSheet } from '@shared/api/types'
import { type Ref, shallowRef, watch } from 'vue'

import { localStore } from './phone'
import { useLive } from './useLive'

export function useRoads(): Readonly<Ref<readonly RoadSheet[]>> {
  const roads = shallowRef<readonly RoadSheet[]>([])
  const digests = useLive(['meta'], () => localStore.meta('road_digests'))
  watch(
    () => JSON.stringify(digests.value.value),
    () => {
      localStore
        .meta('roads')
        .then((kept) => {
          roads.value = kept ?? []
        })
        .catch((error: unknown) => console.error('roads', error))
    },
  )
  return roads
}
