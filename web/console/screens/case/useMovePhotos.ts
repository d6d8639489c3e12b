/** The photos of one move on the console: chosen, re-encoded, sent, and what the server said of each. */
import { reactive, ref, type Ref } from 'vue'

import type { Label, PhotoRole } from '@shared/contract/vocabulary'
import { Refused } from '@shared/api/client'

import { type ChosenPhoto, describe, flawWords, notSentWords, send, UnfitPhoto } from './afterPhotos'

/** At least one photo did not arrive; the move was not requested. */
export class PhotosNotSent extends Error {
  constructor(readonly reasons: readonly Label[]) {
    super('photos not sent')
    this.name = 'PhotosNotSent'
  }
}

export interface MovePhotos {
  readonly photos: Readonly<Ref<readonly ChosenPhoto[]>>
  /** Chosen and not yet re-encoded. */
  readonly preparing: Readonly<Ref<number>>
  /** How much of each is sent, and which the server refused, by photo id. */
  readonly shares: Readonly<Record<string, number>>
  readonly refused: Readonly<Record<string, boolean>>
  /** Returns why files were not taken. */
  readonly choose: (files: readonly File[], role: PhotoRole) => Promise<Label[]>
  readonly drop: (photo: ChosenPhoto) => void
  readonly clear: () => void
  /** Send all under this id. Throws `PhotosNotSent` with a reason for each that did not arrive. */
  readonly sendAll: (moveId: string) => Promise<void>
}

export function useMovePhotos(): MovePhotos {
  const photos = ref<ChosenPhoto[]>([])
  const preparing = ref(0)
  const shares = reactive<Record<string, number>>({})
  const refused = reactive<Record<string, boolean>>({})
  /** Counts forms: a photo that is ready after its form was closed belongs to none. */
  let form = 0

  async function choose(files: readonly File[], role: PhotoRole): Promise<Label[]> {
    const current = form
    const unfit: Label[] = []
    preparing.value += files.length
    for (const file of files) {
      try {
        const photo = await describe(file, role)
        if (current === form) photos.value.push(photo)
        else URL.revokeObjectURL(photo.preview)
      } catch (error) {
        if (!(error instanceof UnfitPhoto)) throw error
        unfit.push(flawWords(error))
      } finally {
        if (current === form) preparing.value -= 1
      }
    }
    return current === form ? unfit : []
  }

  function drop(photo: ChosenPhoto): void {
    URL.revokeObjectURL(photo.preview)
    photos.value = photos.value.filter((one) => one.declared.photo_id !== photo.declared.photo_id)
  }

  function clear(): void {
    form += 1
    preparing.value = 0
    for (const photo of photos.value) URL.revokeObjectURL(photo.preview)
    photos.value = []
  }

  async function sendAll(moveId: string): Promise<void> {
    const reasons: Label[] = []
    for (const photo of photos.value) {
      const id = photo.declared.photo_id
      try {
        await send(photo, moveId, (share) => (shares[id] = share))
      } catch (error) {
        reasons.push(notSentWords(photo, error))
        // Without an answer the next one fares no better.
        if (!(error instanceof Refused)) break
        refused[id] = error.problem.retryable === false && error.status !== 401
      }
    }
    if (reasons.length > 0) throw new PhotosNotSent(reasons)
  }

  return { photos, preparing, shares, refused, choose, drop, clear, sendAll }
}
