/** What is being asked for: one move, its reason, unit, note and photographs, and its identity. Pure. */
import { Move } from '@shared/contract'
import type { MoveForm } from '@shared/wire'

import type { DeclaredPhoto, MoveAsked } from '../wire/calls'

export interface Wish {
  readonly form: MoveForm
  reason: string | null
  unitId: string | null
  note: string
}

export type Lack = 'reason' | 'unit' | 'close_evidence'

/** What the form still needs before it may be sent. */
export function lacks(wish: Wish, photos: number): Lack[] {
  return wish.form.needs.filter((need) => {
    if (need === 'reason') return !wish.reason
    if (need === 'unit') return !wish.unitId
    return photos === 0
  })
}

/** The request as the server takes it; nothing is sent that was not said. */
export function asRequest(
  wish: Wish,
  moveId: string,
  version: number,
  photos: readonly DeclaredPhoto[],
): MoveAsked {
  const note = wish.note.trim()
  return {
    move_id: moveId,
    move: wish.form.move,
    version,
    ...(wish.reason && { reason: wish.reason }),
    ...(wish.unitId && { unit_id: wish.unitId }),
    ...(note && { note }),
    ...(photos.length && { photos: [...photos] }),
  }
}

/** Moves as one reaches for them: ahead first, refusals next, what ends a case for good last. */
export function inOrder(forms: readonly MoveForm[]): MoveForm[] {
  const rank = (form: MoveForm) => (form.move === Move.VOID ? 3 : RANKS[toneOf(form.move)])
  return [...forms].sort((a, b) => rank(a) - rank(b))
}

const RANKS = { ahead: 0, stop: 1, plain: 2 }

/** Which looks a move has: ahead in green, a refusal in red, the rest plain. */
export function toneOf(move: Move): 'ahead' | 'stop' | 'plain' {
  if (AHEAD.has(move)) return 'ahead'
  return STOP.has(move) ? 'stop' : 'plain'
}

const AHEAD: ReadonlySet<Move> = new Set<Move>([Move.FILE, Move.DISPATCH, Move.ACCEPT, Move.SUBMIT, Move.PASS, Move.PROCEED])
const STOP: ReadonlySet<Move> = new Set<Move>([Move.REJECT, Move.VOID, Move.FAIL])
