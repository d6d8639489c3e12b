/** What closes a case by its profile, from the server's rules. Pure. */
import { CLOSED_BY_WORDS, EvidencePiece, PhotoRole, PIECES_TO_CLOSE } from '@shared/contract/vocabulary'

/** `d` and `e`: there is nothing to photograph, or nobody to. */
export function closesByWords(code: string | null): boolean {
  return code !== null && CLOSED_BY_WORDS.has(code)
}

/** What the photos of a submission show: the place after the work, or the new document. */
export function closingRole(code: string | null): PhotoRole {
  return PIECES_TO_CLOSE[code ?? '']?.includes(EvidencePiece.DOCUMENT) ? PhotoRole.DOCUMENT : PhotoRole.AFTER
}
