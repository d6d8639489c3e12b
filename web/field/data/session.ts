/** Who uses this phone: read from the local store, changed by signing in and out. */
import { Refused } from '@shared/api/client'
import { REPORTER_ROLES, Role } from '@shared/contract/vocabulary'
import type { Person } from '@shared/api/types'
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'

import { clearCopies } from './photoCopies'
import { anonymous, asMe, deviceHere, localStore, checkForLoss, requestSync } from './phone'
import { listen } from '../core/store/changes'

interface SessionAnswer {
  readonly access_token: string
  readonly expires_at: string
  readonly refresh_token: string
  readonly must_change_password: boolean
  readonly person: Person
}

/** `oneTimePassword` is the one just typed, so that it need not be typed again; never stored. */
export const useSession = defineStore('session', () => {
  const person = shallowRef<Person | null>(null)
  const loaded = shallowRef(false)
  const mustChangePassword = shallowRef(false)
  const oneTimePassword = shallowRef<string | null>(null)

  async function load(): Promise<void> {
    await checkForLoss()
    const session = await localStore.session()
    person.value = session?.person ?? null
    mustChangePassword.value = session?.must_change_password ?? false
    loaded.value = true
  }

  async function begin(answer: SessionAnswer, typed: string | null = null): Promise<void> {
    oneTimePassword.value = answer.must_change_password ? typed : null
    await localStore.signIn({
      person: answer.person,
      access_token: answer.access_token,
      expires_at: answer.expires_at,
      refresh_token: answer.refresh_token,
      signed_in_at: Date.now(),
      must_change_password: answer.must_change_password,
    })
    await load()
    requestSync()
  }

  async function signIn(login: string, password: string): Promise<void> {
    const device = await deviceHere()
    await begin(await anonymous.post<SessionAnswer>('/sessions', { login, password, device }), password)
  }

  async function join(invitation: string): Promise<void> {
    const device = await deviceHere()
    await begin(await anonymous.post<SessionAnswer>('/sessions', { invitation, device }))
  }

  /** Unsent rows stay on the phone, bound to their author. */
  async function signOut(): Promise<void> {
    try {
      await asMe((api) => api.delete('/sessions/current', { timeoutMs: 4_000 }))
    } catch (error) {
      // Offline, or already gone on the server: leaving works all the same.
      if (error instanceof Refused && error.status >= 500) console.warn('sign-out', error.problem.slug)
    }
    oneTimePassword.value = null
    await localStore.signOut()
    await clearCopies()
    await load()
  }

  listen((changed) => {
    if (changed.has('session')) load().catch((error: unknown) => console.error('session', error))
  })

  return {
    person,
    loaded,
    mustChangePassword,
    oneTimePassword,
    reports: computed(() => person.value !== null && REPORTER_ROLES.has(person.value.role)),
    handles: computed(() => person.value?.role === Role.HANDLER),
    load,
    signIn,
    join,
    signOut,
  }
})
