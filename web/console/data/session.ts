/** Who is signed in on the console: the cookie session and what the person may open. */
import { Refused } from '@shared/api/client'
import { Role, ScopeLevel } from '@shared/contract/vocabulary'
import type { Person } from '@shared/api/types'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { setByServer } from './clock'
import { signIn, signOut, whoAmI, type Device } from '../api/calls'
import { useCsrfToken } from '../api/http'
import type { SessionAnswer } from '../api/types'

const DEVICE = 'desk.device'
const CONSOLE_ROLES: ReadonlySet<Role> = new Set([
  Role.SUPERVISOR,
  Role.ARBITER,
  Role.ADMIN,
  Role.HANDLER,
])
const OFFICE: ReadonlySet<Role> = new Set([Role.SUPERVISOR, Role.ADMIN])

function thisDevice(): Device {
  const name = '桌面浏览器'
  try {
    const id = localStorage.getItem(DEVICE) ?? crypto.randomUUID()
    localStorage.setItem(DEVICE, id)
    return { id, name }
  } catch {
    return { id: crypto.randomUUID(), name }
  }
}

/** Whether cases of this district can be this person's to see; a unit's scope has no districts. */
function isInScope(person: Person | null, district: string): boolean {
  return person?.scope.level !== ScopeLevel.DISTRICT || person.district?.code === district
}

export const useSession = defineStore('session', () => {
  const person = ref<Person | null>(null)
  const restored = ref(false)
  /** The session began with a one-time password: the server answers nothing else until it is changed. */
  const mustChangePassword = ref(false)
  const hasPassword = ref(true)

  const usesConsole = computed(
    () => !!person.value && !mustChangePassword.value && CONSOLE_ROLES.has(person.value.role),
  )
  const isOffice = computed(() => !!person.value && OFFICE.has(person.value.role))

  const seesDistrict = (code: string): boolean => isInScope(person.value, code)

  function adopt(answer: SessionAnswer): void {
    person.value = answer.person
    if (answer.csrf_token) useCsrfToken(answer.csrf_token)
    setByServer(answer.server_now)
    mustChangePassword.value = answer.must_change_password ?? false
    hasPassword.value = answer.has_password ?? true
  }

  /** Ask once whether the cookie still stands; a missing server is an error to be shown. */
  async function restore(): Promise<void> {
    if (restored.value) return
    try {
      adopt(await whoAmI())
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error
      forget()
    }
    restored.value = true
  }

  async function enter(login: string, password: string): Promise<void> {
    adopt(await signIn(login, password, thisDevice()))
    restored.value = true
    // The session answer has no clock; who-am-I has.
    adopt(await whoAmI())
  }

  /** After the own password was set or changed. */
  async function passwordChanged(): Promise<void> {
    adopt(await whoAmI())
  }

  function forget(): void {
    person.value = null
    mustChangePassword.value = false
    useCsrfToken(null)
  }

  async function leave(): Promise<void> {
    await signOut()
    forget()
  }

  return {
    person,
    restored,
    mustChangePassword,
    hasPassword,
    usesConsole,
    isOffice,
    seesDistrict,
    restore,
    enter,
    passwordChanged,
    leave,
    forget,
  }
})
