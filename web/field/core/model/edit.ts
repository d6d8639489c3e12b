/** 修改: a saved record may be edited until its first send; what was sent never changes (a correction is a new op). Pure. */
import { OpKind } from '@shared/contract/vocabulary'

import { emptyFields } from './make'
import type { DraftFields, DraftRow, OpRow, PhotoRow } from './rows'

/** Never sent, as far as the disk knows: the first send freezes it there before anything travels. */
export const isEditable = (op: OpRow): boolean => op.kind === OpKind.OBSERVATION_CREATE && op.state === 'saved' && op.frozen === null

/** What a record says, as it is or will be sent, as the fields of a form. */
export function fieldsOf(data: OpRow['content']['data']): DraftFields {
  const empty = emptyFields()
  const names = new Set(Object.keys(empty))
  const said = Object.fromEntries(Object.entries(data).filter(([name, value]) => names.has(name) && value !== null))
  // It stays where it was saved: the phone may be somewhere else by now.
  return { ...empty, ...said, place_chosen: data.place != null }
}

/** The draft of an edit. */
export function editDraft(op: OpRow, draft_id: string, now: number): DraftRow {
  return {
    draft_id,
    author: op.author,
    kind: 'observation',
    task_id: null,
    edits: { op_id: op.op_id, record_id: op.entity_id, after: op.edit ?? null },
    started_at: now,
    updated_at: now,
    fields: fieldsOf(op.content.data),
  }
}

/** The photos of a saved record as its edit leaves them. */
export function photosAfter(photos: readonly PhotoRow[], edits: DraftFields['photo_edits'] = {}): PhotoRow[] {
  return photos
    .filter((photo) => edits[photo.photo_id] !== null)
    .map((photo) => ({ ...photo, declaration: { ...photo.declaration, role: edits[photo.photo_id] ?? photo.declaration.role } }))
}

/** The record with what was edited: it is still the one that was saved then, under the same id. */
export function edited(op: OpRow, made: OpRow, draftId: string): OpRow {
  const { data, photos } = made.content
  return { ...op, content: { ...op.content, data, photos }, edit: draftId }
}

/** Whether this edit may take effect: the record was neither sent nor edited by another page since it began. */
export const mayReplace = (op: OpRow, draft: DraftRow): boolean => isEditable(op) && (op.edit ?? null) === (draft.edits?.after ?? null)
