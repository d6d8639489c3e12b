/** The query of a screen's address names its draft, so that the page, opened anew, goes on where it was. */
import { onBeforeUnmount } from 'vue'
import { type LocationQueryRaw, useRoute, useRouter } from 'vue-router'

import { isNavigating } from './layers'

/** Returns what sets the query. A person who has left the screen meanwhile, or is leaving it, is not taken back. */
export function useQuery(): (query: LocationQueryRaw) => Promise<void> {
  const route = useRoute()
  const router = useRouter()
  let left = false
  onBeforeUnmount(() => {
    left = true
  })
  return async (query) => {
    if (!left && !isNavigating()) await router.replace({ path: route.path, query })
  }
}
