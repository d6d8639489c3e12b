/** The console's requests about the registers 名册. Network only: no screen, no store. */
import type { Call } from '@shared/api/client'
import type { ImportMode, Register } from '@shared/contract/vocabulary'
import type { Problem } from '@shared/api/problem'
import type { CategoryMiss, Refined } from '@shared/api/types'

import { fileOf, get, post, put, remove, sendForLines } from './http'
import type { Page } from './types'

export type Entry = Readonly<Record<string, unknown>>

export interface RegisterFilters {
  readonly text?: string
  readonly active?: boolean | null
  readonly role?: string
  readonly district?: string
}

/** One line of a register's history; `fields` are what it was and what it is. */
export interface RegisterChange extends Refined<'RegisterChange', { readonly fields: Readonly<Record<string, readonly [unknown, unknown]>> }> {}

/** Each line of an import's answer; a stream that openapi.json does not describe. */
export interface ImportReport {
  readonly rows: number
  readonly added: number
  readonly changed: number
  readonly same: number
  readonly bad: number
  readonly written: boolean
  readonly unknown_columns: readonly string[]
  /** The sheet of a workbook that was read, and those that were not; a CSV has none. */
  readonly sheet: string | null
  readonly other_sheets: readonly string[]
  readonly faults: readonly RowFault[]
  /** New entries that are nearly the same as another one; they are written all the same. */
  readonly doubts: readonly RowFault[]
}

export interface RowFault {
  readonly row: number
  readonly column: string
  readonly detail: string
}

export type ImportLine =
  | { readonly step: 'reading' | 'checking' | 'writing'; readonly rows: number }
  | { readonly step: 'done'; readonly report: ImportReport }
  | { readonly step: 'failed'; readonly problem: Problem }

const at = (register: string, key?: string): string => `/${register}${key === undefined ? '' : `/${encodeURIComponent(key)}`}`

export function entries(register: string, filters: RegisterFilters, cursor: string | null, call: Call = {}): Promise<Page<Entry>> {
  return get(at(register), { ...call, query: { ...filters, limit: 200, cursor } })
}

export function oneEntry(register: string, key: string): Promise<Entry> {
  return get(at(register, key))
}

export function putEntry(register: string, key: string, entry: Entry): Promise<Entry> {
  return put(at(register, key), entry)
}

export function changesOf(register: string, entry: string | null, cursor: string | null): Promise<Page<RegisterChange>> {
  return get(`/registers/${register}/changes`, { query: { entry, cursor } })
}

export function bringTableIn(
  register: string,
  file: Blob,
  mode: ImportMode,
  sent: (bytes: number) => void,
  onLine: (line: ImportLine) => void,
): Promise<ImportLine> {
  return sendForLines(`/registers/${register}/table?mode=${mode}`, file, sent, onLine)
}

export const tableAddress = (register: string, template = false): string =>
  `/api/v1/registers/${register}/table${template ? '?template=true' : ''}`

export function sheetAddress(register: Register | string, filters: RegisterFilters): string {
  const query = new URLSearchParams({ active: 'true' })
  if (filters.text) query.set('text', filters.text)
  if (filters.district) query.set('district', filters.district)
  return `/api/v1/registers/${register}/sheet?${query}`
}

export function inviteMany(wish: Readonly<Record<string, unknown>>): Promise<Blob> {
  return fileOf('/invitations/many', wish)
}

export function resetPassword(personId: string): Promise<{ readonly login: string; readonly password: string }> {
  return post(`${at('people', personId)}/password`, {})
}

export function signOutEverywhere(personId: string): Promise<void> {
  return remove(`${at('people', personId)}/sessions`)
}

export function categoryMisses(): Promise<{ readonly items: readonly CategoryMiss[]; readonly total?: number }> {
  return get('/categories/misses')
}

export function decideMiss(text: string, category: string | null): Promise<void> {
  return post('/categories/misses/decisions', { text, category })
}
