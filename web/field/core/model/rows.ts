/** The rows the phone keeps: what a person made here, what became of it, what the server sent. Types only. */
import type { Collection, Move, OpKind, Outcome, PhotoRole, PhotoSource, PlaceSource, SiteFinding, VisitKind } from '@shared/contract/vocabulary'
import type { Problem } from '@shared/api/problem'
import type { MapSketch, Person, RoadSheet } from '@shared/api/types'

/** Where something was, as the wire spells it. */
export interface PlaceHere {
  readonly lon: number
  readonly lat: number
  readonly accuracy_m: number
  readonly source: PlaceSource
  readonly fixed_at: string
}

/** What an op says of one photo; hash and size are those of exactly the stored bytes. */
export interface Declaration {
  readonly photo_id: string
  readonly role: PhotoRole
  readonly sha256: string
  readonly bytes: number
  readonly mime: string
  readonly width: number
  readonly height: number
  readonly taken_at: string
  readonly source: PhotoSource
  readonly place?: PlaceHere
  readonly exif?: { readonly taken_at?: string; readonly software?: string; readonly make?: string }
}

/** An op without its `clock`: the part that never changes after the first send. */
export interface OpContent {
  readonly op_id: string
  readonly schema: 1
  readonly kind: OpKind
  readonly entity_id: string
  readonly base_version?: number
  readonly after?: readonly string[]
  readonly captured_at: string
  readonly data: Readonly<Record<string, unknown>>
  readonly photos: readonly Declaration[]
}

export interface ClockHint {
  readonly offset_ms: number
  readonly age_ms: number
}

/**
 * saved: never sent · sending: frozen and sent at least once, no answer of its own yet ·
 * deferred: the server says to try later · the rest are answers of the server.
 */
export type OpState = 'saved' | 'sending' | 'deferred' | 'accepted' | 'conflict' | 'quarantined'

/** Why the last try came to nothing: a word for the screen, never a reason to delete. */
export interface Trouble {
  readonly why: 'network' | 'timeout' | 'stranger' | 'stalled' | 'refused' | 'hash' | 'missing'
  readonly at: string
  readonly problem?: Problem
}

export interface OpRow {
  readonly op_id: string
  /** The person who made it: only their session may send it. */
  readonly author: string
  readonly kind: OpKind
  readonly entity_id: string
  readonly content: OpContent
  /** The canonical content from the first send on; what is sent ever after. */
  readonly frozen: string | null
  readonly clock: ClockHint
  readonly state: OpState
  readonly made_at: number
  readonly attempts: number
  /** How often a whole request that held it was refused: shrinks the next batch. */
  readonly refusals: number
  readonly not_before: number
  readonly trouble: Trouble | null
  readonly problem: Problem | null
  readonly version: number | null
  readonly server: unknown
  /** Server time of the answer that settled it. */
  readonly answered_at: string | null
  readonly acknowledged: boolean
  /** What it is about, for the person: a visit leaves the phone with its answer. */
  readonly about?: { readonly title: string; readonly said: string }
  /** The draft it was made of; rows of older versions do not have it. */
  readonly draft_id?: string
  /** The draft of its last edit, before it was ever sent. */
  readonly edit?: string
}

/**
 * held: part of a draft · waiting: to be uploaded · sent: the upload says complete, not yet proven ·
 * stored: a receipt names it · rejected: refused with a reason · lost: its bytes here no longer fit their hash.
 */
export type PhotoStateHere = 'held' | 'waiting' | 'sent' | 'stored' | 'rejected' | 'lost'

export interface PhotoRow {
  readonly photo_id: string
  readonly author: string
  /** The draft or the op it belongs to. */
  readonly draft_id: string | null
  readonly op_id: string | null
  readonly entity_id: string
  readonly declaration: Declaration
  readonly state: PhotoStateHere
  readonly bytes_here: boolean
  readonly sent_bytes: number
  readonly attempts: number
  readonly not_before: number
  readonly trouble: Trouble | null
  readonly problem: string | null
  /** Server time of the receipt that says `stored`. */
  readonly stored_at: string | null
  readonly added_at: number
  readonly acknowledged: boolean
}

export interface PhotoBytes {
  readonly photo_id: string
  /** ArrayBuffer, never Blob: some engines lose Blobs inside IndexedDB. */
  readonly bytes: ArrayBuffer
}

