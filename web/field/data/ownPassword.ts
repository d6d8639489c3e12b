/** 修改密码 on the phone: what the server asks for, and what a person may still do before a forced change. */
import type { Person } from '@shared/api/types'

import { asMe, localStore } from './phone'

export interface NewPassword {
  readonly new: string
  readonly current?: string
  readonly login?: string
}

/** Screens that stay open until a one-time password is changed: nothing that is recorded may get lost. */
const OPEN_BEFORE_CHANGE: ReadonlySet<string> = new Set(['/me/password', '/capture', '/outbox'])

export function mayOpen(path: string, mustChange: boolean): boolean {
  return !mustChange || OPEN_BEFORE_CHANGE.has(path)
}

/** Whether the server has a password of this person; asked when the form opens. */
export async function hasPassword(): Promise<boolean> {
  return (await asMe((api) => api.get<{ has_password: boolean }>('/me'))).has_password
}

/** Set or change it; the server ends other sessions and keeps this one. */
export async function setPassword(password: NewPassword): Promise<void> {
  const person = await asMe((api) => api.put<Person>('/me/password', password))
  await localStore.renew({ must_change_password: false }, person)
}
