/** Requests about outlines 界线 and the locality 属地 of cases. Network only. */
import type { Answer, Schemas } from '@shared/api/types'
import type { Datum } from '@shared/contract/vocabulary'

import { get, post, put, remove, sendFile } from './http'
import type { Case } from './types'

export type Outlines = Answer<Schemas['Outlines']>
export type Outline = Answer<Schemas['Outline']>
export type OutlineReport = Answer<Schemas['OutlineReport']>
export type LocalitiesFound = Answer<Schemas['LocalitiesFound']>

export function outlines(): Promise<Outlines> {
  return get('/outlines')
}

export interface OutlineImport {
  readonly datum: Datum
  readonly addNames: boolean
  readonly dryRun: boolean
}

/** A GeoJSON file: all of it is imported, or nothing. */
export function importOutlines(file: File, how: OutlineImport): Promise<OutlineReport> {
  const query = new URLSearchParams({ datum: how.datum, file: file.name.slice(0, 200), add_names: String(how.addNames), dry_run: String(how.dryRun) })
  return sendFile(`/outlines?${query}`, file, () => undefined)
}

export function removeOutline({ level, code }: Pick<Outline, 'level' | 'code'>): Promise<void> {
  return remove(`/outlines/${encodeURIComponent(level)}/${encodeURIComponent(code)}`)
}

/** 重新推定: some open cases at a time; `next` of the answer goes on. */
export function findLocalities(after: number): Promise<LocalitiesFound> {
  return post('/tasks/localities', { after })
}

/** 确定属地 of one case; the same again changes nothing. */
export function setLocality(task: Pick<Case, 'id' | 'version'>, street: string, community: string | null): Promise<Case> {
  return put(`/tasks/${encodeURIComponent(task.id)}/locality`, { version: task.version, street, community })
}
