/** What the rescue zip's manifest.json holds. Stored outside: names and shapes never change within a version. */

export const FORMAT = 'inspect-rescue'
export const VERSION = 1

/** whole: as it was kept · rotten: its bytes no longer fit their hash · missing: no bytes are here. */
export type Condition = 'whole' | 'rotten' | 'missing'

export interface PackedPhoto {
  readonly photo_id: string
  readonly op_id: string | null
  readonly draft_id: string | null
  /** Its file in the zip, null where there are no bytes. */
  readonly file: string | null
  readonly sha256: string
  readonly bytes: number
  readonly condition: Condition
}

export interface PackedFile {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

export interface Manifest {
  readonly format: typeof FORMAT
  readonly version: typeof VERSION
  readonly rescue_id: string
  readonly device_id: string
  readonly person: { readonly id: string; readonly name: string }
  readonly epoch: string | null
  readonly made_at: string
  readonly app_version: string
  readonly counts: { readonly ops: number; readonly drafts: number; readonly photos: number; readonly absent: number }
  readonly files: readonly PackedFile[]
  readonly photos: readonly PackedPhoto[]
}
