/** Steps of a case and their reasons in words. Pure but for the language. */
import { SystemEvent, SystemEventLabel, JOIN_REASONS, MOVE_REASONS, type Move, MoveLabel, VISIT_REASONS } from '@shared/contract/vocabulary'
import { inWords, labelOf } from '@shared/i18n/language'

export function moveWords(move: string): string {
  return move in MoveLabel ? labelOf(MoveLabel, move) : labelOf(SystemEventLabel, move)
}

export function reasonWords(move: string, code: string | null): string {
  if (!code) return ''
  // The happening "a move waits for its photos" names that move as its reason.
  if (move === SystemEvent.MOVE_PENDING) return labelOf(MoveLabel, code)
  const listed = VISIT_REASONS[code] ?? JOIN_REASONS[code]
  if (listed) return inWords(listed)
  const reason = MOVE_REASONS[move as Move]?.find((one) => one.code === code)
  return reason ? inWords(reason.label) : code
}
