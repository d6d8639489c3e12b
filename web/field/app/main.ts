/** Starts the phone's page. */
import './style.css'

import { language, speak } from '@shared/i18n/language'
import { createPinia } from 'pinia'
import { createApp } from 'vue'

import App from './App.vue'
import { sendMisses } from '../data/categoryMisses'
import { watchForInstall } from '../data/install'
import { keepTaskPhotos } from '../data/beforePhotos'
import { makeOwnThumbs } from '../data/ownThumbs'
import { doAfterCycles, startSync } from '../data/phone'
import { keepSketch } from '../data/sketchKeeping'
import { setTextSize, textSize } from '../data/textSize'
import { router } from './router'
import Unfit from './UnsupportedBrowser.vue'
import { watchForUpdates } from './updates'

speak(language.value)
setTextSize(textSize.value)

// Without these there is no evidence worth the name: no hash, no safe queue.
const fit = window.isSecureContext && 'indexedDB' in window && crypto.subtle !== undefined && 'locks' in navigator

if (fit) {
  createApp(App).use(createPinia()).use(router).mount('#app')
  for (const work of [sendMisses, keepTaskPhotos, makeOwnThumbs, keepSketch]) doAfterCycles(work)
  startSync()
  watchForUpdates()
  watchForInstall()
} else {
  createApp(Unfit).mount('#app')
}
// From here on the boot guard has nothing to say.
document.documentElement.dataset.started = 'yes'
