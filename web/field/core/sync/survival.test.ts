/** Any sequence of saves, answers, cuts, kills, clocks, people and restores: nothing lost, nothing freed unproven. */
import 'fake-indexeddb/auto'

import type { Person } from '@shared/api/types'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { Database, type Store } from '../store/database'
import { LocalStore } from '../store/localStore'
import { beginEdit, saveEdit } from '../store/edits'
import { edited, isEditable } from '../model/edit'
import type { OpRow } from '../model/rows'
import { canonical } from '../model/canonical'
import { Phone, WANG } from '../testing/phone'
import { CHEN, type Fault } from '../testing/modelServer'

/** The browser ends the page: after so many more transactions nothing is read or written any more. */
class Killed extends Error {}

class MortalDatabase extends Database {
  private left = Infinity

  dieAfter(transactions: number): void {
    this.left = transactions
  }

  private spend(): void {
    this.left -= 1
    if (this.left < 0) throw new Killed('the page was killed')
  }

  override async read<T>(stores: Store[], work: Parameters<Database['read']>[1]): Promise<T> {
    this.spend()
    return (await super.read(stores, work)) as T
  }

  override async write<T>(stores: Store[], work: Parameters<Database['write']>[1]): Promise<T> {
    this.spend()
    return (await super.write(stores, work)) as T
  }
}

const fault = fc.constantFrom<Fault>('none', 'none', 'none', 'network', 'lost-reply', 'stranger', 'timeout', 500, 503, 429, 408, 401, 403)
const verdict = fc.constantFrom('accepted', 'accepted', 'conflict', 'quarantined', 'deferred', 400, 413, 500)
type Action =
  | { readonly do: 'record'; readonly photos: number; readonly verdict: string | number }
  | { readonly do: 'sync'; readonly faults: readonly Fault[] }
  | { readonly do: 'kill'; readonly after: number; readonly faults: readonly Fault[] }
  | { readonly do: 'clock'; readonly by: number }
  | { readonly do: 'edit'; readonly nth: number; readonly photo: boolean; readonly after: number }
  | { readonly do: 'draft' | 'restart' | 'change-person' | 'back-up' | 'put-back' | 'reject' }

const faults = fc.array(fault, { maxLength: 8 })
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('record' as const), photos: fc.nat(3), verdict }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('sync' as const), faults }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('kill' as const), after: fc.nat(60), faults }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('edit' as const), nth: fc.nat(9), photo: fc.boolean(), after: fc.oneof(fc.nat(8), fc.constant(Infinity)) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clock' as const), by: fc.constantFrom(-8e9, -3.6e6, 3.6e6, 8e9) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('draft', 'restart', 'change-person', 'change-person', 'back-up', 'put-back', 'put-back', 'reject') }) },
)

/** One phone that lives through it all, and the list of what people made on it. */
class Life {
  readonly phone = new Phone()
  readonly made: OpRow[] = []
  readonly drafts: { readonly id: string; readonly photo: string }[] = []
  person: Person = CHEN

  async begin(): Promise<void> {
    this.restart()
    await this.phone.ready()
  }

  /** The page is opened afresh over the same database. */
  restart(): MortalDatabase {
    const db = new MortalDatabase(this.phone.db.name)
    this.phone.localStore = new LocalStore(db)
    return db
  }

