/** The photos of one draft: taken, compressed one after the other, kept, looked at again, removed. */
import { MAX_PHOTOS, PhotoRole, PhotoRoleLabel, PhotoSource } from '@shared/contract/vocabulary'
import { labelOf } from '@shared/i18n/language'
import { annotated } from '@shared/ui/annotate'
import { NotAPicture } from '@shared/photos/shrink'
import type { Stroke } from '@shared/api/types'
import { computed, type ComputedRef, getCurrentScope, onScopeDispose, type Ref, ref, shallowRef } from 'vue'

import { listen } from '../../core/store/changes'
import { StorageFull } from '../../core/store/database'
import type { LocalStore } from '../../core/store/localStore'
import { currentQuota } from '../quota'
import type { PhotoRow, PlaceHere } from '../../core/model/rows'
import { type Exposure, keepPhoto, type Rehome } from './keepPhoto'

/** More were chosen at once than fit; so many were not taken. */
export class TooManyPhotos extends Error {
  constructor(readonly left: number) {
    super(`${left} photos too many`)
    this.name = 'TooManyPhotos'
  }
}

export interface Scene {
  readonly author: string
  readonly draftId: () => string | null
  /** What the next shot shows, by the roles of those before it. */
  readonly role: (roles: readonly PhotoRole[]) => PhotoRole
  /** Where the phone is at this moment. */
  readonly place: () => PlaceHere | null
  readonly failed: (error: unknown) => void
  /** A photo is safe on the phone. */
  readonly stored?: (photo: PhotoRow) => void
  /** Another page ended the draft meanwhile. */
  readonly rehome: Rehome
  /** How many it may hold, where the record already has some. */
  readonly most?: number
  /** The photos of the saved record that is edited: they stay its own until the edit is saved. */
  readonly saved?: {
    readonly photos: () => readonly PhotoRow[]
    /** Another role, or null: it is taken out. */
    readonly change: (photoId: string, role: PhotoRole | null) => void
  }
}

export interface DraftPhotos {
  readonly photos: Readonly<Ref<readonly PhotoRow[]>>
  /** Taken and not yet on the disk. */
  readonly processing: Readonly<Ref<number>>
  readonly full: ComputedRef<boolean>
  readonly storageFull: Readonly<Ref<boolean>>
  readonly most: number
  readonly load: () => Promise<void>
  readonly shoot: (picture: ImageBitmap) => Promise<void>
  readonly choose: (files: readonly File[]) => Promise<void>
  readonly setRole: (photo: PhotoRow, role: PhotoRole) => Promise<void>
  readonly remove: (photo: PhotoRow) => Promise<void>
  /** Keep a copy with lines drawn on it 标注, as a photo of its own; the photo stays as it is. */
  readonly annotate: (photo: PhotoRow, strokes: readonly Stroke[]) => Promise<void>
}

/** What may be done to a photo that is kept; the list is read again afterwards. */
function photoActions(localStore: LocalStore, scene: Scene, load: () => Promise<void>): Pick<DraftPhotos, 'setRole' | 'remove'> {
  return {
    setRole: async (photo, role) => {
      if (photo.op_id !== null) scene.saved?.change(photo.photo_id, role)
      else await localStore.setRole(photo.photo_id, role)
      await load()
    },
    remove: async (photo) => {
      if (photo.op_id !== null) scene.saved?.change(photo.photo_id, null)
      else await localStore.removeHeldPhoto(photo.photo_id)
      await load()
    },
  }
}

/** A drawn copy shows nothing by itself: it is no view of the record. */
const isEvidence = (role: PhotoRole): boolean => role !== PhotoRole.ANNOTATED

