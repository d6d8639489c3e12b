/** Makes rows out of what a person did: an empty form, a photo just kept, ops; pure. */
import { OpKind, Outcome, type SiteFinding } from '@shared/contract/vocabulary'
import { uuid7 } from '@shared/api/uuid7'

import type { ClockHint, Declaration, DraftFields, Exchange, MoveIntent, OpRow, PhotoRow, PlaceHere } from './rows'

/** 新表单: a record nobody put anything into yet. */
export const emptyFields = (): DraftFields => ({
  category: null,
  note: '',
  severity: null,
  outcome: Outcome.OPEN,
  point_id: null,
  shop_id: null,
  address: '',
  place: null,
  place_chosen: false,
  measured: null,
  joins: null,
  finding: null,
  photo_edits: {},
})

/** A photo of a draft whose bytes are kept here, and nothing sent of it. */
export function heldPhoto(author: string, draft_id: string, declaration: Declaration, at: number): PhotoRow {
  return {
    photo_id: declaration.photo_id,
    author,
    draft_id,
    op_id: null,
    entity_id: draft_id,
    declaration,
    state: 'held',
    bytes_here: true,
    sent_bytes: 0,
    attempts: 0,
    not_before: 0,
    trouble: null,
    problem: null,
    stored_at: null,
    added_at: at,
    acknowledged: false,
  }
}

/** Who makes it, and when by which clock. */
export interface Author {
  readonly author: string
  readonly now: number
  readonly exchange: Exchange | null
}

function clockHint({ now, exchange }: Author): ClockHint {
  return exchange ? { offset_ms: exchange.offset_ms, age_ms: Math.max(0, Math.round(now - exchange.at)) } : { offset_ms: 0, age_ms: 0 }
}

interface Content {
  readonly kind: OpKind
  readonly entity_id: string
  readonly data: Readonly<Record<string, unknown>>
  readonly photos?: readonly Declaration[]
  readonly base_version?: number
  readonly after?: readonly string[]
}

function makeOp(by: Author, content: Content): OpRow {
  const op_id = uuid7(by.now)
  return {
    op_id,
    author: by.author,
    kind: content.kind,
    entity_id: content.entity_id,
    content: {
      op_id,
      schema: 1,
      captured_at: new Date(by.now).toISOString(),
      photos: [],
      ...content,
    },
    frozen: null,
    clock: clockHint(by),
    state: 'saved',
    made_at: by.now,
    attempts: 0,
    refusals: 0,
    not_before: 0,
    trouble: null,
    problem: null,
    version: null,
    server: null,
    answered_at: null,
    acknowledged: false,
  }
}

/** Fields that were filled in; an empty one is not sent at all. */
function filled(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== '' && value !== undefined))
}

/** 上报问题: a new record, the observation's id being its draft's. */
export function observationOp(by: Author, id: string, fields: DraftFields, photos: readonly PhotoRow[]): OpRow {
  return makeOp(by, {
    kind: OpKind.OBSERVATION_CREATE,
    entity_id: id,
    data: {
      ...filled({
        category: fields.category,
        note: fields.note.trim(),
        severity: fields.severity,
        outcome: fields.outcome,
        point_id: fields.point_id,
        shop_id: fields.shop_id,
        address: fields.address.trim(),
        // Beside a place that was set by hand: what the phone itself had found.
        measured: fields.place_chosen ? fields.measured : null,
        // What was settled on the spot is a case of its own.
        joins: fields.outcome === Outcome.OPEN ? fields.joins : null,
      }),
      place: fields.place,
    },
    photos: photos.map((photo) => photo.declaration),
  })
}

/** 撤回: an own mistake, before it is filed; with the version the person saw. */
export function withdrawOp(by: Author, record: { readonly id: string; readonly version: number }, after: readonly string[]): OpRow {
  return makeOp(by, {
    kind: OpKind.OBSERVATION_WITHDRAW,
    entity_id: record.id,
    base_version: record.version,
    data: {},
    ...(after.length > 0 && { after }),
  })
}

/** 补充: photos, words and corrected fields of an own record before it is filed; with the version it will then have. */
export function amendOp(
  by: Author,
  record: { readonly id: string; readonly version: number; readonly note: string },
  added: string,
  photos: readonly PhotoRow[],
  after: readonly string[],
  corrected: Readonly<Record<string, unknown>> = {},
): OpRow {
  return makeOp(by, {
    kind: OpKind.OBSERVATION_AMEND,
    entity_id: record.id,
    base_version: record.version,
    // The note is replaced as a whole: what was said before stays in front.
    data: { fields: { ...corrected, ...(added && { note: [record.note, added].filter(Boolean).join('\n') }) } },
    photos: photos.map((photo) => photo.declaration),
    ...(after.length > 0 && { after }),
  })
}

/** A step of a task, with the version the person saw. */
export function moveOp(
  by: Author,
  task: { readonly id: string; readonly version: number },
  intent: MoveIntent,
  photos: readonly PhotoRow[],
  after: readonly string[],
): OpRow {
  return makeOp(by, {
    kind: OpKind.TASK_MOVE,
    entity_id: task.id,
    base_version: task.version,
    data: filled({ ...intent }),
    photos: photos.map((photo) => photo.declaration),
    ...(after.length > 0 && { after }),
  })
}

/** 现场复核: the finding on the spot; the visit is named by its own id, whatever became of its case. */
export function visitOp(
  by: Author,
  visit: { readonly id: string; readonly about: NonNullable<OpRow['about']> },
  result: { readonly finding: SiteFinding; readonly note: string; readonly place: PlaceHere | null },
  photos: readonly PhotoRow[],
): OpRow {
  const op = makeOp(by, {
    kind: OpKind.VISIT_RECORD,
    entity_id: visit.id,
    data: filled({ ...result }),
    photos: photos.map((photo) => photo.declaration),
  })
  return { ...op, about: visit.about }
}
