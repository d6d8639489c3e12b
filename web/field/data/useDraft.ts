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
  /** From here on nothing writes it; returns its id. */
  readonly release: () => string | null
  /** It becomes something else: nothing writes it meanwhile, and if that fails it is a draft again. */
  readonly become: (made: (id: string) => Promise<void>) => Promise<void>
}

/** Writes one draft after every change; changes that come while one is written go together into the next write. */
class DraftWriter {
  current: string | null = null
  startedAt = 0
  /** What a visit was stays with its draft, whatever the screen knows of it now. */
  visit: Kind['visit']
  writing: Promise<void> | null = null
  private stale = false

  constructor(
    private readonly localStore: LocalStore,
    private readonly author: string,
    private readonly kind: Kind,
    private readonly fields: Fields,
  ) {
    this.visit = kind.visit
  }

  keep(): Promise<void> {
    this.stale = true
    this.writing ??= this.writeAll().finally(() => {
      this.writing = null
    })
    return this.writing
  }

  private async writeAll(): Promise<void> {
    while (this.stale && this.current !== null) {
      this.stale = false
      await this.localStore.saveDraft({
        draft_id: this.current,
        author: this.author,
        ...this.kind,
        ...(this.visit && { visit: this.visit }),
        started_at: this.startedAt,
        updated_at: Date.now(),
        fields: { ...this.fields },
      })
    }
  }
}

/** Failures to write are reported to `failed`; the person goes on typing meanwhile. */
export function useDraft(localStore: LocalStore, author: string, what: Kind, failed: (error: unknown) => void): Draft {
  /** What screens see: set once the row is on the disk. */
  const id = ref<string | null>(null)
  const fields = shallowReactive<Fields>({ ...emptyFields() })
  const writer = new DraftWriter(localStore, author, what, fields)

  function release(): string | null {
    const released = writer.current
    writer.current = null
    id.value = null
    return released
  }

  async function begin(draftId: string | null, fresh: Partial<DraftFields> = {}): Promise<boolean> {
    release()
    await writer.writing
    const row = draftId === null ? null : await localStore.draft(draftId)
    const existing = row?.author === author && row.kind === what.kind ? row : null
    Object.assign(fields, emptyFields(), fresh, existing?.fields)
    writer.startedAt = existing?.started_at ?? Date.now()
    writer.visit = what.visit ?? existing?.visit
    writer.current = existing?.draft_id ?? uuid7()
    await writer.keep()
    id.value = writer.current
    return existing !== null
  }

  async function become(made: (id: string) => Promise<void>): Promise<void> {
    const released = release()
    if (released === null) throw new Error('no draft')
    try {
      await writer.writing
      await made(released)
    } catch (error) {
      writer.current = released
      id.value = released
      throw error
    }
  }

  // Sync: the last change of a person must be on its way before the page can die.
  watch(
    fields,
    () => {
      if (writer.current !== null) writer.keep().catch(failed)
    },
    { flush: 'sync' },
  )

  return { id, fields, begin, unwritten: () => writer.writing, release, become }
}
