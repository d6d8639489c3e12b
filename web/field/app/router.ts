/** Where each screen lives; hash addresses, so that no server log ever holds an invitation. */
import { createRouter, createWebHashHistory, type RouteComponent } from 'vue-router'

import { guardSheets, hearBackFirst } from '../components/layers'
import Capture from '../screens/capture/Capture.vue'
import DeviceProfile from '../screens/me/Me.vue'
import Outbox from '../screens/outbox/Outbox.vue'
import Records from '../screens/records/Records.vue'
import SignIn from '../screens/signin/SignIn.vue'
import { mayOpen } from '../data/ownPassword'
import { partMissing } from '../data/phone'
import { useSession } from '../data/session'
import Tasks from '../screens/tasks/Tasks.vue'
import Today from '../screens/today/Today.vue'

/** Not part of the first load; the service worker keeps it with the rest. */
const later = (load: () => Promise<{ default: RouteComponent }>) => async (): Promise<{ default: RouteComponent }> => {
  try {
    return await load()
  } catch (error) {
    partMissing.value = navigator.onLine
    throw error
  }
}

hearBackFirst()

export const router = createRouter({
  history: createWebHashHistory('/'),
  routes: [
    { path: '/', component: Today },
    { path: '/capture', component: Capture, meta: { bare: true } },
    { path: '/outbox', component: Outbox },
    { path: '/notices', component: later(() => import('../screens/notices/Notices.vue')) },
    { path: '/records', component: Records },
    { path: '/records/:id', component: later(() => import('../screens/records/Record.vue')), meta: { bare: true } },
    { path: '/tasks', component: Tasks },
    { path: '/tasks/:id', component: later(() => import('../screens/tasks/Task.vue')), meta: { bare: true } },
    { path: '/visits/:id', component: later(() => import('../screens/visits/Visit.vue')), meta: { bare: true } },
    { path: '/me', component: DeviceProfile },
    { path: '/me/password', component: later(() => import('../screens/password/Password.vue')), meta: { bare: true } },
    { path: '/signin', component: SignIn, meta: { open: true, bare: true } },
    { path: '/join/:token', component: SignIn, meta: { open: true, bare: true } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  // A draft that is written into the address of its screen, or taken out, moves nothing; another draft begins at the top.
  scrollBehavior: (to, from, saved) => {
    const same = to.path === from.path && (!to.query.draft || !from.query.draft || to.query.draft === from.query.draft)
    return same ? false : (saved ?? { top: 0 })
  },
})

guardSheets(router)
router.beforeEach(async (to) => {
  const session = useSession()
  if (!session.loaded) await session.load()
  if (to.meta.open) return true
  if (!session.person) return { path: '/signin', replace: true }
  if (!mayOpen(to.path, session.mustChangePassword)) return { path: '/me/password', replace: true }
  if (to.path === '/' && session.handles) return { path: '/tasks', replace: true }
  return true
})
