/**
 * Short names of the answers both pages read. The fields come from the server's openapi.json
 * (schema.ts); here stand only the names, and what the description does not say exactly. Types only.
 */
import type { Collection, Decision, Move, NoticeKind, PhotoRole, PhotoSource, RecordAs, TaskState, VisitKind } from '../contract/vocabulary'
import type { Problem } from './problem'
import type { components } from './schema'

export type Schemas = components['schemas']

/** The server writes every field of an answer; openapi.json marks none of them as required. */
export type Answer<T> = T extends readonly (infer Item)[]
  ? readonly Answer<Item>[]
  : T extends object
    ? { readonly [Field in keyof T]-?: Answer<Exclude<T[Field], undefined>> }
    : T

/** An answer with some fields described more exactly; a field the description lacks does not compile. */
export type Refined<Name extends keyof Schemas, Fields extends { [F in keyof Fields]: F extends keyof Schemas[Name] ? unknown : never }> = Omit<
  Answer<Schemas[Name]>,
  keyof Fields
> &
  Fields

export type Named = Answer<Schemas['Named']>

export type CategoryMiss = Answer<Schemas['Miss']>

export interface Person
  extends Refined<
    'Person',
    {
      readonly scope: Omit<Answer<Schemas['Scope']>, 'name'> & { readonly name: string | null }
      readonly district: { readonly code: string; readonly name: string } | null
      /** Sessions stored by older builds do not have it. */
      readonly demo?: boolean
    }
  > {}

export interface Place extends Refined<'Place', { readonly lon: number; readonly lat: number }> {}

/** By whom and when something was imported from a rescue zip; a handler sees no name. */
export interface Imported extends Refined<'Imported', { readonly by?: Named }> {}

/** One line of an annotation 圈注; points are fractions of the upright photo. */
export interface Stroke extends Refined<'Stroke', { readonly points: readonly (readonly [number, number])[] }> {}

/** What a reviewer drew over one photo. */
export interface Annotation extends Refined<'Annotation', { readonly strokes: readonly Stroke[] }> {}

/** A photo as every answer shows it. */
export interface Photo
  extends Omit<
    Refined<'Photo', { readonly role: PhotoRole; readonly source: PhotoSource; readonly mime: string; readonly place: Place | null; readonly problem?: Problem | null; readonly distance_m?: number | null; readonly photo_id?: string }>,
    'move_id' | 'visit_id'
  > {}

/** A photo of a case: which move or visit it came with, how far from the place. */
export interface Evidence extends Omit<Photo, 'distance_m' | 'photo_id'>, Pick<Answer<Schemas['Photo']>, 'photo_id' | 'move_id' | 'distance_m'> {
  /** Only where it came with a visit. */
  readonly visit_id?: string
}

export interface TaskEvent
  extends Refined<
    'TaskEvent',
    {
      readonly label?: string
      readonly from: TaskState | null
      readonly to: TaskState | null
      readonly reason_label?: string | null
      readonly photos?: readonly string[]
      readonly annotations?: readonly Annotation[]
      /** Only for those who review. */
      readonly confirmed_hints?: readonly Pick<Hint, 'kind' | 'text' | 'text_en'>[]
      readonly category_change?: CategoryChange
      readonly imported?: Imported
      readonly version?: number
    }
  > {}

/** The category that a supervisor gave a case when filing it 归类, and the one before. */
export interface CategoryChange {
  readonly from: string
  readonly from_name: string
  readonly to: string
  readonly to_name: string
}

export type Need = 'reason' | 'category' | 'unit' | 'close_evidence' | 'photo' | 'into' | 'decision' | 'until'

export interface MoveForm
  extends Refined<
    'MoveForm',
    {
      readonly move: Move
      readonly needs: readonly Need[]
      readonly reasons: readonly { readonly code: string; readonly label: string; readonly label_en?: string; readonly needs_note?: boolean }[]
      /** May carry an annotation over photos of the case. */
      readonly annotates?: boolean
      /** May name a category 归类. */
      readonly classifies?: boolean
      /** Of a deciding move: what may be decided now, and what each decision needs. */
      readonly decisions: readonly { readonly decision: Decision; readonly needs: readonly Need[] }[]
    }
  > {}

