/** Records and submissions somebody began and did not finish, for the screens that offer them. */
import type { Category, AssignedVisit, Observation, Task } from '@shared/api/types'
import { computed, type ComputedRef } from 'vue'

import { localStore } from './phone'
import { useLive } from './useLive'
import type { DraftRow, PhotoRow } from '../core/model/rows'
import { isBlank } from './useDraft'

export interface DraftSummary {
  readonly draft: DraftRow
  readonly photos: readonly PhotoRow[]
  /** What it is about, as far as it was said. */
  readonly category: Category | null
  /** Where it is gone on with. */
  readonly to: string
}

export function draftRoute(draft: DraftRow): string {
  switch (draft.kind) {
    case 'observation':
      return `/capture?draft=${draft.draft_id}`
    case 'amend':
      return `/records/${draft.record_id}?draft=${draft.draft_id}`
    case 'visit':
      return `/visits/${draft.visit_id}?draft=${draft.draft_id}`
    case 'submit':
    case 'make_safe':
      return `/tasks/${draft.task_id}?draft=${draft.draft_id}&move=${draft.kind}`
  }
}

/** Newest first; a draft into which nothing was put is none. */
export async function draftsOf(author: string): Promise<DraftSummary[]> {
  const summaries: DraftSummary[] = []
  for (const draft of await localStore.drafts(author)) {
    const photos = await localStore.draftPhotos(draft.draft_id)
    if (!draft.edits && isBlank(draft.fields, photos.length, draft.kind)) continue
    const record = draft.record_id === undefined ? null : await localStore.pulledRow<Observation>('records', draft.record_id)
    const visit = draft.visit_id === undefined ? null : await localStore.pulledRow<AssignedVisit>('visits', draft.visit_id)
    const task = draft.task_id === null ? null : await localStore.pulledRow<Task>('tasks', draft.task_id)
    const code = draft.fields.category ?? record?.category ?? visit?.category ?? task?.category ?? null
    const category = code === null ? null : await localStore.pulledRow<Category>('categories', code)
    summaries.push({ draft, photos, category, to: draftRoute(draft) })
  }
  return summaries.sort((a, b) => b.draft.updated_at - a.draft.updated_at)
}

/** As a live list. */
export function useDrafts(author: string): ComputedRef<DraftSummary[]> {
  const live = useLive(['drafts', 'photo_bytes'], () => draftsOf(author))
  return computed(() => live.value.value ?? [])
}

const DAY_MS = 24 * 3600 * 1000

/** Rows of pages that died before anything was put in; a page that is still open would write its own again. */
export async function discardBlankDrafts(author: string, now: number): Promise<void> {
  for (const draft of await localStore.drafts(author)) {
    if (now - draft.updated_at < DAY_MS || !isBlank(draft.fields, 0, draft.kind)) continue
    if ((await localStore.draftPhotos(draft.draft_id)).length === 0) await localStore.discardBlank(draft.draft_id, draft.updated_at)
  }
}
