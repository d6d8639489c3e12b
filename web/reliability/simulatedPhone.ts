/** A phone of the histories: the real local store, cycle, transport and uploads, with a person, and it can be killed. */
import { createApi } from '@shared/api/client'
import { Move, OpKind, type Outcome as RecordOutcome, type PhotoRole, SiteFinding } from '@shared/contract/vocabulary'
import { uuid7 } from '@shared/api/uuid7'
import type { AssignedVisit, Observation, Person, Task } from '@shared/api/types'

import { canonical, sha256 } from '../field/core/model/canonical'
import { type Transport, httpTransport } from '../field/core/sync/transport'
import { declared } from '../field/core/testing/phone'
import { emptyFields, heldPhoto, moveOp, observationOp, visitOp, withdrawOp } from '../field/core/model/make'
import { toFollow } from '../field/core/model/rules'
import { type Outcome, syncOnce } from '../field/core/sync/sync'
import { uploadByTus } from '../field/core/sync/upload'
import { Database } from '../field/core/store/database'
import { LocalStore } from '../field/core/store/localStore'
import { SavedElsewhere } from '../field/core/store/draftWrites'
import type { OpContent, OpRow, PhotoRow } from '../field/core/model/rows'
import { viewTask } from '../field/data/taskOverlay'
import { aboutOf, findingWords, mergeVisits } from '../field/data/visitMerge'
import { fetchHere, killNetwork, never, reviveNetwork, settled, silence } from './environment'

export interface Shot {
  readonly role: PhotoRole
  readonly base64: string
}

export interface SignedIn {
  readonly device_id: string
  readonly person: Person
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_at: string
  readonly cursor: string
  readonly epoch: string
}

const STEP_MS = 1_000
const PLACE = { lon: 110.7899, lat: 32.5291, accuracy_m: 8, source: 'gnss' as const, fixed_at: '2026-03-04T01:30:00Z' }

/** A database whose owner may die before any of its reads and writes. */
class MortalDatabase extends Database {
  constructor(
    name: string,
    private readonly step: () => Promise<void>,
  ) {
    super(name)
  }

  override async read<T>(...args: Parameters<Database['read']>): Promise<T> {
    await this.step()
    return (await super.read(...args)) as T
  }

  override async write<T>(...args: Parameters<Database['write']>): Promise<T> {
    await this.step()
    return (await super.write(...args)) as T
  }
}

export class Phone {
  private clock = Date.now()
  private localStore!: LocalStore
  private life = 0
  private beatsLeft: number | null = null
  private dies: () => void = () => undefined
  private line: Promise<unknown> = Promise.resolve()
  private chance: number
  private readonly saved: Record<string, string[]> = {}
  private readonly toldOps: Record<string, string> = {}
  private readonly toldPhotos: Record<string, string> = {}

  constructor(
    private readonly name: string,
    private readonly signedIn: SignedIn,
  ) {
    this.chance = name.length
    this.wake()
  }

  /** The page is opened (again): what was in memory is gone, what was written is there. */
  private wake(): void {
    const life = (this.life += 1)
    const step = async (): Promise<void> => {
      if (life !== this.life) return never()
      if (this.beatsLeft === null) return
      this.beatsLeft -= 1
      if (this.beatsLeft >= 0) return
      this.life += 1
      killNetwork()
      this.dies()
      await never()
    }
    this.localStore = new LocalStore(new MortalDatabase(this.name, step))
  }

  async begin(): Promise<void> {
    const { device_id, person, access_token, refresh_token, expires_at, cursor, epoch } = this.signedIn
    await this.localStore.device(() => ({ id: device_id, name: 'test' }))
    await this.localStore.signIn({ person, access_token, refresh_token, expires_at, signed_in_at: this.clock })
    await this.localStore.setMeta('epoch', epoch)
    await this.localStore.setMeta('position', { cursor, pulled: 1, rebuilding: {} })
  }

  async signedInAgain(session: Pick<SignedIn, 'access_token' | 'refresh_token' | 'expires_at'>): Promise<void> {
    const { access_token, refresh_token, expires_at } = session
    await this.localStore.signIn({ person: this.signedIn.person, access_token, refresh_token, expires_at, signed_in_at: this.clock })
  }

  // --- operations ------------------------------------------------------------------------------------

  async record(shots: readonly Shot[], note: string, outcome: RecordOutcome): Promise<OpContent> {
    const id = uuid7(this.later())
    const photos = await this.take(id, shots)
    const fields = {
      category: 'MQ0201',
      note,
      severity: null,
      outcome,
      point_id: null,
      shop_id: null,
      address: '',
      place: PLACE,
      place_chosen: false,
    }
    return (await this.save(observationOp(await this.by(), id, fields, photos), id))!
  }