/** A visit 现场复核 as the console shows it. */
export interface Visit extends Refined<'Visit', { readonly place: Place | null; readonly task_id?: string; readonly clock?: ClockNote | null }> {}

/** What the phone's clock said beside the server's. */
export interface ClockNote {
  readonly offset_ms: number | null
  readonly age_ms: number | null
}

/** A visit as the phone of the observer who is sent keeps it; a row of the pull, which openapi.json does not describe. */
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

/** A case my unit handed back 退回的案件: what the unit did, and nothing that came later. */
export interface PastTask extends Refined<'PastTask', { readonly dispatched_at: string | null; readonly events: readonly TaskEvent[] }> {}

export type PendingMove = Answer<Schemas['PendingMove']>

/** One line of the list of cases. */
export interface TaskRow
  extends Refined<
    'TaskRow',
    {
      readonly captured_at: string | null
      readonly place: Place | null
      /** What I may do with it now. */
      readonly moves: readonly Move[]
      /** Only for those who review: until when a visit is waited for. */
      readonly visit_due_at?: string | null
      readonly ended_at?: string | null
      readonly reported_at?: string | null
    }
  > {}

/** A reason to look at a photo again; without a photo it is about the whole record. */
export type Hint = Answer<Schemas['Hint']>

export interface EvidenceNeed {
  readonly code: string
  readonly text: string
}

/** A whole case 案件, with its history, evidence and what may be done with it. */
export interface Task
  extends TaskRow,
    Pick<
      Refined<
        'Task',
        {
          readonly move_forms: readonly MoveForm[]
          readonly events: readonly TaskEvent[]
          readonly evidence: readonly Evidence[]
          readonly deadline: Refined<'Deadline', { readonly due_at: string | null }> | null
          readonly reporter?: Named | null
          /** Where the phone had been measured, when the place was set by hand; only for those who review and the reporter. */
          readonly measured_place?: (Omit<Answer<Schemas['MeasuredPlace']>, 'accuracy_m'> & { readonly accuracy_m: number | null }) | null
          readonly evidence_required: { readonly open: EvidenceNeed | null; readonly close: EvidenceNeed | null } | null
          readonly imported?: Imported
          /** Only for those who review. */
          readonly hints?: readonly Hint[]
          readonly visits?: readonly Visit[]
          readonly clock?: ClockNote | null
          readonly routing_reason?: string | null
          readonly routing_reason_en?: string | null
          readonly missing_photos?: readonly string[]
          readonly observation_state?: string
        }
      >,
      | 'move_forms'
      | 'events'
      | 'evidence'
      | 'deadline'
      | 'reporter'
      | 'measured_place'
      | 'evidence_required'
      | 'imported'
      | 'hints'
      | 'visits'
      | 'pairing_unit'
      | 'clock'
      | 'routing_reason'
      | 'routing_reason_en'
      | 'missing_photos'
      | 'observation_state'
    > {}

/** The last word on an own record: 不予立案, 结案… openapi.json describes it as a free object. */
export interface Verdict {
  readonly move: string
  readonly reason: string | null
  readonly note: string | null
  readonly at: string
  readonly annotations?: readonly Annotation[]
}

/** One step of the case of an own record: nobody is named in it. */
export type OwnTaskEvent = Pick<TaskEvent, 'move' | 'label' | 'to' | 'at' | 'reason' | 'reason_label' | 'note' | 'photos' | 'annotations' | 'category_change'>

/** What a reporter sees of the case that grew from an own record; a free object in openapi.json. */
export interface OwnTask {
  readonly id: string
  readonly number: string
  readonly state: TaskState
  readonly version?: number
  readonly due_at?: string | null
  /** Since when the reporter has an open request for more; copies pulled by older builds do not say. */
  readonly asked_more_at?: string | null
  readonly verdict: Verdict | null
  readonly events: readonly OwnTaskEvent[]
  /** The case it was merged into; copies pulled by older builds do not say. */
  readonly into?: { readonly number: string; readonly state: TaskState } | null
}

