/** The answers the desk reads, as docs/api.md gives them. Unknown fields are ignored. */
import type {
  Campaign,
  DerivativeState,
  Move,
  Outcome,
  PhotoRole,
  PhotoSource,
  PhotoState,
  PlaceSource,
  QuarantineState,
  Role,
  ScopeLevel,
  TaskState,
} from '@shared/contract'
import type { Problem } from '@shared/problem'

export interface Named {
  id: string
  name: string
}

export interface Person {
  id: string
  name: string
  login: string | null
  role: Role
  scope: { level: ScopeLevel; id: string | null; name: string | null }
  unit: Named | null
  district: { code: string; name: string } | null
  disabled?: boolean
  demo?: boolean
}

export interface Place {
  lon: number
  lat: number
  accuracy_m: number | null
  source: PlaceSource
  fixed_at?: string | null
}

export interface TaskRow {
  id: string
  number: string
  state: TaskState
  version: number
  category: string
  category_name: string
  campaign: Campaign
  severity: number
  district: string | null
  district_name: string | null
  street: string | null
  community: string | null
  unit: Named | null
  point: Named | null
  shop: Named | null
  place: Place | null
  address: string | null
  note: string | null
  outcome: Outcome
  opened_at: string
  captured_at: string | null
  filed_at: string | null
  dispatched_at: string | null
  submitted_at: string | null
  closed_at: string | null
  due_at: string | null
  provisional: boolean
  overdue: boolean
  observation_id: string | null
  thumb_photo_id: string | null
  pending_move: { move: Move; move_id: string; at: string } | null
  demo: boolean
}

export interface Photo {
  id: string
  role: PhotoRole
  sha256: string
  bytes: number
  mime: string
  width: number | null
  height: number | null
  taken_at: string | null
  source: PhotoSource
  state: PhotoState
  derivative: DerivativeState
  position: number
  place: Place | null
  problem?: Problem | null
}

export interface Evidence extends Photo {
  photo_id: string
  move_id: string | null
  distance_m: number | null
}

export interface ReasonChoice {
  code: string
  label: string
}

export interface MoveForm {
  move: Move
  label: string
  needs: string[]
  reasons: ReasonChoice[]
}

export interface TaskEvent {
  id: string
  move: string
  label: string
  from: TaskState | null
  to: TaskState | null
  actor: string | Named | null
  at: string
  reason: string | null
  reason_label: string | null
  note: string | null
  photos: string[]
}

export interface Task extends TaskRow {
  moves: Move[]
  move_forms: MoveForm[]
  events: TaskEvent[]
  evidence: Evidence[]
  deadline: { due_at: string | null; provisional: boolean; explanation: unknown[] } | null
  reporter?: Named
  evidence_required: { open: EvidenceRule; close: EvidenceRule } | null
  pairing_unit: Named | null
}

export interface EvidenceRule {
  code: string
  text: string
}

export interface Page<Item> {
  items: Item[]
  next: string | null
}

export interface TaskCounts {
  states: Record<string, number>
  overdue: number
  due_soon: number
  unassigned: number
  unplaced: number
}

export interface DistrictBoard {
  code: string
  name: string
  approximate: boolean
  received: number
  filed: number
  rejected: number
  due: number
  closed: number
  closed_on_time: number
  rework: number
  open: number
  overdue: number
  states: Record<string, number>
  rates: { filed: number | null; closed: number | null; on_time: number | null }
}

export interface Board {
  as_of: string
  days: { on: string; received: number; closed: number }[]
  totals: Partial<DistrictBoard>
  districts: DistrictBoard[]
  needs_me: Record<string, number>
  definitions: Record<string, string>
}

export type Ring = [number, number][]

export interface Outline {
  type: 'Feature'
  properties: { code: string; name: string; approximate?: boolean }
  geometry:
    | { type: 'Polygon'; coordinates: Ring[] }
    | { type: 'MultiPolygon'; coordinates: Ring[][] }
    | null
}

export interface MapPoint {
  id: string
  code: string
  name: string
  type: string
  district: string | null
  lon: number | null
  lat: number | null
  address: string | null
  demo?: boolean
}

export interface Sketch {
  districts: { type: 'FeatureCollection'; features: Outline[] }
  points: MapPoint[]
  bounds: [number, number, number, number]
}

export interface Quarantined {
  id: string
  op_id: string | null
  kind: string
  entity_id: string | null
  person: Named | null
  device: string | null
  reason: string
  problem: Problem | null
  body: unknown
  photos: Photo[]
  received_at: string
  state: QuarantineState
  note: string | null
}

export interface Invitation {
  invitation: string
  url: string
  expires_at: string
  qr_svg?: string
}
