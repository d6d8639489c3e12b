/** What the evidence of a record or a submission still lacks, by the server's own profiles. Pure but for the language. */
import {
  EvidencePiece,
  EvidencePieceLabel,
  Outcome,
  PhotoRole,
  PhotoSource,
  PIECES_OF_FIXED,
  PIECES_TO_CLOSE,
  PIECES_TO_OPEN,
} from '@shared/contract/vocabulary'
import { labelOf } from '@shared/i18n/language'

import type { Declaration } from '../core/model/rows'

/** What was taken and said so far. */
export interface Shown {
  readonly photos: readonly Pick<Declaration, 'role' | 'source'>[]
  readonly note: string
  /** A shop was named: its plate says whose it is. */
  readonly shop?: boolean
}

function has(piece: EvidencePiece, { photos, note, shop }: Shown): boolean {
  const count = (role: PhotoRole): number => photos.filter((photo) => photo.role === role).length
  switch (piece) {
    case EvidencePiece.SCENE:
    case EvidencePiece.CLOSE:
    case EvidencePiece.BEFORE:
    case EvidencePiece.AFTER:
    case EvidencePiece.DOCUMENT:
      return count(piece) > 0
    case EvidencePiece.MARK:
      // Nobody says of a photo that it shows the mark: a second close-up may.
      return shop === true || count(PhotoRole.CLOSE) > 1 || count(PhotoRole.DOCUMENT) > 0
    case EvidencePiece.TAKEN_HERE:
      // Said only where there are photos, and all of them come from an album.
      return photos.length === 0 || photos.some((photo) => photo.source === PhotoSource.SHUTTER)
    case EvidencePiece.NOTE:
    case EvidencePiece.MADE_KNOWN:
      return note !== ''
  }
}

/** `D+B` asks for both; a code of a newer server asks for nothing we know. */
function piecesOf(code: string, table: Readonly<Record<string, readonly EvidencePiece[]>>): EvidencePiece[] {
  return [...new Set(code.split('+').flatMap((part) => table[part] ?? []))]
}

/** 还缺 to open a record of this profile. */
export function missingToOpen(code: string, outcome: Outcome, shown: Shown): EvidencePiece[] {
  const pieces = piecesOf(code, PIECES_TO_OPEN)
  const views: readonly EvidencePiece[] = [EvidencePiece.SCENE, EvidencePiece.CLOSE]
  const required = outcome === Outcome.FIXED_ON_SPOT ? [...PIECES_OF_FIXED, ...pieces.filter((piece) => !views.includes(piece))] : pieces
  return required.filter((piece) => !has(piece, shown))
}

/** 还缺 to close a case of this profile. */
export function missingToClose(code: string | null, shown: Shown): EvidencePiece[] {
  return piecesOf(code ?? '', PIECES_TO_CLOSE).filter((piece) => !has(piece, shown))
}

export const pieceWords = (pieces: readonly EvidencePiece[]): string[] => pieces.map((piece) => labelOf(EvidencePieceLabel, piece))
