/** Which moves several cases may take at once, what each needs, and who is left out. Pure. */
import { MOVE_REASONS, Move, type Reason } from '@shared/contract/vocabulary'
import type { TaskRow } from '@shared/api/types'

import type { PendingMove } from '../../data/undoQueue'

/** Judged by their words and photos, one form for all of them; what ends or moves a clock goes one by one. */
export const BULK_MOVES: readonly Move[] = [Move.FILE, Move.DISPATCH, Move.PASS, Move.REJECT, Move.FAIL]
const WITH_UNIT: ReadonlySet<Move> = new Set<Move>([Move.DISPATCH])

/** What all of them may do; with one that may not, nothing is offered. */
export function movesForAll(rows: readonly TaskRow[]): Move[] {
  if (!rows.length) return []
  return BULK_MOVES.filter((move) => rows.every((row) => row.moves.includes(move)))
}

export const reasonsOf = (move: Move): readonly Reason[] => MOVE_REASONS[move] ?? []
/** Several at once are refused for a reason of the list, never for none. */
export const needsReason = (move: Move): boolean => reasonsOf(move).length > 0
export const needsUnit = (move: Move): boolean => WITH_UNIT.has(move)

export interface BulkForm {
  readonly move: Move
  readonly reason: string | null
  readonly note: string
  /** null: each to the unit it was routed to. */
  readonly unitId: string | null
}

/** Each case its own move under its own id, at the version that was looked at. */
export function asDecisions(form: BulkForm, rows: readonly TaskRow[], newId: () => string): PendingMove[] {
  const note = form.note.trim()
  return rows.map((row) => ({
    taskId: row.id,
    number: row.number,
    asked: {
      move_id: newId(),
      move: form.move,
      version: row.version,
      ...(form.reason && { reason: form.reason }),
      ...(note && { note }),
      ...(needsUnit(form.move) && { unit_id: form.unitId ?? row.unit!.id }),
    },
  }))
}

/** Those that cannot take the form as it is: routed nowhere, and no unit named. */
export function unfit(form: BulkForm, rows: readonly TaskRow[]): TaskRow[] {
  return needsUnit(form.move) && form.unitId === null ? rows.filter((row) => !row.unit) : []
}
