/** What the desk asks about visits 现场复核. Network only. */
import type { Call } from '@shared/api/client'
import type { VisitKind } from '@shared/contract/vocabulary'
import type { Visit } from '@shared/api/types'

import { get, post } from './http'

/** Somebody who can be sent. */
export interface Visitor {
  readonly id: string
  readonly name: string
  readonly district_name: string | null
  readonly on_duty_here: boolean
  readonly distance_m: number | null
  readonly last_record_at: string | null
  readonly visits_open: number
  readonly is_reporter: boolean
}

export interface VisitRequest {
  readonly visit_id: string
  readonly observer_id: string
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