/** Of the time and the place of its photo, and beside it in the strip. */
async function annotatedCopy(localStore: LocalStore, photo: PhotoRow, strokes: readonly Stroke[]): Promise<Exposure> {
  const { place, taken_at } = photo.declaration
  const bytes = await localStore.bytes(photo.photo_id)
  if (bytes === null) throw new NotAPicture('unreadable')
  const picture = await annotated(new Blob([bytes], { type: 'image/jpeg' }), strokes, labelOf(PhotoRoleLabel, PhotoRole.ANNOTATED))
  return { picture, source: PhotoSource.INPUT, role: PhotoRole.ANNOTATED, place: place ?? null, takenAt: Date.parse(taken_at) + 1 }
}

/** Another page with the same draft takes photos too. */
function readAgainWithOthers(scene: Scene, read: () => Promise<void>): void {
  const stop = listen((changed) => {
    if (scene.draftId() !== null && (changed.has('photo_bytes') || changed.has('photos'))) read().catch(scene.failed)
  })
  if (getCurrentScope()) onScopeDispose(stop)
}

const byTime = (one: PhotoRow, other: PhotoRow): number => one.added_at - other.added_at

/** Role and place of this moment, however long the compression takes. */
function exposureNow(scene: Scene, roles: readonly PhotoRole[], source: PhotoSource): Pick<Exposure, 'source' | 'role' | 'place'> {
  return { source, role: scene.role(roles), place: source === PhotoSource.SHUTTER ? scene.place() : null }
}

export function useDraftPhotos(localStore: LocalStore, scene: Scene): DraftPhotos {
  const photos = shallowRef<readonly PhotoRow[]>([])
  const waiting = ref<PhotoRole[]>([])
  const storageFull = ref(false)
  const most = scene.most ?? MAX_PHOTOS
  let lastAt = 0

  async function read(): Promise<void> {
    const draftId = scene.draftId()
    const rows = draftId === null ? [] : await localStore.draftPhotos(draftId)
    if (scene.draftId() === draftId) photos.value = [...(scene.saved?.photos() ?? []), ...rows].sort(byTime)
  }

  async function load(): Promise<void> {
    await read()
    storageFull.value = !(await currentQuota()).mayCapture
  }

  const freeSlots = (): number => most - photos.value.length - waiting.value.length

  async function take(picture: Blob | ImageBitmap, source: PhotoSource): Promise<void> {
    const roles = [...photos.value.map((photo) => photo.declaration.role).filter(isEvidence), ...waiting.value]
    // Files chosen together come in one millisecond; their order is the order of the strip.
    lastAt = Math.max(Date.now(), lastAt + 1)
    await keep({ picture, takenAt: lastAt, ...exposureNow(scene, roles, source) })
  }

  async function keep(shot: Exposure): Promise<void> {
    const draftId = scene.draftId()
    const { role, picture } = shot
    if (draftId === null || freeSlots() <= 0) return picture instanceof Blob ? undefined : picture.close()
    waiting.value.push(role)
    try {
      const row = await keepPhoto(localStore, scene.author, draftId, shot, scene.rehome)
      // By now another record may be open: the photo is safe with its own.
      if (scene.draftId() === draftId) {
        photos.value = [...photos.value.filter((one) => one.photo_id !== row.photo_id), row].sort(byTime)
        if (isEvidence(role)) scene.stored?.(row)
      }
    } catch (error) {
      if (error instanceof StorageFull) storageFull.value = true
      scene.failed(error)
    } finally {
      waiting.value.splice(waiting.value.indexOf(role), 1)
      if (!(picture instanceof Blob)) picture.close()
    }
  }

  readAgainWithOthers(scene, read)

  return {
    photos,
    processing: computed(() => waiting.value.length),
    full: computed(() => freeSlots() <= 0),
    storageFull,
    most,
    load,
    shoot: (picture) => take(picture, PhotoSource.SHUTTER),
    choose: async (files) => {
      const fitting = files.slice(0, freeSlots())
      if (fitting.length < files.length) scene.failed(new TooManyPhotos(files.length - fitting.length))
      await Promise.all(fitting.map((file) => take(file, PhotoSource.INPUT)))
    },
    annotate: (photo, strokes) => annotatedCopy(localStore, photo, strokes).then(keep).catch(scene.failed),
    ...photoActions(localStore, scene, load),
  }
}