/** An open case around a record that is being made. */
export interface CaseNearby extends Refined<'CaseNearby', { readonly thumb: { readonly url: string } | null }> {}

/** A record 上报记录 with its photos. */
export interface Observation
  extends Refined<
    'Observation',
    {
      readonly data: Readonly<Record<string, unknown>>
      readonly place: Place | null
      readonly photos: readonly Photo[]
      readonly author?: Named
      readonly task: OwnTask | null
      readonly problem?: Problem | null
      readonly imported?: Imported
      readonly clock?: ClockNote | null
      readonly address?: string | null
      readonly note?: string | null
      readonly point_id?: string | null
      readonly shop_id?: string | null
    }
  > {}

/** Rows of the pull; the registers of the same names have more columns. */
export interface Category
  extends Pick<
    Refined<'KeptCategory', { readonly limit_value: number | null; readonly record_as: RecordAs }>,
    | 'code'
    | 'campaign'
    | 'name_zh'
    | 'name_en'
    | 'initials'
    | 'synonyms'
    | 'pinyin'
    | 'severity'
    | 'limit_value'
    | 'limit_unit'
    | 'record_as'
    | 'evidence_open'
    | 'evidence_close'
    | 'active'
    | 'unsorted'
  > {}

export interface Point extends Refined<'Point', { readonly district: string | null }> {}

export type Shop = Omit<Answer<Schemas['KeptShop']>, 'active' | 'version'>

export type Unit = Pick<Answer<Schemas['KeptUnit']>, 'id' | 'name' | 'kind' | 'demo'>

export type CalendarDay = Answer<Schemas['CalendarDay']>

export interface Notice extends Refined<'Notice', { readonly kind: NoticeKind; readonly body: string | null }> {}

export interface Ring {
  readonly type: 'Polygon' | 'MultiPolygon'
  readonly coordinates: readonly unknown[]
}

/** The districts, points and the base map for drawing. */
export interface MapSketch
  extends Refined<
    'Map',
    {
      readonly districts: {
        readonly type: 'FeatureCollection'
        readonly features: readonly {
          readonly type: 'Feature'
          readonly properties: { readonly code: string; readonly name: string; readonly approximate?: boolean }
          readonly geometry: Ring
        }[]
      }
      readonly points: readonly Point[]
      /** Sketches kept by older builds do not have it. */
      readonly streets?: readonly Answer<Schemas['StreetName']>[]
      /** Roads that the city has loaded; sketches kept by older builds do not have it. */
      readonly roads?: readonly Answer<Schemas['RoadsOfDistrict']>[]
      readonly bounds: readonly [number, number, number, number]
      /** The base map 天地图, where the operator has a key. */
      readonly tianditu?: Answer<Schemas['Tianditu']> | null
    }
  > {}

/** The roads of a district; a line is its first position and then steps, in hundred-thousandths of a degree. */
export interface RoadSheet
  extends Refined<'RoadSheet', { readonly attribution: string | null; readonly roads: readonly { readonly name: string | null; readonly rank: number; readonly line: readonly number[] }[] }> {}

/** What every answer of the sync says. */
export type SyncAnswer = Pick<Answer<Schemas['PullAnswer']>, 'server_now' | 'epoch' | 'backed_up_to'>

export interface OpResult
  extends Refined<
    'OpResult',
    {
      readonly op_id: string
      readonly version?: number | null
      readonly problem?: Problem | null
      readonly server?: unknown
      readonly retry_after?: number | null
    }
  > {}

export interface PushAnswer extends Refined<'PushAnswer', { readonly results: readonly OpResult[] }> {}

export interface Change extends Refined<'Change', { readonly op: 'put' | 'del'; readonly data: unknown }> {}

export interface PullAnswer extends Refined<'PullAnswer', { readonly changes: readonly Change[]; readonly reset: readonly Collection[] }> {}

export type ReceiptsAnswer = Answer<Schemas['Receipts']>
