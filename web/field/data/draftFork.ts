/** What a page has of a draft that another page already saved: kept as a draft of its own. Pure. */
import { OpKind, Outcome } from '@shared/contract/vocabulary'

import { emptyFields } from '../core/model/make'
import { isSame } from '../core/store/draftWrites'
import type { DraftFields, DraftRow, OpRow } from '../core/model/rows'

/** Fields that an addition to a record can correct. */
const CORRECTED = ['category', 'severity', 'outcome', 'point_id', 'shop_id', 'address'] as const

export const isChanged = (base: DraftFields, fields: DraftFields): boolean =>
  (Object.keys(fields) as (keyof DraftFields)[]).some((name) => !isSame(fields[name], base[name]))

/** The words that are new: what follows those saved, or all when those were rewritten. */
function newWords(saved: string, now: string): string {
  if (now === saved) return ''
  return now.startsWith(saved) ? now.slice(saved.length).trim() : now
}

/** As an addition to the saved record: only what differs from it. */
function asAddition(base: DraftFields, fields: DraftFields): DraftFields {
  const addition: Record<string, unknown> = { ...emptyFields(), note: newWords(base.note, fields.note) }
  for (const name of CORRECTED) if (fields[name] !== base[name]) addition[name] = fields[name]
  if (fields.place_chosen && !isSame(fields.place, base.place)) {
    addition.place = fields.place
    addition.place_chosen = true
    addition.measured = fields.measured ?? null
  }
  return addition as unknown as DraftFields
}

/** A draft for what is here and not in the op: an addition to the record, or once more a draft of the same kind. */
export function forkOf(draft: DraftRow, base: DraftFields, op: OpRow | null, id: string, now: number): DraftRow {
  const row = { ...draft, draft_id: id, started_at: now, updated_at: now }
  return op?.kind === OpKind.OBSERVATION_CREATE ? additionTo(op.entity_id, row, base) : row
}

/** A draft as an addition to a record: what differs from its `base`. It edits the record no more. */
export function additionTo(record_id: string, draft: DraftRow, base: DraftFields): DraftRow {
  const { edits, ...addition } = draft
  void edits
  return { ...addition, kind: 'amend', record_id, fields: asAddition(base, draft.fields) }
}

/** What an addition corrects beside words and photos; an ordinary one corrects nothing. */
export function corrections(fields: DraftFields): Readonly<Record<string, unknown>> {
  const changed: Record<string, unknown> = {}
  for (const name of CORRECTED) {
    const value = fields[name]
    if (value !== null && value !== '' && !(name === 'outcome' && value === Outcome.OPEN)) changed[name] = value
  }
  if (fields.place_chosen && fields.place) changed.place = fields.place
  if (fields.place_chosen && fields.place && fields.measured) changed.measured = fields.measured
  return changed
}
