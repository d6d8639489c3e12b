/** An unfinished record or submission: on the disk before the camera opens, and again after every change. */
import { uuid7 } from '@shared/api/uuid7'
import { getCurrentScope, onScopeDispose, type Ref, ref, shallowReactive, shallowRef, watch } from 'vue'

import { emptyFields } from '../core/model/make'
import { listen } from '../core/store/changes'
import { DraftChanged, type DraftGone, isGone, isSame, SavedElsewhere } from '../core/store/draftWrites'
import type { LocalStore } from '../core/store/localStore'
import type { DraftFields, DraftRow, OpRow } from '../core/model/rows'
import { corrections, forkOf, isChanged } from './draftFork'

export type Fields = { -readonly [K in keyof DraftFields]: DraftFields[K] }

/** Nobody put anything in: not worth offering. Where one stands is no work of a person's. */
export function isBlank(fields: DraftFields, photos: number, kind: DraftRow['kind'] = 'observation'): boolean {
  if (kind === 'amend' && Object.keys(corrections(fields)).length > 0) return false
  const words = fields.note.trim() + fields.address.trim()
  return photos === 0 && fields.category === null && words === '' && fields.severity === null && !fields.place_chosen && !fields.finding
}

/** What is being made, and of which task, record or visit. */
export type Kind = Pick<DraftRow, 'kind' | 'task_id' | 'record_id' | 'visit_id' | 'visit'>

/** Another page ended the draft: saved it as an op, or threw it away. */
export interface Elsewhere {
  readonly op: OpRow | null
  /** The draft that holds what only this page had; null when the other page had it all. */
  readonly kept: DraftRow | null
}

export interface Draft {
  /** null before `begin` and after the draft became an op. */
  readonly id: Readonly<Ref<string | null>>
  readonly fields: Fields
  /** The saved record that is edited; null in every other draft. */
  readonly edits: Readonly<Ref<DraftRow['edits'] | null>>
  /** Set when another page ended this draft; nothing is written to it any more. */
  readonly elsewhere: Readonly<Ref<Elsewhere | null>>
  /** Take up this draft, or begin a new one with these fields; on the disk when it returns. True: it was there. */
  readonly begin: (id: string | null, fresh?: Partial<DraftFields>) => Promise<boolean>
  /** What is not on the disk yet, or null. */
  readonly unwritten: () => Promise<void> | null
  /** From here on nothing writes it; returns its id and revision. */
  readonly release: () => { readonly id: string; readonly revision: number } | null
  /** It becomes something else: nothing writes it meanwhile, and if that fails it is a draft again. False: see `elsewhere`. */
  readonly become: (made: (id: string, revision: number) => Promise<void>) => Promise<boolean>
  /** A photo was taken for a draft that is gone: returns the draft that holds it instead. */
  readonly rehome: (error: SavedElsewhere | DraftGone) => Promise<string>
}

/** Writes one draft after every change; changes that come while one is written go together into the next write. */
class DraftWriter {
  current: string | null = null
  startedAt = 0
  /** What this page knows to be on the disk, and its revision. */
  base: DraftFields = emptyFields()
  revision = 0
  /** What a visit was stays with its draft, whatever the screen knows of it now. */
  visit: Kind['visit']
  /** And so does the record that is edited. */
  edits: DraftRow['edits']
  writing: Promise<void> | null = null
  /** The form is following the disk: nothing of that is to be written. */
  following = false
  private stale = false

  constructor(
    private readonly localStore: LocalStore,
    private readonly author: string,
    private readonly kind: Kind,
    private readonly fields: Fields,
  ) {
    this.visit = kind.visit
  }

  row(draft_id: string): DraftRow {
    return {
      draft_id,
      author: this.author,
      ...this.kind,
      ...(this.visit && { visit: this.visit }),
      ...(this.edits && { edits: this.edits }),
      started_at: this.startedAt,
      updated_at: Date.now(),
      fields: { ...this.fields },
    }
  }

  async start(): Promise<void> {
    const row = this.row(this.current!)
    // Before it is written: a change that comes meanwhile is newer, and may be on the disk earlier.
    this.base = row.fields
    this.revision = row.updated_at
    await this.localStore.saveDraft(row)
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
      const row = this.row(this.current)
      this.accept(await this.localStore.changeDraft(row, this.base), row.fields)
    }
  }

  /** What is on the disk now; where this page changed nothing since `seen`, the form follows it. */
  accept(row: DraftRow, seen: DraftFields): void {
    const fields = this.fields as Record<keyof DraftFields, unknown>
    this.base = { ...emptyFields(), ...row.fields }
    this.revision = row.updated_at
    this.following = true
    for (const name of Object.keys(row.fields) as (keyof DraftFields)[]) {
      if (fields[name] === seen[name] && !isSame(fields[name], row.fields[name])) fields[name] = row.fields[name]
    }
    this.following = false
  }
}

