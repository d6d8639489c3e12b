/** Shapes of the answers both faces read (docs/api.md); types only. */
import type {
  AppealState,
  Campaign,
  Collection,
  Decision,
  DerivativeState,
  HintKind,
  HintLevel,
  ExtensionState,
  LimitUnit,
  Move,
  NoticeKind,
  ObservationState,
  OpStatus,
  Outcome,
  PhotoRole,
  PhotoSource,
  PhotoState,
  PlaceSource,
  RecordAs,
  Role,
  ScopeLevel,
  SiteFinding,
  StrokeKind,
  TaskState,
  VisitKind,
  VisitState,
} from '../contract/vocabulary'
import type { Problem } from './problem'

export interface Named {
  readonly id: string
  readonly name: string
}

export interface Person {
  readonly id: string
  readonly name: string
  readonly login: string | null
  readonly role: Role
  readonly scope: { readonly level: ScopeLevel; readonly id: string | null; readonly name: string | null }
  readonly unit: Named | null
  readonly district: { readonly code: string; readonly name: string } | null
}

export interface Place {
  readonly lon: number
  readonly lat: number
  readonly accuracy_m: number | null
  readonly source: PlaceSource
  readonly fixed_at: string | null
}

export interface Photo {
  readonly id: string
  readonly role: PhotoRole
  readonly sha256: string
  readonly bytes: number
  readonly mime: string
  readonly width: number | null
  readonly height: number | null
  readonly taken_at: string | null
  readonly source: PhotoSource
  readonly state: PhotoState
  readonly derivative: DerivativeState
  readonly position: number
  readonly place: Place | null
  readonly problem?: Problem | null
}

/** By whom and when something was brought in from a rescue zip; a handler is told no name. */
export interface Imported {
  readonly by?: Named
  readonly at: string
}

/** One line of a drawing 圈注; points are fractions of the upright photo. */
export interface Stroke {
  readonly kind: StrokeKind
  readonly points: readonly (readonly [number, number])[]
}

/** What a reviewer drew over one photo. */
export interface Annotation {
  readonly photo_id: string
  readonly strokes: readonly Stroke[]
}

export interface TaskEvent {
  readonly id: string
  readonly move: string
  readonly label?: string
  readonly from: TaskState | null
  readonly to: TaskState | null
  /** A name to those who may know it; a role to a unit's handler. */
  readonly actor: string | null
  readonly at: string
  readonly reason: string | null
  readonly reason_label?: string | null
  readonly note: string | null
  readonly photos?: readonly string[]
  readonly annotations?: readonly Annotation[]
  readonly imported?: Imported
}

export type Need = 'reason' | 'unit' | 'close_evidence' | 'photo' | 'into' | 'decision' | 'until'

export interface MoveForm {
  readonly move: Move
  readonly label: string
  readonly needs: readonly Need[]
  readonly reasons: readonly { readonly code: string; readonly label: string }[]
  /** Of a deciding move: what may be decided by me now, and what each decision needs. */
  /** May carry a drawing over photos of the case. */
  readonly annotates?: boolean
  readonly decisions: readonly { readonly decision: Decision; readonly needs: readonly Need[] }[]
}

export interface Evidence extends Photo {
  readonly photo_id: string
  readonly move_id: string | null
  readonly distance_m: number | null
  /** Only where it came with a visit. */
  readonly visit_id?: string
}

/** A visit as the desk sees it. */
export interface Visit {
  readonly id: string
  readonly kind: VisitKind
  readonly state: VisitState
  readonly asked_by: Named
  readonly observer: Named
  readonly asked_at: string
  readonly note: string | null
  readonly due_at: string
  readonly provisional: boolean
  readonly overdue: boolean
  readonly withdrawn_at: string | null
  readonly withdrawn_by: Named | null
  readonly finding: SiteFinding | null
  readonly found_note: string | null
  readonly place: Place | null
  readonly distance_m: number | null
  readonly captured_at: string | null
  readonly received_at: string | null
  readonly late: boolean
  readonly photos: readonly string[]
  readonly missing_photos: readonly string[]
}

/** A visit as the phone of whoever is to go keeps it. */
export interface AssignedVisit {
  readonly id: string
  readonly task_id: string
  readonly number: string
  readonly version: number
  readonly kind: VisitKind
  readonly asked_at: string
  readonly note: string | null
  readonly due_at: string
  readonly provisional: boolean
  readonly category: string
  readonly category_name: string
  readonly district_name: string | null
  readonly street: string | null
  readonly community: string | null
  readonly point: Named | null
  readonly shop: Named | null
  readonly address: string | null
  readonly place: Place | null
  readonly problem: string | null
  readonly before: readonly Photo[]
  readonly after: readonly Photo[]
}

export interface PendingMove {
  readonly move: Move
  readonly move_id: string
  readonly at: string
}

export interface TaskRow {
  readonly id: string
  readonly number: string
  readonly state: TaskState
  readonly version: number
  readonly category: string
  readonly category_name: string
  readonly campaign: Campaign
  readonly severity: number
  readonly district: string | null
  readonly district_name: string | null
  readonly street: string | null
  readonly community: string | null
  readonly unit: Named | null
  readonly point: Named | null
  readonly shop: Named | null
  readonly place: Place | null
  readonly address: string | null
  readonly note: string | null
  readonly outcome: Outcome
  readonly opened_at: string
  readonly captured_at: string | null
  readonly filed_at: string | null
  readonly dispatched_at: string | null
  readonly submitted_at: string | null
  readonly closed_at: string | null
  readonly due_at: string | null
  readonly provisional: boolean
  readonly overdue: boolean
  readonly observation_id: string
  readonly thumb_photo_id: string | null
  readonly pending_move: PendingMove | null
  readonly asked_more_at: string | null
  readonly merged_into: string | null
  readonly extension: ExtensionState | null
  readonly extensions: number
  readonly shelved_until: string | null
  readonly escalated_at: string | null
  readonly appeal: AppealState | null
  readonly make_safe_due_at: string | null
  readonly made_safe_at: string | null
  /** What I may do with it now. */
  readonly moves: readonly Move[]
  readonly demo: boolean
  /** Only for those who review: until when a visit is waited for. */
  readonly visit_due_at?: string | null
}

