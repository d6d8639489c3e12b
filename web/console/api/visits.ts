/** The console's requests about visits 现场复核. Network only. */
import type { Call } from '@shared/api/client'
import type { VisitKind } from '@shared/contract/vocabulary'
import type { Answer, Schemas, Visit } from '@shared/api/types'

import { get, post } from './http'

/** An observer who can be sent. */
export type Visitor = Answer<Schemas['Visitor']>

export interface VisitRequest extends Pick<Schemas['WantedVisit'], 'visit_id' | 'observer_id'> {
  readonly note?: string
}

const of = (task: string): string => `/tasks/${encodeURIComponent(task)}`

/** The most suitable first. */
export function visitors(task: string, call: Call = {}): Promise<{ kind: VisitKind; items: readonly Visitor[] }> {
  return get(`${of(task)}/visitors`, call)
}

export function askVisit(task: string, request: VisitRequest): Promise<Visit> {
  return post(`${of(task)}/visits`, request)
}

export function withdrawVisit(task: string, visit: string): Promise<Visit> {
  return post(`${of(task)}/visits/${encodeURIComponent(visit)}/withdrawal`)
}