/** A draft and what becomes of it, in this page and in others. */
class OpenDraft {
  /** What screens see: set once the row is on the disk. */
  readonly id = ref<string | null>(null)
  readonly fields = shallowReactive<Fields>({ ...emptyFields() })
  readonly elsewhere = shallowRef<Elsewhere | null>(null)
  readonly edits = shallowRef<DraftRow['edits'] | null>(null)
  readonly writer: DraftWriter
  private fork: Promise<DraftRow> | null = null

  constructor(
    private readonly localStore: LocalStore,
    private readonly author: string,
    private readonly what: Kind,
  ) {
    this.writer = new DraftWriter(localStore, author, what, this.fields)
  }

  release(): { id: string; revision: number } | null {
    const released = this.writer.current
    this.writer.current = null
    this.id.value = null
    return released === null ? null : { id: released, revision: this.writer.revision }
  }

  async begin(draftId: string | null, fresh: Partial<DraftFields> = {}): Promise<boolean> {
    this.release()
    await this.writer.writing
    this.elsewhere.value = null
    this.fork = null
    const row = draftId === null ? null : await this.localStore.draft(draftId)
    const existing = row?.author === this.author && row.kind === this.what.kind ? row : null
    Object.assign(this.fields, emptyFields(), fresh, existing?.fields)
    this.writer.startedAt = existing?.started_at ?? Date.now()
    this.writer.visit = this.what.visit ?? existing?.visit
    this.writer.edits = existing?.edits
    this.edits.value = existing?.edits ?? null
    this.writer.current = existing?.draft_id ?? uuid7()
    if (!existing) await this.writer.start()
    else {
      this.writer.accept(existing, this.fields)
      // As it is now known, where the draft does not say it yet.
      if (this.writer.visit && !existing.visit) await this.writer.keep()
    }
    this.id.value = this.writer.current
    return existing !== null
  }

  /** Another page ended it. What only this page has is on the disk before anything is said. */
  private async lose(error: SavedElsewhere | DraftGone): Promise<void> {
    this.release()
    const op = error instanceof SavedElsewhere ? error.op : null
    const kept = isChanged(this.writer.base, this.fields) ? await this.forked(op) : null
    this.elsewhere.value ??= { op, kept }
  }

  private forked(op: OpRow | null): Promise<DraftRow> {
    this.fork ??= (async () => {
      const row = forkOf(this.writer.row(''), this.writer.base, op, uuid7(), Date.now())
      await this.localStore.saveDraft(row)
      return row
    })()
    return this.fork
  }

  async rehome(error: SavedElsewhere | DraftGone): Promise<string> {
    this.release()
    const op = error instanceof SavedElsewhere ? error.op : null
    const kept = await this.forked(op)
    this.elsewhere.value = { op, kept }
    return kept.draft_id
  }

  async lost(error: unknown): Promise<void> {
    if (!isGone(error)) throw error
    await this.lose(error)
  }

  async become(made: (id: string, revision: number) => Promise<void>): Promise<boolean> {
    const released = this.release()
    if (released === null) throw new Error('no draft')
    try {
      await this.writer.writing
      await made(released.id, this.writer.revision)
      return true
    } catch (error) {
      if (isGone(error)) {
        await this.lose(error)
        return false
      }
      this.writer.current = released.id
      this.id.value = released.id
      // What another page put in is shown before it is saved.
      if (error instanceof DraftChanged) await this.reload()
      throw error
    }
  }

  /** Another page wrote: the form follows, unless this page is writing itself. */
  async reload(): Promise<void> {
    const current = this.writer.current
    if (current === null || this.writer.writing) return
    const [row, seen] = [await this.localStore.draft(current), { ...this.fields }]
    if (this.writer.current !== current || this.writer.writing) return
    if (row === null) await this.lost(await this.localStore.whyGone(this.author, current))
    else if (row.updated_at !== this.writer.revision) this.writer.accept(row, seen)
  }
}

/** Failures to write are reported to `failed`; the person goes on typing meanwhile. */
export function useDraft(localStore: LocalStore, author: string, what: Kind, failed: (error: unknown) => void): Draft {
  const open = new OpenDraft(localStore, author, what)
  const { id, fields, elsewhere, edits, writer } = open

  // Sync: the last change of a person must be on its way before the page can die.
  watch(
    fields,
    () => {
      if (writer.current !== null && !writer.following) writer.keep().catch((error: unknown) => open.lost(error)).catch(failed)
    },
    { flush: 'sync' },
  )
  const stop = listen((changed) => {
    if (changed.has('drafts')) open.reload().catch(failed)
  })
  if (getCurrentScope()) onScopeDispose(stop)

  return {
    id,
    fields,
    edits,
    elsewhere,
    begin: (draftId, fresh) => open.begin(draftId, fresh),
    unwritten: () => writer.writing,
    release: () => open.release(),
    become: (made) => open.become(made),
    rehome: (error) => open.rehome(error),
  }
}
