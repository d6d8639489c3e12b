/** Starts the console. */
import './element'
import '@shared/ui/tokens.css'
import './console.css'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import { language, speak } from '@shared/i18n/language'

import App from './App.vue'
import { followSystemDarkness } from './element'
import { makeRouter } from './router'
import { useSession } from '../data/session'
import { followNewBuilds } from './newBuild'
import { whenSignedOut } from '../api/http'

followSystemDarkness()
speak(language.value)

const pinia = createPinia()
const router = makeRouter(pinia)
followNewBuilds(router)

whenSignedOut(() => {
  useSession(pinia).forget()
  const here = router.currentRoute.value
  if (here.name !== 'sign-in') void router.push({ name: 'sign-in', query: { next: here.fullPath } })
})

createApp(App).use(pinia).use(router).mount('#console')