  async amend(which: number, shots: readonly Shot[], note: string): Promise<OpContent | null> {
    const seen = await this.seen(which)
    if (!seen) return null
    const draft = uuid7(this.later())
    const photos = await this.take(draft, shots)
    const op = withdrawOp(await this.by(), seen, seen.after)
    const declared = photos.map((photo) => photo.declaration)
    const content = { ...op.content, kind: OpKind.OBSERVATION_AMEND, data: { fields: { note } }, photos: declared }
    return this.save({ ...op, kind: OpKind.OBSERVATION_AMEND, content }, draft)
  }

  async withdraw(which: number): Promise<OpContent | null> {
    const seen = await this.seen(which)
    if (!seen) return null
    this.later()
    return this.save(withdrawOp(await this.by(), seen, seen.after), null)
  }

  async move(which: number, choice: number, shots: readonly Shot[], note: string): Promise<OpContent | null> {
    const [ops, photos, tasks] = [await this.ops(), await this.photos(), await this.localStore.pulled<Task>('tasks')]
    const views = tasks
      .map((task) =>
        viewTask(
          task,
          ops.filter((op) => op.entity_id === task.id),
          photos.filter((photo) => photo.entity_id === task.id),
        ),
      )
      .filter((view) => view.moves.length > 0)
      .sort((a, b) => (a.task.number < b.task.number ? -1 : 1))
    const view = views[which % Math.max(1, views.length)]
    if (!view) return null
    const handsBack = choice === 0 && view.moves.includes(Move.HAND_BACK)
    const move = handsBack ? Move.HAND_BACK : view.moves.find((one) => one !== Move.HAND_BACK)!
    const draft = uuid7(this.later())
    const evidence = move === Move.SUBMIT ? await this.take(draft, shots) : []
    const intent = { move, note, ...(handsBack && { reason: 'not_ours' }) }
    const op = moveOp(await this.by(), { id: view.task.id, version: view.version }, intent, evidence, view.after)
    return this.save(op, move === Move.SUBMIT ? draft : null)
  }

  async visit(which: number, choice: number, shots: readonly Shot[], note: string): Promise<OpContent | null> {
    const visits = (await this.localStore.pulled<AssignedVisit>('visits')).sort((a, b) => (a.number < b.number ? -1 : 1))
    const todo = mergeVisits(visits, await this.ops(), []).todo
    const visit = todo[which % Math.max(1, todo.length)]
    if (!visit) return null
    const draft = uuid7(this.later())
    const photos = await this.take(draft, shots)
    const findings = Object.values(SiteFinding)
    // What was seen has to be shown.
    const finding = shots.length > 0 ? findings[choice % findings.length]! : SiteFinding.CANNOT_TELL
    const result = { finding, note, place: PLACE }
    const about = { title: aboutOf(visit), said: findingWords(visit, finding) }
    return this.save(visitOp(await this.by(), { id: visit.id, about }, result, photos), draft)
  }

  private later(): number {
    this.clock += STEP_MS
    return this.clock
  }

  private async by() {
    return { author: this.signedIn.person.id, now: this.clock, exchange: await this.localStore.meta('exchange') }
  }

  private ops(): Promise<OpRow[]> {
    return this.localStore.ops(this.signedIn.person.id)
  }

  private photos(): Promise<PhotoRow[]> {
    return this.localStore.photos(this.signedIn.person.id)
  }

  /** One of the records made here or pulled: the version seen, and the own ops an operation follows. */
  private async seen(which: number): Promise<{ id: string; version: number; after: string[] } | null> {
    const ops = (await this.ops()).sort((a, b) => a.made_at - b.made_at)
    const copies = (await this.localStore.pulled<Observation>('records')).filter((copy) => copy.state !== 'withdrawn')
    copies.sort((a, b) => (a.received_at < b.received_at ? -1 : a.received_at > b.received_at ? 1 : a.captured_at < b.captured_at ? -1 : 1))
    const created = ops.filter((op) => op.kind === OpKind.OBSERVATION_CREATE).map((op) => op.entity_id)
    const signedIn = [...new Set([...created, ...copies.map((copy) => copy.id)])]
    const id = signedIn[which % Math.max(1, signedIn.length)]
    if (id === undefined) return null
    const own = ops.filter((op) => op.entity_id === id)
    const versions = own.filter((op) => op.state === 'accepted').map((op) => op.version ?? 1)
    const copy = copies.find((one) => one.id === id)
    return { id, version: Math.max(1, copy?.version ?? 1, ...versions), after: toFollow(own) }
  }

