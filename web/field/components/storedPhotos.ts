/** Photos a verdict drew over are kept for the time without a network: the lines alone say nothing. */
import { watch } from 'vue'

import { cacheBeforePhotos } from '../data/beforePhotos'
import type { GridPhoto } from './PhotoGrid.vue'

export function useKept(photos: () => readonly GridPhoto[]): void {
  watch(
    () => photos().filter((photo) => !photo.here).map((photo) => photo.id).join(),
    (ids) => {
      if (ids) cacheBeforePhotos(ids.split(',')).catch((error: unknown) => console.warn('kept', error))
    },
    { immediate: true },
  )
}