  async live(one: Action): Promise<void> {
    const { phone } = this
    const { server } = phone
    phone.clock += 90_000
    switch (one.do) {
      case 'record': {
        const op = await phone.record(one.photos, this.person.id)
        this.made.push(op)
        let times = 0
        // A fault of one op that passes: the first two answers are bad, then somebody mended the server.
        const passing = typeof one.verdict === 'number' || one.verdict === 'deferred'
        server.verdicts.set(op.op_id, () => (passing && (times += 1) > 2 ? 'accepted' : (one.verdict as 'accepted')))
        return
      }
      case 'draft': {
        const id = `draft-${phone.clock}`
        const photo = await phone.photo(id, this.person.id)
        this.drafts.push({ id, photo: photo.photo_id })
        return
      }
      case 'sync':
        server.faults.splice(0, Infinity, ...one.faults)
        await phone.sync()
        return
      case 'kill': {
        const db = this.restart()
        db.dieAfter(one.after)
        server.faults.splice(0, Infinity, ...one.faults)
        await phone.sync().catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error
        })
        this.restart()
        return
      }
      case 'edit':
        return this.edit(one.nth, one.photo, one.after)
      case 'restart':
        this.restart()
        return
      case 'clock':
        phone.setClock(one.by)
        return
      case 'change-person':
        await phone.localStore.signOut()
        this.person = this.person.id === CHEN.id ? WANG : CHEN
        await phone.signIn(this.person)
        return
      case 'back-up':
        server.backUp()
        return
      case 'put-back':
        server.restoreBackup()
        return
      case 'reject': {
        const [photo] = (await phone.photos(this.person.id)).filter((row) => row.state === 'waiting')
        if (photo) server.rejectedPhotos.add(photo.photo_id)
      }
    }
  }

  /** Edits one of the records that were never sent; the page may be killed while it is saved. */
  private async edit(nth: number, withPhoto: boolean, after: number): Promise<void> {
    const { phone } = this
    const mine = this.made.filter((op) => op.author === this.person.id)
    const row = mine.length > 0 ? await phone.localStore.op(mine[nth % mine.length]!.op_id) : null
    if (!row || !isEditable(row)) return
    const draftId = await beginEdit(phone.localStore, row, `edit-${phone.clock}`, phone.clock)
    const photos = [...row.content.photos, ...(withPhoto ? [(await phone.photo(draftId, this.person.id)).declaration] : [])].slice(-2)
    const { updated_at } = (await phone.localStore.draft(draftId))!
    const made = { ...row, content: { ...row.content, data: { ...row.content.data, note: `改于 ${phone.clock}` }, photos } }
    this.restart().dieAfter(after)
    await saveEdit(phone.localStore, edited(row, made, draftId), draftId, updated_at).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error
    })
    this.restart()
    const now = (await phone.localStore.op(row.op_id))!
    // As a whole, or not at all.
    expect([canonical(row.content), canonical(made.content)], 'half an edit').toContain(canonical(now.content))
    this.made[this.made.findIndex((op) => op.op_id === row.op_id)] = now
    if (await phone.localStore.draft(draftId)) await phone.localStore.discardDraft(draftId)
  }

  /** What must be true at every moment. */
  async look(): Promise<void> {
    const { localStore, server } = this.phone
    for (const op of this.made) {
      const row = await localStore.op(op.op_id)
      const there = server.ops.get(op.op_id)
      // On the phone, or on the server where no restore can take it away.
      if (row === null) expect(there, 'an op was forgotten unproven').toBeDefined()
      else expect(canonical(row.frozen === null ? row.content : JSON.parse(row.frozen)), 'a frozen op changed').toBe(canonical(op.content))
      if (there) expect([there.by, there.content], 'sent as somebody else, or changed').toEqual([op.author, canonical(op.content)])
      for (const { photo_id, sha256 } of op.content.photos) {
        if ((await localStore.bytes(photo_id)) !== null) continue
        expect(server.photos.get(photo_id), 'bytes were freed unproven').toMatchObject({ state: 'stored', sha256 })
      }
    }
    for (const { photo } of this.drafts) expect(await localStore.bytes(photo), 'a draft lost its photo').not.toBeNull()
  }

  /** Faults stop: each person signs in and the queue empties (I12). */
  async end(): Promise<void> {
    const { phone } = this
    phone.server.faults.length = 0
    for (const person of [CHEN, WANG]) {
      await phone.localStore.signOut()
      await phone.signIn(person)
      await phone.settle()
    }
    for (const op of this.made) {
      expect(phone.server.ops.get(op.op_id), 'an op never arrived').toMatchObject({ by: op.author, content: canonical(op.content), applied: 1 })
      for (const { photo_id } of op.content.photos) {
        const wanted = phone.server.rejectedPhotos.has(photo_id) ? ['rejected', 'stored'] : ['stored']
        expect(wanted, 'a photo never arrived').toContain(phone.server.photos.get(photo_id)?.state)
      }
    }
    expect(phone.server.ops.size).toBe(this.made.length)
  }
}

test('nothing is lost, doubled, changed or freed unproven, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 24 }), async (actions) => {
      const life = new Life()
      await life.begin()
      try {
        for (const one of actions) {
          await life.live(one)
          await life.look()
        }
        await life.end()
        await life.look()
      } finally {
        await life.phone.db.destroy()
      }
    }),
    { numRuns: Number(process.env.SURVIVAL_RUNS ?? 80) },
  )
}, 600_000)
