/** An unfinished record or submission: on the disk before the camera opens, and again after every change. */
import { uuid7 } from '@shared/api/uuid7'
import { type Ref, ref, shallowReactive, watch } from 'vue'

import { emptyFields } from '../core/model/make'
import type { LocalStore } from '../core/store/localStore'
import type { DraftFields, DraftRow } from '../core/model/rows'

export type Fields = { -readonly [K in keyof DraftFields]: DraftFields[K] }

/** Nobody put anything in: not worth offering. Where one stands is no work of a person's. */
export function isBlank(fields: DraftFields, photos: number): boolean {
  const words = fields.note.trim() + fields.address.trim()
  return photos === 0 && fields.category === null && words === '' && fields.severity === null && !fields.place_chosen && !fields.finding
}

/** What is being made, and of which task, record or visit. */
export type Kind = Pick<DraftRow, 'kind' | 'task_id' | 'record_id' | 'visit_id' | 'visit'>

export interface Draft {
  /** null before `begin` and after the draft became an op. */
  readonly id: Readonly<Ref<string | null>>
  readonly fields: Fields
  /** Take up this draft, or begin a new one with these fields; on the disk when it returns. True: it was there. */
  readonly begin: (id: string | null, fresh?: Partial<DraftFields>) => Promise<boolean>
  /** What is not on the disk yet, or null. */
  readonly unwritten: () => Promise<void> | null
  /** From here on nothing writes it; hands out its id. */
  readonly release: () => string | null
  /** It becomes something else: nothing writes it meanwhile, and if that fails it is a draft again. */
  readonly become: (made: (id: string) => Promise<void>) => Promise<void>
}

/** Failures to write are told to `failed`; the person goes on typing meanwhile. */
export function useDraft(localStore: LocalStore, author: string, what: Kind, failed: (error: unknown) => void): Draft {
  /** What screens see: set once the row is on the disk. */
  const id = ref<string | null>(null)
  const fields = shallowReactive<Fields>({ ...emptyFields() })
  let current: string | null = null
  let startedAt = 0
  /** What a visit was stays with its draft, whatever the screen knows of it now. */
  let visit = what.visit
  let stale = false
  let writing: Promise<void> | null = null

  async function writeAll(): Promise<void> {
    while (stale && current !== null) {
      stale = false
      await localStore.saveDraft({
        draft_id: current,
        author,
        ...what,
        ...(visit && { visit }),
        started_at: startedAt,
        updated_at: Date.now(),
        fields: { ...fields },
      })
    }
  }

  /** Changes that come while one is written go together into the next write. */
  function keep(): Promise<void> {
    stale = true
    writing ??= writeAll().finally(() => {
      writing = null
    })
    return writing
  }

  function release(): string | null {
    const released = current
    current = null
    id.value = null
    return released
  }

  async function begin(draftId: string | null, fresh: Partial<DraftFields> = {}): Promise<boolean> {
    release()
    await writing
    const row = draftId === null ? null : await localStore.draft(draftId)
    const existing = row?.author === author && row.kind === what.kind ? row : null
    Object.assign(fields, emptyFields(), fresh, existing?.fields)
    startedAt = existing?.started_at ?? Date.now()
    visit = what.visit ?? existing?.visit
    current = existing?.draft_id ?? uuid7()
    await keep()
    id.value = current
    return existing !== null
  }

  async function become(made: (id: string) => Promise<void>): Promise<void> {
    const released = release()
    if (released === null) throw new Error('no draft')
    try {
      await writing
      await made(released)
    } catch (error) {
      current = released
      id.value = released
      throw error
    }
  }

  // Sync: what a thumb did last must be on its way before the page can die.
  watch(
    fields,
    () => {
      if (current !== null) keep().catch(failed)
    },
    { flush: 'sync' },
  )

  return { id, fields, begin, unwritten: () => writing, release, become }
}