/**
 * Unfinished: a record (`observation`), what is added to one (`amend`), a submission of a task (`submit`), the
 * proof that its danger is removed (`make_safe`), or the finding of a visit (`visit`).
 */
export interface DraftRow {
  readonly draft_id: string
  readonly author: string
  readonly kind: 'observation' | 'amend' | 'submit' | 'make_safe' | 'visit'
  readonly task_id: string | null
  /** The record that is added to; rows of version 1 do not have it. */
  readonly record_id?: string
  readonly visit_id?: string
  /** What that visit is: it may have left the phone before the draft does. */
  readonly visit?: { readonly kind: VisitKind; readonly title: string }
  /** The saved record that this draft edits, and that record's last edit when it began. */
  readonly edits?: { readonly op_id: string; readonly record_id: string; readonly after: string | null }
  readonly started_at: number
  /** Also its revision: it grows with every write, of whichever page. */
  readonly updated_at: number
  readonly fields: DraftFields
}

export interface DraftFields {
  readonly category: string | null
  readonly note: string
  readonly severity: number | null
  readonly outcome: Outcome
  readonly point_id: string | null
  readonly shop_id: string | null
  readonly address: string
  readonly place: PlaceHere | null
  /** A pin or point the person chose outweighs later fixes. */
  readonly place_chosen: boolean
  /** What the phone had measured when a pin or point was chosen instead; rows of older versions do not have it. */
  readonly measured?: PlaceHere | null
  /** The open case nearby that is the same problem; rows of older versions do not have it. */
  readonly joins?: string | null
  /** Of a visit; rows of older versions do not have it. */
  readonly finding?: SiteFinding | null
  /** Of an edit: the role that a photo of the saved record gets; null takes it out. */
  readonly photo_edits?: Readonly<Record<string, PhotoRole | null>>
}

/** One row of a pulled collection; `pulled` tells in which pull it was last seen. */
export interface PulledRow<T = unknown> {
  readonly id: string
  readonly version: number
  readonly pulled: number
  readonly data: T
}

export interface SessionRow {
  readonly person: Person
  readonly access_token: string
  readonly expires_at: string
  readonly refresh_token: string
  readonly signed_in_at: number
  /** The session began with a one-time password: the server answers nothing else until it is changed. */
  readonly must_change_password?: boolean
}

export interface Device {
  readonly id: string
  readonly name: string
}

/** What the last exchange showed about the two clocks. */
export interface Exchange {
  readonly offset_ms: number
  readonly at: number
}

export interface PullPosition {
  readonly cursor: string | null
  readonly pulled: number
  /** Collections being rebuilt: rows last seen before this number go when the pull is complete. */
  readonly rebuilding: Readonly<Partial<Record<Collection, number>>>
}

/** The named values beside the tables. */
export interface Meta {
  device: Device
  /** The server's generation that the first answer to this phone named. */
  epoch: string
  /** The generation each person's rows were settled by: another person's adoption says nothing of them. */
  epochs: Readonly<Record<string, string>>
  backed_up_to: string | null
  exchange: Exchange
  position: PullPosition
  pulled_for: string
  pulled_at: string
  all_delivered_at: string
  recent_categories: readonly string[]
  map: MapSketch
  map_at: number
  /** The roads of the sketch, by district, and which they are: the second is read after every cycle. */
  roads: readonly RoadSheet[]
  road_digests: Readonly<Record<string, string>>
  names: Readonly<Record<string, string>>
  seen_notices: readonly string[]
  /** Whether the browser promised to keep the database, and when that was last requested. */
  keeping: { readonly granted: boolean; readonly asked_at: number }
  /** The database before this one was cleared by the browser: what was lost with it, and what came back. */
  vanished: {
    readonly device: string
    readonly at: number
    readonly records: number
    readonly photos: number
    readonly drafts: number
    /** Absent in notes of versions that had no second place. */
    readonly restored?: { readonly records: number; readonly photos: number; readonly drafts: number }
    readonly noticed_at: number
    readonly acknowledged: boolean
  }
}

export interface MoveIntent {
  readonly move: Move
  readonly reason?: string
  readonly note?: string
  readonly place?: PlaceHere
}
