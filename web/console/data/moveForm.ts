/** The form of a move: which one, its fields, its photographs and its id. Pure. */
import { type Decision, type HintKind, Move, OTHER_REASON } from '@shared/contract/vocabulary'
import type { Annotation, Hint, MoveForm, Need, Task } from '@shared/api/types'

import type { DeclaredPhoto, MoveRequest } from '../api/calls'

export interface Wish {
  readonly form: MoveForm
  reason: string | null
  unitId: string | null
  /** 归类: the category that the case is filed under; null leaves it as it is. */
  category: string | null
  note: string
  decision: Decision | null
  /** The case this one is merged into. */
  into: string | null
  /** The day a shelved case goes on, as `YYYY-MM-DD`. */
  until: string | null
  /** 裁定成例: make a routing rule of it. */
  asRule: boolean
  /** 圈注: what is drawn over photos of the case. */
  annotations: readonly Annotation[]
  /** 疑点确认: the kinds of hints that a pass leaves standing. */
  confirmed: readonly HintKind[]
}

export const wishFor = (form: MoveForm): Wish => ({
  form,
  reason: null,
  unitId: null,
  category: null,
  note: '',
  decision: null,
  into: null,
  until: null,
  asRule: false,
  annotations: [],
  confirmed: [],
})

/** What the move needs; of a deciding move, what the decision needs once it is taken. */
export function needsOf(wish: Wish): readonly Need[] {
  return wish.form.decisions.find((one) => one.decision === wish.decision)?.needs ?? wish.form.needs
}

/** What the form still needs before it may be sent. */
export function lacks(wish: Wish, photos: number): Need[] {
  const there: Readonly<Record<Need, boolean>> = {
    reason: !!wish.reason?.trim(),
    category: wish.category !== null,
    unit: wish.unitId !== null,
    close_evidence: photos > 0,
    photo: photos > 0,
    into: wish.into !== null,
    decision: wish.decision !== null,
    until: !!wish.until,
  }
  return needsOf(wish).filter((need) => !there[need])
}

/** 其他 says nothing by itself: the note has to say why. */
export const lacksWords = (reason: string | null, note: string): boolean => reason === OTHER_REASON && !note.trim()

/** The hints that a pass has to confirm by name; other moves confirm nothing. */
export function hintsToConfirm(wish: Wish, task: Pick<Task, 'hints'>): readonly Hint[] {
  return wish.form.move === Move.PASS ? (task.hints ?? []).filter((hint) => hint.to_confirm) : []
}

/** The request as the server takes it; nothing is sent that was not said. */
export function asRequest(
  wish: Wish,
  moveId: string,
  version: number,
  photos: readonly DeclaredPhoto[],
): MoveRequest {
  const note = wish.note.trim()
  const reason = wish.reason?.trim()
  return {
    move_id: moveId,
    move: wish.form.move,
    version,
    ...(reason && { reason }),
    ...(wish.unitId && { unit_id: wish.unitId }),
    ...(wish.category && { category: wish.category }),
    ...(note && { note }),
    ...(photos.length && { photos: [...photos] }),
    ...(wish.decision && { decision: wish.decision }),
    ...(wish.into && { into: wish.into }),
    ...(wish.until && { until: wish.until }),
    ...(wish.asRule && { as_rule: true }),
    ...(wish.annotations.length && { annotations: wish.annotations }),
    ...(wish.confirmed.length && { confirmed: [...wish.confirmed] }),
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

const AHEAD: ReadonlySet<Move> = new Set<Move>([
  Move.FILE,
  Move.DISPATCH,
  Move.ARBITRATE,
  Move.ACCEPT,
  Move.SUBMIT,
  Move.PASS,
  Move.PROCEED,
  Move.RESUME,
  Move.DECIDE_EXTENSION,
  Move.DECIDE_APPEAL,
])
const STOP: ReadonlySet<Move> = new Set<Move>([Move.REJECT, Move.VOID, Move.FAIL, Move.REOPEN])
