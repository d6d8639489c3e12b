/** The answers only the desk reads, as docs/api.md gives them; the common ones are in shared/wire. */
import type { ChannelKind, DeliveryState, NoticeKind, QuarantineState, Rescued, TrendGroup } from '@shared/contract/vocabulary'
import type { Problem } from '@shared/api/problem'
import type { Imported, Named, Person, Photo, Task } from '@shared/api/types'

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

/** A whole case as the desk gets it: with the routing's reason and the phone's clock. */
export interface Case extends Task {
  readonly routing_reason?: string | null
  readonly clock?: { readonly offset_ms: number | null; readonly age_ms: number | null } | null
}

export interface SessionAnswer {
  readonly csrf_token?: string
  readonly person: Person
  readonly server_now?: string
}

export interface TaskCounts {
  readonly states: Readonly<Record<string, number>>
  /** States of which there are more than is said. */
  readonly capped: readonly string[]
  readonly overdue: number
  readonly due_soon: number
  readonly unassigned: number
  readonly unplaced: number
}

/** A filter of the list that a person keeps: the query of its address, under a name. */
export interface SavedFilter {
  readonly id: string
  readonly name: string
  readonly query: string
  readonly saved_at: string
}

/** What a board counts, of one district or of all. */
export interface Tally {
  readonly received: number
  readonly filed: number
  readonly rejected: number
  readonly due: number
  readonly closed: number
  readonly closed_on_time: number
  readonly rework: number
  readonly open: number
  readonly overdue: number
}

export interface DistrictBoard extends Tally {
  readonly code: string
  readonly name: string
  readonly approximate: boolean
  readonly states: Readonly<Record<string, number>>
}

/** What came, was closed and fell overdue in a day or a period. */
export interface TrendCounts {
  readonly reported: number
  readonly closed: number
  readonly closed_on_time: number
  readonly due: number
  readonly overdue: number
}

export interface TrendDay extends TrendCounts {
  readonly on: string
}

export interface TrendTotals extends TrendCounts {
  readonly open: number
  readonly overdue_now: number
}

export interface TrendPart extends TrendTotals {
  readonly code: string
  readonly name: string
  readonly states: Readonly<Record<string, number>>
}

export interface Trends {
  readonly as_of: string
  readonly from_on: string
  readonly to_on: string
  readonly by: TrendGroup
  readonly days: readonly TrendDay[]
  readonly totals: TrendTotals
  readonly groups: readonly TrendPart[]
  readonly definitions: Readonly<Record<string, string>>
}

export interface Board {
  readonly as_of: string
  readonly totals: Tally
  readonly districts: readonly DistrictBoard[]
  readonly needs_me: Readonly<Record<string, number>>
  readonly definitions: Readonly<Record<string, string>>
}

export interface Quarantined {
  readonly id: string
  readonly op_id: string | null
  readonly kind: string
  readonly entity_id: string | null
  readonly person: Named | null
  readonly device: string | Named | null
  readonly reason: string
  readonly problem: Problem | null
  readonly body: unknown
  readonly photos: readonly Photo[]
  readonly received_at: string
  readonly state: QuarantineState
  readonly note: string | null
  readonly imported?: Imported
}

export interface RescuedOp {
  readonly op_id: unknown
  readonly kind: unknown
  readonly entity_id: unknown
  readonly captured_at: unknown
  readonly status: Rescued
  readonly problem?: Problem
  readonly task_id: string | null
}

export interface RescuedPhoto {
  readonly photo_id: string
  readonly op_id: string | null
  readonly draft_id: string | null
  readonly role: string
  readonly status: Rescued
  readonly problem?: Problem
}

export interface RescuedDraft {
  readonly draft_id: unknown
  readonly status: Rescued
  readonly problem?: Problem
}

export interface RescuedFile {
  readonly name: string
  readonly status: Rescued
  readonly problem?: Problem
}

/** What became of a rescue zip, entry by entry. */
export interface RescueAnswer {
  readonly rescue_id: string
  readonly again: boolean
  readonly changed: boolean
  readonly imported: Imported
  readonly person: Named
  readonly device_id: string
  readonly made_at: string
  readonly app_version: string
  readonly ops: readonly RescuedOp[]
  readonly photos: readonly RescuedPhoto[]
  readonly drafts: readonly RescuedDraft[]
  readonly files: readonly RescuedFile[]
}

export interface Notice {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly body: string
  readonly task_id: string | null
  readonly observation_id: string | null
  readonly at: string
  readonly read_at: string | null
}

/** A page of my notices, and how many of all I have not read. */
export interface Inbox extends Page<Notice> {
  readonly unread: number
}

export interface Channel {
  readonly id: string
  readonly kind: ChannelKind
  readonly name: string
  readonly address: string
  readonly has_secret: boolean
  readonly kinds: readonly NoticeKind[]
  readonly district: string | null
  readonly unit: Named | null
  readonly active: boolean
  readonly version: number
  readonly waiting: number
  readonly given_up: number
  readonly tries_again_at: string | null
  readonly last_error: string | null
  readonly last_delivered_at: string | null
}

export interface ChannelForm {
  kind: ChannelKind
  name: string
  address: string
  secret?: string
  kinds: NoticeKind[]
  district: string | null
  unit_id: string | null
  active: boolean
  version: number
}

export interface ChannelList extends Page<Channel> {
  readonly mail_from: string | null
  readonly given_up_after_hours: number
}

export interface Delivery {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly body: string
  readonly task_id: string | null
  readonly at: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly last_error: string | null
  readonly settled_at: string | null
}

export interface CalendarYears {
  readonly items: readonly { readonly year: number; readonly source: string; readonly days_off: number; readonly make_up_days: number }[]
  readonly importable: readonly number[]
  readonly missing: number | null
}

export interface WorkHours {
  begins: string
  ends: string
}

export interface WorkPeriod {
  readonly starts_on: string
  readonly ends_on: string | null
  readonly hours: readonly WorkHours[]
  readonly now: boolean
}

/** Who changed the calendar or the routing. */
export interface SettingEdit {
  readonly id: string
  readonly at: string
  readonly by: Named
  readonly words: string
  readonly note: string | null
}

export interface RoutingRule {
  readonly id: string
  readonly category_prefix: string
  readonly category_name: string | null
  readonly district: Named | null
  readonly street: Named | null
  readonly community: Named | null
  readonly point: Named | null
  readonly point_type: string | null
  readonly unit: Named | null
  readonly pairing_unit: Named | null
  readonly starts_on: string
  readonly ends_on: string | null
  readonly note: string | null
  readonly in_force: boolean
}

export interface RuleForm {
  category_prefix: string
  district: string | null
  street: string | null
  community: string | null
  point_type: string | null
  point_id: string | null
  unit_id: string | null
  pairing_unit_id: string | null
  starts_on: string
  ends_on: string | null
  note: string | null
  replaces: string | null
}

export interface DryRun {
  readonly as_of: string
  readonly records: number
  readonly first_at: string | null
  readonly unchanged: number
  readonly moved: number
  readonly unassigned_before: number
  readonly unassigned_after: number
  readonly pairing_changed: number
  readonly routes: readonly {
    readonly from: Named | null
    readonly to: Named | null
    readonly count: number
    readonly cases: readonly { readonly id: string; readonly number: string }[]
  }[]
}

export interface Invitation {
  readonly invitation: string
  readonly url: string
  readonly expires_at: string
  readonly qr_svg?: string
}
