/** Starts the desk. */
import './element'
import '@shared/tokens.css'
import './desk.css'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import { language, speak } from '@shared/words'

import App from './App.vue'
import { followSystemDarkness } from './element'
import { makeRouter } from './router'
import { useSession } from './session/store'
import { followNewBuilds } from './shell/newBuild'
import { whenSignedOut } from './wire/http'

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

createApp(App).use(pinia).use(router).mount('#desk')
