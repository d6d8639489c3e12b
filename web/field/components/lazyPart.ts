/** A part of a screen that is loaded when it is shown; the service worker keeps it for use without a network. */
import { type Component, defineAsyncComponent } from 'vue'

import { partMissing } from '../data/phone'

export const lazyPart = <T extends Component>(load: () => Promise<{ default: T }>) =>
  defineAsyncComponent<T>(() =>
    load().catch((error: unknown) => {
      // A page of an older build whose parts are gone from the server.
      partMissing.value = navigator.onLine
      throw error
    }),
  )
