/** 修改一条已保存的记录: which record a form edits, its photos, and saving it as that record. */
import { computed, type ComputedRef, type Ref, shallowRef } from 'vue'

import { edited, fieldsOf, mayReplace, photosAfter } from '../core/model/edit'
import { EditTooLate, saveEdit, turnIntoAddition } from '../core/store/edits'
import type { LocalStore } from '../core/store/localStore'
import type { OpRow, PhotoRow } from '../core/model/rows'
import type { PhotoRole } from '@shared/contract/vocabulary'
import type { Observation } from '@shared/api/types'
import { additionTo, isChanged } from './draftFork'
import type { Draft } from './useDraft'

export interface Edit {
  /** The saved record that is edited; null while the form makes a new one. */
  readonly op: Readonly<Ref<OpRow | null>>
  readonly saved: {
    readonly photos: () => readonly PhotoRow[]
    readonly change: (photoId: string, role: PhotoRole | null) => void
  }
  /** Nothing was edited yet, photos added in this form aside. */
  readonly untouched: ComputedRef<boolean>
  /** Read what the draft edits. Throws `EditTooLate` when the record was sent since. */
  readonly load: () => Promise<void>
  readonly save: (made: OpRow, draftId: string, revision: number) => Promise<void>
  /** The record is gone on its way: the draft becomes an addition to it. Returns the id of the record. */
  readonly toAddition: (draftId: string) => Promise<string>
}

export function useEdit(localStore: LocalStore, draft: Draft): Edit {
  const op = shallowRef<OpRow | null>(null)
  const photos = shallowRef<readonly PhotoRow[]>([])

  async function load(): Promise<void> {
    op.value = null
    photos.value = []
    const { edits } = draft
    if (!edits.value || draft.id.value === null) return
    const [current, row] = [await localStore.op(edits.value.op_id), await localStore.draft(draft.id.value)]
    if (!row) return
    if (!current || !mayReplace(current, row)) throw new EditTooLate()
    photos.value = (await localStore.photos(current.author)).filter((photo) => photo.op_id === current.op_id)
    op.value = current
  }

  return {
    op,
    saved: {
      photos: () => photosAfter(photos.value, draft.fields.photo_edits),
      change: (photoId, role) => {
        draft.fields.photo_edits = { ...draft.fields.photo_edits, [photoId]: role }
      },
    },
    untouched: computed(() => op.value !== null && !isChanged(fieldsOf(op.value.content.data), { ...draft.fields })),
    load,
    save: (made, draftId, revision) => saveEdit(localStore, edited(op.value!, made, draftId), draftId, revision),
    toAddition: async (draftId) => {
      const { edits } = (await localStore.draft(draftId))!
      const copy = await localStore.pulledRow<Observation>('records', edits!.record_id)
      // The server has what was sent where the phone has forgotten it.
      const said = (sent: OpRow | null): OpRow['content']['data'] => sent?.content.data ?? copy?.data ?? {}
      await turnIntoAddition(localStore, draftId, (from, sent) => additionTo(from.edits!.record_id, from, fieldsOf(said(sent))))
      return edits!.record_id
    },
  }
}
