/** Makers for tests of the store and the queue: a phone with a model server, records, photos, people. */
import { uuid7 } from '@shared/api/uuid7'
import type { Person } from '@shared/api/types'

import { Database } from '../store/database'
import { LocalStore } from '../store/localStore'
import type { Declaration, DraftFields, OpRow, PhotoRow, SessionRow } from '../model/rows'
import { sha256 } from '../model/canonical'
import { emptyFields, heldPhoto, observationOp } from '../model/make'
import { CHEN, ModelServer } from './modelServer'
import { type Outcome, syncOnce } from '../sync/sync'

export const START = Date.parse('2026-04-01T02:00:00Z')
export const WANG: Person = { ...CHEN, id: '01900000-0000-7000-8000-000000000002', name: '老王', login: 'wang' }
export const FIELDS: DraftFields = { ...emptyFields(), category: 'GG0101', note: '井盖缺失' }

let count = 0

/** A photo of a draft as it stands before anything is saved; the bytes differ by their id. */
export async function picture(author: string, draft: string, at: number, size = 0): Promise<{ row: PhotoRow; bytes: ArrayBuffer }> {
  const photo_id = uuid7(at)
  const bytes = new TextEncoder().encode(`picture ${photo_id} `.padEnd(size, '.')).buffer as ArrayBuffer
  return { row: heldPhoto(author, draft, await declared(photo_id, bytes, at), at), bytes }
}

/** What a phone says of a small photo from the shutter. */
export async function declared(photo_id: string, bytes: ArrayBuffer, at: number): Promise<Declaration> {
  return {
    photo_id,
    role: 'scene',
    sha256: await sha256(bytes),
    bytes: bytes.byteLength,
    mime: 'image/jpeg',
    width: 48,
    height: 36,
    taken_at: new Date(at).toISOString(),
    source: 'shutter',
  }
}

/** A phone with its person, its clock, and the server it talks to. */
export class Phone {
  clock = START
  /** What the server's clock shows more than the phone's. */
  ahead = 0
  readonly db = new Database(`phone-${(count += 1)}`)
  localStore = new LocalStore(this.db)
  readonly server = new ModelServer(() => this.clock + this.ahead)

  /** The person, or the network's time, sets the phone's clock; the server's goes on. */
  setClock(by: number): void {
    this.clock += by
    this.ahead -= by
  }

  async ready(person: Person = CHEN): Promise<this> {
    await this.localStore.device(() => ({ id: uuid7(), name: 'test' }))
    await this.signIn(person)
    return this
  }

  signIn(person: Person): Promise<void> {
    const { access, refresh } = this.server.tokensOf(person)
    const session: SessionRow = {
      person,
      access_token: access,
      refresh_token: refresh,
      expires_at: new Date(this.server.now() + 3_600_000).toISOString(),
      signed_in_at: this.clock,
    }
    return this.localStore.signIn(session)
  }

  sync(random: () => number = () => 0.5): Promise<Outcome> {
    return syncOnce({ localStore: this.localStore, transport: this.server, now: () => this.clock, random })
  }

  /** Cycle after cycle until nothing is left; the clock passes every back-off. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 60; turn += 1) {
      const outcome = await this.sync()
      if (outcome.kind === 'done' && outcome.left === 0) return
      this.clock += 10 * 60_000
    }
    throw new Error('the queue never emptied')
  }

  async record(photos = 1, author: string = CHEN.id): Promise<OpRow> {
    this.clock += 1000
    const id = uuid7(this.clock)
    const rows: PhotoRow[] = []
    for (let nth = 0; nth < photos; nth += 1) rows.push(await this.photo(id, author))
    await this.begun(id, author)
    const op = observationOp({ author, now: this.clock, exchange: null }, id, FIELDS, rows)
    await this.localStore.saveOp(op, id)
    return op
  }

  /** A draft on the phone, where there is none yet. */
  private async begun(draft_id: string, author: string): Promise<void> {
    if (await this.localStore.draft(draft_id)) return
    await this.localStore.saveDraft({ draft_id, author, kind: 'observation', task_id: null, started_at: this.clock, updated_at: this.clock, fields: FIELDS })
  }

  async photo(draft: string, author: string = CHEN.id, size = 0): Promise<PhotoRow> {
    await this.begun(draft, author)
    const { row, bytes } = await picture(author, draft, this.clock, size)
    await this.localStore.addPhoto(row, bytes)
    return row
  }

  ops(author: string = CHEN.id): Promise<OpRow[]> {
    return this.localStore.ops(author)
  }

  photos(author: string = CHEN.id): Promise<PhotoRow[]> {
    return this.localStore.photos(author)
  }
}
