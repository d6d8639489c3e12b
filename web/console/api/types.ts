/**
 * Short names of the answers only the console reads. The fields come from the server's openapi.json
 * (shared/api/schema.ts); here stand only the names, and what the description does not say exactly.
 */
import type { NoticeKind } from '@shared/contract/vocabulary'
import type { Problem } from '@shared/api/problem'
import type { Answer, Imported, Named, PastTask, Person, Photo, Refined, Schemas, Task } from '@shared/api/types'

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
  /** How many all pages have; on the first one, where the server counts them. */
  readonly total?: number
}

/** A whole case 案件 as the console gets it: with the routing's reason and the phone's clock. */
export type Case = Task

/** Who is signed in; the sign-in answers with less of it than `/me`. */
export interface SessionAnswer {
  readonly csrf_token?: string
  readonly person: Person
  readonly server_now?: string
  readonly must_change_password?: boolean
  readonly has_password?: boolean
}

/** What my unit handed back 退回的案件, the newest first. */
export type PastTasks = Page<PastTask>

/** How far a real city is set up. */
export type Setup = Answer<Schemas['Setup']>

export type TaskCounts = Answer<Schemas['TaskCounts']>

/** A filter of the list that a person saved: the query of its address, under a name. */
export type SavedFilter = Answer<Schemas['SavedFilter']>

/** What a board counts, of one district or of all; a free object in openapi.json. */
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

interface DistrictOfBoard {
  readonly code: string
  readonly name: string
  readonly approximate: boolean
  readonly states: Readonly<Record<string, number>>
}

/** One district: its numbers, or none where they are not for the reader. */
export type DistrictBoard = DistrictOfBoard & (({ readonly in_scope: true } & Tally) | ({ readonly in_scope: false } & Readonly<Record<keyof Tally, null>>))

export interface Board
  extends Refined<
    'Board',
    {
      readonly totals: Tally
      readonly districts: readonly DistrictBoard[]
      readonly needs_me: Readonly<Record<string, number | null>>
      readonly definitions: Readonly<Record<string, string>>
    }
  > {}

/** The board of a month: districts and units, each with its counts and rates. */
export interface Month extends Refined<'Month', { readonly definitions: Readonly<Record<string, string>> }> {}
/** One of its rows; every number is null for a district out of scope. */
export type MonthRow = Answer<Schemas['MonthUnit']>

export type TrendDay = Answer<Schemas['TrendDay']>
export type TrendTotals = Answer<Schemas['TrendTotals']>
/** What came, was closed and fell overdue in a day or a period. */
export type TrendCounts = Omit<TrendDay, 'on'>

export interface TrendPart extends Refined<'TrendPart', { readonly states: Readonly<Record<string, number>> }> {}

export interface Trends extends Refined<'Trends', { readonly groups: readonly TrendPart[]; readonly definitions: Readonly<Record<string, string>> }> {}

/** An operation the server set aside 隔离, with its photos. */
export interface Quarantined
  extends Refined<
    'Quarantined',
    {
      readonly kind: string
      readonly person: Named | null
      readonly device: string | Named | null
      readonly problem: Problem | null
      readonly photos: readonly Photo[]
      readonly imported?: Imported
    }
  > {}

export interface RescuedOp extends Refined<'RescuedOp', { readonly problem?: Problem; readonly version?: number | null }> {}
export interface RescuedPhoto extends Refined<'RescuedPhoto', { readonly problem?: Problem }> {}
export interface RescuedDraft extends Refined<'RescuedDraft', { readonly problem?: Problem }> {}
export interface RescuedFile extends Refined<'RescuedFile', { readonly problem?: Problem }> {}

/** What became of a rescue zip 抢救包, entry by entry. */
export interface RescueAnswer
  extends Refined<
    'RescueAnswer',
    {
      readonly imported: Imported
      readonly ops: readonly RescuedOp[]
      readonly photos: readonly RescuedPhoto[]
      readonly drafts: readonly RescuedDraft[]
      readonly files: readonly RescuedFile[]
    }
  > {}

export type Notice = Answer<Schemas['Notice']>

/** A page of my notices, and how many of all I have not read. */
export type Inbox = Answer<Schemas['NoticePage']>

export interface Channel extends Refined<'Channel', { readonly kinds: readonly NoticeKind[] }> {}

/** What is sent to add or change a channel; the form edits it. */
export type ChannelForm = Editable<Refined<'ChannelForm', { readonly kinds: NoticeKind[]; readonly secret?: string }>>

export interface ChannelList extends Refined<'ChannelList', { readonly items: readonly Channel[] }> {}

export type Delivery = Answer<Schemas['Delivery']>
export type CalendarYears = Omit<Answer<Schemas['Years']>, 'next'>
export type WorkHours = Editable<Answer<Schemas['Hours']>>
export type WorkPeriod = Answer<Schemas['Period']>
/** Who changed the calendar or the routing. */
export type SettingEdit = Answer<Schemas['Edit']>
export type RoutingRule = Answer<Schemas['Rule']>
/** What is sent to add or change a rule; the form edits it. */
export type RuleForm = Editable<Answer<Schemas['RuleForm']>>
/** What a changed rule would have done to recent records. */
export type DryRun = Answer<Schemas['DryRun']>

export interface Invitation extends Omit<Refined<'Invitation', { readonly qr_svg?: string }>, 'person'> {}

/** The same fields, to be written by a form. */
type Editable<T> = { -readonly [Field in keyof T]: T[Field] }
