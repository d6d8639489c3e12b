/** Where each screen lives; hash addresses, so that no server log ever holds an invitation. */
import { createRouter, createWebHashHistory } from 'vue-router'

import { guardSheets, hearBackFirst } from '../components/layers'
import Capture from '../screens/capture/Capture.vue'
import DeviceProfile from '../screens/me/Me.vue'
import Password from '../screens/password/Password.vue'
import Notices from '../screens/notices/Notices.vue'
import Outbox from '../screens/outbox/Outbox.vue'
import Record from '../screens/records/Record.vue'
import Records from '../screens/records/Records.vue'
import SignIn from '../screens/signin/SignIn.vue'
import { mayOpen } from '../data/ownPassword'
import { useSession } from '../data/session'
import TaskScreen from '../screens/tasks/Task.vue'
import Tasks from '../screens/tasks/Tasks.vue'
import Today from '../screens/today/Today.vue'
import VisitScreen from '../screens/visits/Visit.vue'

hearBackFirst()

export const router = createRouter({
  history: createWebHashHistory('/'),
  routes: [
    { path: '/', component: Today },
    { path: '/capture', component: Capture, meta: { bare: true } },
    { path: '/outbox', component: Outbox },
    { path: '/notices', component: Notices },
    { path: '/records', component: Records },
    { path: '/records/:id', component: Record, meta: { bare: true } },
    { path: '/tasks', component: Tasks },
    { path: '/tasks/:id', component: TaskScreen, meta: { bare: true } },
    { path: '/visits/:id', component: VisitScreen, meta: { bare: true } },
    { path: '/me', component: DeviceProfile },
    { path: '/me/password', component: Password, meta: { bare: true } },
    { path: '/signin', component: SignIn, meta: { open: true, bare: true } },
    { path: '/join/:token', component: SignIn, meta: { open: true, bare: true } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
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