/** A reason to look at a photo again; without a photo it is about the whole record. */
export interface Hint {
  readonly kind: HintKind
  readonly severity: HintLevel
  readonly text: string
  readonly text_en: string
  readonly photo_id: string | null
  readonly other_photo_id: string | null
  /** Only where this person may see that case. */
  readonly other_task_id: string | null
}

export interface EvidenceNeed {
  readonly code: string
  readonly text: string
}

export interface Task extends TaskRow {
  readonly move_forms: readonly MoveForm[]
  readonly events: readonly TaskEvent[]
  readonly evidence: readonly Evidence[]
  readonly deadline: {
    readonly due_at: string | null
    readonly provisional: boolean
    readonly explanation: readonly unknown[]
  } | null
  readonly reporter?: Named | null
  readonly evidence_required: { readonly open: EvidenceNeed | null; readonly close: EvidenceNeed | null } | null
  readonly pairing_unit: Named | null
  readonly imported?: Imported
  /** Only for those who review. */
  readonly hints?: readonly Hint[]
  readonly visits?: readonly Visit[]
}

export interface Verdict {
  readonly move: string
  readonly reason: string | null
  readonly note: string | null
  readonly at: string
  readonly annotations?: readonly Annotation[]
}

/** What a reporter sees of the case that grew from an own record. */
export interface OwnTask {
  readonly id: string
  readonly number: string
  readonly state: TaskState
  /** Since when the reporter is asked for more; copies pulled by older builds do not say. */
  readonly asked_more_at?: string | null
  readonly verdict: Verdict | null
  readonly events: readonly TaskEvent[]
}

export interface Observation {
  readonly id: string
  readonly category: string
  readonly state: ObservationState
  readonly task_id: string | null
  readonly captured_at: string
  readonly received_at: string
  readonly outcome: Outcome
  readonly data: Readonly<Record<string, unknown>>
  readonly place: Place | null
  readonly district: string | null
  readonly street: string | null
  readonly community: string | null
  readonly version: number
  readonly photos: readonly Photo[]
  readonly author?: Named
  readonly task: OwnTask | null
  readonly problem?: Problem | null
  readonly imported?: Imported
}

export interface Category {
  readonly code: string
  readonly campaign: Campaign
  readonly name_zh: string
  readonly name_en: string
  readonly initials: string
  readonly severity: number
  readonly limit_value: number | null
  readonly limit_unit: LimitUnit
  readonly record_as: RecordAs
  readonly evidence_open: string
  readonly evidence_close: string
  readonly active: boolean
}

export interface Point {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly type: string
  readonly district: string | null
  readonly street: string | null
  readonly community: string | null
  readonly lon: number
  readonly lat: number
  readonly address: string | null
  readonly demo: boolean
}

export interface Shop {
  readonly id: string
  readonly plate_code: string
  readonly name: string
  readonly point_id: string | null
  readonly unit_id: string | null
  readonly lon: number
  readonly lat: number
  readonly address: string | null
  readonly duties: readonly string[]
  readonly demo: boolean
}

export interface Unit extends Named {
  readonly kind: string
  readonly demo: boolean
}

export interface CalendarDay {
  readonly day: string
  readonly working: boolean
  readonly name: string | null
}

export interface Notice {
  readonly id: string
  readonly kind: NoticeKind
  readonly title: string
  readonly body: string | null
  readonly task_id: string | null
  readonly observation_id: string | null
  readonly at: string
  readonly read_at: string | null
}

export interface Ring {
  readonly type: 'Polygon' | 'MultiPolygon'
  readonly coordinates: readonly unknown[]
}

export interface MapSketch {
  readonly districts: {
    readonly type: 'FeatureCollection'
    readonly features: readonly {
      readonly type: 'Feature'
      readonly properties: { readonly code: string; readonly name: string; readonly approximate?: boolean }
      readonly geometry: Ring
    }[]
  }
  readonly points: readonly Point[]
  readonly bounds: readonly [number, number, number, number]
  /** The base map 天地图, where the operator has a key. */
  readonly tianditu?: { readonly url: string; readonly key: string } | null
}

/** Every sync answer teaches these three. */
export interface SyncAnswer {
  readonly server_now: string
  readonly epoch: string
  readonly backed_up_to: string | null
}

export interface OpResult {
  readonly op_id: string
  readonly status: OpStatus
  readonly version?: number | null
  readonly problem?: Problem | null
  readonly server?: unknown
  readonly retry_after?: number | null
  readonly wanted: readonly string[]
}

export interface PushAnswer extends SyncAnswer {
  readonly results: readonly OpResult[]
}

export interface Change {
  readonly seq: number
  readonly collection: Collection
  readonly id: string
  readonly op: 'put' | 'del'
  readonly version: number
  readonly data: unknown
}

export interface PullAnswer extends SyncAnswer {
  readonly changes: readonly Change[]
  readonly cursor: string
  readonly more: boolean
  readonly reset: readonly Collection[]
}

export interface ReceiptsAnswer extends SyncAnswer {
  readonly ops: Readonly<Record<string, string>>
  readonly photos: Readonly<Record<string, string>>
}