  private async take(draft_id: string, shots: readonly Shot[]): Promise<PhotoRow[]> {
    const [author, at] = [this.signedIn.person.id, this.clock]
    await this.localStore.saveDraft({ draft_id, author, kind: 'observation', task_id: null, started_at: at, updated_at: at, fields: emptyFields() })
    for (const shot of shots) {
      const bytes = Uint8Array.from(Buffer.from(shot.base64, 'base64')).buffer
      const photo_id = uuid7(this.later())
      const declaration = { ...(await declared(photo_id, bytes, this.clock)), role: shot.role }
      await this.localStore.addPhoto(heldPhoto(this.signedIn.person.id, draft_id, declaration, this.clock), bytes)
    }
    return this.localStore.draftPhotos(draft_id)
  }

  /** null: the same step is made already and waits. */
  private async save(op: OpRow, draft: string | null): Promise<OpContent | null> {
    try {
      await this.localStore.saveOp(op, draft)
    } catch (error) {
      if (error instanceof SavedElsewhere) return null
      throw error
    }
    this.saved[op.op_id] = op.content.photos.map((photo) => photo.photo_id)
    return op.content
  }

  // --- one cycle --------------------------------------------------------------------------------

  async sync(seconds: number, killAt: number | null): Promise<string> {
    this.clock += seconds * 1000
    this.beatsLeft = killAt
    const death = new Promise<'killed'>((resolve) => {
      this.dies = () => resolve('killed')
    })
    const cycle = syncOnce({ localStore: this.localStore, transport: this.transport(), now: () => this.clock, random: () => this.random() })
    const outcome = await Promise.race([death, cycle.then(inWords)])
    this.beatsLeft = null
    if (outcome === 'killed') {
      await silence()
      await settled()
      this.line = Promise.resolve()
      this.wake()
      reviveNetwork()
    }
    await this.remember()
    return outcome
  }

  /** The transport over HTTP as it is; only that photos are sent one after the other, so that a seed determines all. */
  private transport(): Transport {
    const over = httpTransport((token) => createApi({ token: () => token, fetch: fetchHere }), uploadByTus)
    const inTurn = async (work: () => Promise<void>): Promise<void> => {
      const before = this.line
      let done = (): void => undefined
      this.line = new Promise<void>((resolve) => {
        done = resolve
      })
      await before
      try {
        await work()
      } finally {
        void settled().then(done)
      }
    }
    return { ...over, upload: (upload, token) => inTurn(() => over.upload(upload, token)) }
  }

  /** A small generator of its own: chance must be the same in every run. */
  private random(): number {
    this.chance = (this.chance * 1_103_515_245 + 12_345) % 2_147_483_648
    return this.chance / 2_147_483_648
  }

  /** Every final answer the phone received, whatever becomes of the row later. */
  private async remember(): Promise<void> {
    for (const op of await this.ops()) if (op.answered_at !== null) this.toldOps[op.op_id] = op.state
    for (const photo of await this.photos()) {
      if (photo.state === 'stored') this.toldPhotos[photo.photo_id] = 'stored'
      if (photo.state === 'rejected') this.toldPhotos[photo.photo_id] = `rejected:${photo.problem}`
    }
  }

  // --- for the checker --------------------------------------------------------------------------

  async dump(quiet: boolean): Promise<unknown> {
    const photos: Record<string, unknown> = {}
    for (const photo of await this.photos()) {
      const bytes = await this.localStore.bytes(photo.photo_id)
      photos[photo.photo_id] = {
        state: photo.state,
        sha256: photo.declaration.sha256,
        bytes: photo.declaration.bytes,
        op_id: photo.op_id,
        stored_at: photo.stored_at,
        held: bytes !== null && (await sha256(bytes)) === photo.declaration.sha256,
      }
    }
    const ops = await this.ops()
    const records = await this.localStore.pulled<Observation>('records')
    const visits = await this.localStore.pulled<AssignedVisit>('visits')
    return {
      device_id: this.signedIn.device_id,
      person_id: this.signedIn.person.id,
      ops: Object.fromEntries(ops.map((op) => [op.op_id, { state: op.state, content: JSON.parse(op.frozen ?? canonical(op.content)) as unknown }])),
      photos,
      saved: this.saved,
      told: { ops: this.toldOps, photos: this.toldPhotos },
      records: Object.fromEntries(
        records.map((row) => [row.id, { version: row.version, state: row.state, task_state: row.task?.state ?? null }]),
      ),
      visits: Object.fromEntries(visits.map((row) => [row.id, row.version])),
      whole: true,
      quiet,
    }
  }

  async end(): Promise<void> {
    await this.localStore.db.destroy()
  }
}

/** The outcome in the words of the histories. */
function inWords(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'done':
      return `done, ${outcome.left} left`
    case 'sign-in-again':
      return 'sign in again'
    case 'later':
      return `later: ${outcome.problem.status}`
    default:
      return outcome.kind
  }
}
