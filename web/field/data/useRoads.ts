/** The roads this phone keeps, read once: they are large, and change once in years. */
import type { RoadSheet } from '@shared/api/types'
import { type Ref, shallowRef } from 'vue'

import { localStore } from './phone'

export function useRoads(): Readonly<Ref<readonly RoadSheet[]>> {
  const roads = shallowRef<readonly RoadSheet[]>([])
  localStore
    .meta('roads')
    .then((kept) => {
      roads.value = kept ?? []
    })
    .catch((error: unknown) => console.error('roads', error))
  return roads
}
