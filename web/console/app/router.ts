/** The console's addresses. Every screen is loaded when first opened; a session is asked for before. */
import type { Pinia } from 'pinia'
import { createRouter, createWebHistory, type RouteLocationNormalized, type Router } from 'vue-router'

import { Role } from '@shared/contract/vocabulary'

import { useSession } from '../data/session'

export function makeRouter(pinia: Pinia): Router {
  const router = createRouter({
    history: createWebHistory('/console/'),
    scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
    routes: [
      { path: '/', name: 'board', component: () => import('../screens/board/BoardScreen.vue') },
      { path: '/tasks', name: 'tasks', component: () => import('../screens/tasks/TasksScreen.vue') },
      { path: '/tasks/:id', name: 'task', component: () => import('../screens/case/CaseScreen.vue') },
      { path: '/handed-back', name: 'past', component: () => import('../screens/past/PastScreen.vue') },
      { path: '/map', name: 'map', component: () => import('../screens/map/MapScreen.vue') },
      {
        path: '/registers/:register?',
        name: 'registers',
        component: () => import('../screens/registers/RegistersScreen.vue'),
      },
      {
        path: '/quarantine/:id?',
        name: 'quarantine',
        component: () => import('../screens/quarantine/QuarantineScreen.vue'),
      },
      { path: '/rescue', name: 'rescue', component: () => import('../screens/rescue/RescueScreen.vue') },
      {
        path: '/settings',
        component: () => import('../screens/settings/SettingsScreen.vue'),
        children: [
          { path: '', redirect: { name: 'calendar' } },
          { path: 'calendar', name: 'calendar', component: () => import('../screens/settings/CalendarScreen.vue') },
          { path: 'routing', name: 'routing', component: () => import('../screens/settings/RoutingScreen.vue') },
          { path: 'outlines', name: 'outlines', component: () => import('../screens/settings/OutlinesScreen.vue') },
          { path: 'channels', name: 'channels', component: () => import('../screens/settings/ChannelsScreen.vue') },
        ],
      },
      { path: '/password', name: 'password', component: () => import('../screens/password/PasswordScreen.vue') },
      { path: '/sign-in', name: 'sign-in', component: () => import('../screens/signin/SignIn.vue') },
      { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./NotFound.vue') },
    ],
  })
  router.beforeEach((to) => admit(to, useSession(pinia)))
  return router
}

/** Who is not signed in goes to the sign-in page and then on to the requested address; a handler begins with the cases. */
async function admit(to: RouteLocationNormalized, session: ReturnType<typeof useSession>) {
  if (to.name === 'sign-in') return true
  if (!session.restored) {
    try {
      await session.restore()
    } catch {
      // No answer yet: the shell draws that state and offers to try again.
      return true
    }
  }
  if (!session.person) return { name: 'sign-in', query: { next: to.fullPath } }
  if (session.mustChangePassword && to.name !== 'password') return { name: 'password', query: { next: to.fullPath } }
  if (to.name === 'board' && session.person.role === Role.HANDLER) return { name: 'tasks' }
  return true
}
