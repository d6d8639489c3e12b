/** The keyboard of the review: one key per move, and none while somebody types. Pure. */
import { Move } from '@shared/contract/vocabulary'

export const MOVE_KEYS: Readonly<Partial<Record<Move, string>>> = {
  [Move.PASS]: 'A',
  [Move.ACCEPT]: 'A',
  [Move.FAIL]: 'R',
  [Move.FILE]: 'F',
  [Move.DISPATCH]: 'D',
  [Move.REJECT]: 'X',
  [Move.PROCEED]: 'P',
  [Move.SUBMIT]: 'S',
  [Move.HAND_BACK]: 'B',
  [Move.VOID]: 'V',
  [Move.MERGE]: 'M',
  [Move.ASK_MORE]: 'Q',
  [Move.ESCALATE]: 'E',
  [Move.ARBITRATE]: 'D',
  [Move.DECIDE_EXTENSION]: 'Y',
  [Move.SHELVE]: 'H',
  [Move.RESUME]: 'U',
  [Move.REOPEN]: 'O',
  [Move.DECIDE_APPEAL]: 'Y',
}

/** Keys with another meaning on these pages; no move may take one of them. */
export const OTHER_KEYS: Readonly<Record<string, string>> = {
  J: 'next',
  K: 'previous',
  Z: 'undo',
  C: 'compare',
  T: 'stamp',
  G: 'draw',
  W: 'drawings',
}

/** The move of a key among those allowed now. */
export function moveOf(key: string, allowed: readonly Move[]): Move | null {
  return allowed.find((move) => MOVE_KEYS[move] === key.toUpperCase()) ?? null
}

interface Pressed {
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly target: EventTarget | null
}

const TYPING = new Set(['INPUT', 'TEXTAREA', 'SELECT'])

/** Whether a key is meant as a command: not a browser shortcut, not text of a note. */
export function isCommand(pressed: Pressed): boolean {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return false
  const target = pressed.target as { tagName?: string; isContentEditable?: boolean; type?: string } | null
  if (target?.isContentEditable) return false
  // A radio button takes no text: the reasons stay one key away while one of them has the focus.
  if (target?.tagName === 'INPUT' && target.type === 'radio') return true
  return !TYPING.has(target?.tagName ?? '')
}

/** 1…9 as a place in the list of reasons, else null. */
export function reasonPlace(key: string): number | null {
  return /^[1-9]$/.test(key) ? Number(key) - 1 : null
}
