/** A model of the server for tests of the queue: the contract of the sync protocol in memory, and a bad network. */
import { Refused, Unreachable } from '@shared/api/client'
import type { Collection } from '@shared/contract/vocabulary'
import { parseProblem } from '@shared/api/problem'
import type { Change, OpResult, Person, PullAnswer, PushAnswer, ReceiptsAnswer } from '@shared/api/types'

import { canonical, sha256 } from '../model/canonical'
import type { Batch, Transport, Tokens, Upload } from '../sync/transport'

export const CHEN: Person = {
  id: '01900000-0000-7000-8000-000000000001',
  name: '小陈',
  login: 'chen',
  role: 'observer',
  scope: { level: 'self', id: null, name: null },
  unit: null,
  district: null,
}

/** What may happen to one exchange. `lost-reply`: the server did it, the phone never hears. */
export type Fault =
  | 'none'
  | 'network'
  | 'lost-reply'
  | 'stranger'
  | 'timeout'
  | 500
  | 503
  | 429
  | 408
  | 401
  | 403

interface KeptOp {
  readonly by: string
  readonly content: string
  readonly result: OpResult
  applied: number
}

interface KeptPhoto {
  state: 'declared' | 'partial' | 'stored' | 'rejected'
  sha256: string
  bytes: number
  got: number
}

export class ModelServer implements Transport {
  readonly ops = new Map<string, KeptOp>()
  readonly photos = new Map<string, KeptPhoto>()
  readonly faults: Fault[] = []
  readonly calls: string[] = []
  readonly pushed: Batch[] = []
  /** Ops named here meet this instead of being accepted. */
  readonly verdicts = new Map<string, (batch: Batch) => OpResult['status'] | number>()
  readonly rejectedPhotos = new Set<string>()
  readonly changes: Change[] = []
  /** Pages larger than this never come through in time. */
  slowAbove = Infinity
  /** People beside 小陈 who have a session, by their tokens. */
  private saved: { ops: Map<string, KeptOp>; photos: Map<string, KeptPhoto>; at: string | null } = { ops: new Map(), photos: new Map(), at: null }
  private readonly others = new Map<string, Person>()
  private readonly disabled = new Set<string>()
  epoch = 'first'
  backedUpTo: string | null = null
  accessToken = 'access-1'
  refreshToken = 'refresh-1'
  uploadsRunning = 0
  mostUploads = 0
  /** With `crowd(n)` the first uploads wait until n of them run at once. */
  private crowded: { readonly size: number; readonly here: Promise<void>; readonly open: () => void } | null = null

  constructor(readonly now: () => number) {}

  /** The tokens in force of a person, as signing in would give them. */
  tokensOf(person: Person): { access: string; refresh: string } {
    if (person.id === CHEN.id) return { access: this.accessToken, refresh: this.refreshToken }
    this.others.set(`access of ${person.login}`, person)
    this.others.set(`refresh of ${person.login}`, person)
    return { access: `access of ${person.login}`, refresh: `refresh of ${person.login}` }
  }

  /** 吊销: the device's session is gone; its tokens are as good as none. */
  revoke(): void {
    this.accessToken = `${this.accessToken} revoked`
    this.refreshToken = `${this.refreshToken} revoked`
  }

  /** 停用: the person may not do anything any more. */
  disable(person: Person): void {
    this.disabled.add(person.id)
  }

  private whoHas(token: string): Person | null {
    return token === this.accessToken || token === this.refreshToken ? CHEN : (this.others.get(token) ?? null)
  }

  private get serverNow(): string {
    return new Date(this.now()).toISOString()
  }

  private about(): { server_now: string; epoch: string; backed_up_to: string | null } {
    return { server_now: this.serverNow, epoch: this.epoch, backed_up_to: this.backedUpTo }
  }

  /** Let the next fault happen around what the server does. */
  private async exchange<T>(name: string, token: string | null, work: () => T | Promise<T>): Promise<T> {
    this.calls.push(name)
    const fault = this.faults.shift() ?? 'none'
    if (fault === 'network' || fault === 'timeout' || fault === 'stranger') throw new Unreachable(fault)
    if (typeof fault === 'number') throw refused(fault, `http-${fault}`)
    if (token !== null) {
      const person = this.whoHas(token)
      if (!person) throw refused(401, 'not-signed-in')
      if (this.disabled.has(person.id)) throw refused(403, 'disabled')
    }
    const answer = await work()
    if (fault === 'lost-reply') throw new Unreachable('network')
    return answer
  }

  refresh(refreshToken: string): Promise<Tokens> {
    return this.exchange('refresh', null, () => {
      const person = this.whoHas(refreshToken)
      if (!person) throw refused(401, 'not-signed-in')
      if (person.id !== CHEN.id) {
        const { access, refresh } = this.tokensOf(person)
        return { access_token: access, expires_at: new Date(this.now() + 3_600_000).toISOString(), refresh_token: refresh, person }
      }
      this.accessToken = `${this.accessToken}+`
      return {
        access_token: this.accessToken,
        expires_at: new Date(this.now() + 3_600_000).toISOString(),
        refresh_token: this.refreshToken,
        person: CHEN,
      }
    })
  }

  push(batch: Batch, token: string): Promise<PushAnswer> {
    return this.exchange('push', token, () => {
      this.pushed.push(batch)
      if (batch.epoch !== null && batch.epoch !== this.epoch) throw refused(409, 'epoch-mismatch')
      for (const op of batch.ops) {
        const verdict = this.verdicts.get(op.op_id as string)?.(batch)
        if (typeof verdict === 'number') throw refused(verdict, `http-${verdict}`)
      }
      return { ...this.about(), results: batch.ops.map((op) => this.receive(op, batch, this.whoHas(token)!.id)) }
    })
  }

  private receive(raw: Record<string, unknown>, batch: Batch, by: string): OpResult {
    const op_id = raw.op_id as string
    const content = canonical({ ...raw, clock: undefined })
    const earlier = this.ops.get(op_id)
    if (earlier) {
      if (earlier.content !== content) throw new Error('the same op_id came with other content')
      const status = earlier.result.status === 'accepted' ? 'duplicate' : earlier.result.status
      return { ...earlier.result, status, wanted: this.wantedOf(raw) }
    }
    const status = (this.verdicts.get(op_id)?.(batch) ?? 'accepted') as OpResult['status']
    if (status === 'deferred') return { op_id, status, retry_after: 1, wanted: [] }
    for (const photo of raw.photos as { photo_id: string; sha256: string; bytes: number }[]) {
      if (!this.photos.has(photo.photo_id)) {
        this.photos.set(photo.photo_id, { state: 'declared', sha256: photo.sha256, bytes: photo.bytes, got: 0 })
      }
    }
    const settled = status === 'accepted' ? null : parseProblem(409, { type: `/problems/${status}`, title: status })
    const result: OpResult = { op_id, status, version: 1, wanted: [], ...(settled && { problem: settled }) }
    this.ops.set(op_id, { by, content, result, applied: 1 })
    return { ...result, wanted: this.wantedOf(raw) }
  }

  private wantedOf(raw: Record<string, unknown>): string[] {
    return (raw.photos as { photo_id: string }[])
      .map((photo) => photo.photo_id)
      .filter((id) => !['stored', 'rejected'].includes(this.photos.get(id)?.state ?? 'declared'))
  }

  receipts(ask: { ops: readonly string[]; photos: readonly string[] }, token: string): Promise<ReceiptsAnswer> {
    return this.exchange('receipts', token, () => ({
      ...this.about(),
      ops: Object.fromEntries(ask.ops.map((id) => [id, this.ops.get(id)?.result.status ?? 'unknown'])),
      photos: Object.fromEntries(
        ask.photos.map((id) => {
          const photo = this.photos.get(id)
          if (!photo) return [id, 'unknown']
          if (photo.state === 'partial') return [id, `partial:${photo.got}`]
          return [id, photo.state === 'rejected' ? 'rejected:not-an-image' : photo.state]
        }),
      ),
    }))
  }

  pull(cursor: string | null, token: string, limit = Infinity): Promise<PullAnswer> {
    return this.exchange('pull', token, () => {
      if (limit > this.slowAbove) throw new Unreachable('timeout')
      const [epoch, seq] = cursor?.split('.') ?? [this.epoch, '0']
      if (epoch !== this.epoch) throw refused(409, 'cursor-invalid')
      const rest = this.changes.filter((change) => change.seq > Number(seq))
      const page = rest.slice(0, 2)
      return {
        ...this.about(),
        changes: page,
        cursor: `${this.epoch}.${page.at(-1)?.seq ?? seq}`,
        more: rest.length > page.length,
        reset: [],
      }
    })
  }

  crowd(size: number): void {
    let open = (): void => undefined
    const here = new Promise<void>((resolve) => {
      open = resolve
    })
    this.crowded = { size, here, open }
  }

  async upload({ declaration, bytes, progress }: Upload, token: string): Promise<void> {
    this.uploadsRunning += 1
    this.mostUploads = Math.max(this.mostUploads, this.uploadsRunning)
    if (this.uploadsRunning === this.crowded?.size) this.crowded.open()
    await this.crowded?.here
    try {
      await this.exchange('upload', token, async () => {
        const { photo_id } = declaration
        const photo = this.photos.get(photo_id) ?? { state: 'declared', sha256: declaration.sha256, bytes: declaration.bytes, got: 0 }
        this.photos.set(photo_id, photo)
        if (photo.state === 'stored') return
        progress(bytes.byteLength)
        if ((await sha256(bytes)) !== photo.sha256) throw refused(460, 'hash-mismatch')
        photo.got = bytes.byteLength
        photo.state = this.rejectedPhotos.has(photo_id) ? 'rejected' : 'stored'
      })
    } finally {
      this.uploadsRunning -= 1
    }
  }

  /** A backup is taken and verified: what is here now will be there after any restore. */
  backUp(): void {
    this.backedUpTo = this.serverNow
    this.saved = { ops: new Map(this.ops), photos: new Map([...this.photos].map(([id, photo]) => [id, { ...photo }])), at: this.backedUpTo }
  }

  /** The last backup is put back, or a machine with nothing on it. */
  restoreBackup(): void {
    const { ops, photos, at } = this.saved
    this.epoch = `${this.epoch}'`
    this.backedUpTo = at
    this.ops.clear()
    this.photos.clear()
    for (const [id, op] of ops) this.ops.set(id, op)
    for (const [id, photo] of photos) this.photos.set(id, { ...photo })
  }

  /** A backup is put back: whatever came since then was never here. */
  restore(keepOps: ReadonlySet<string>, keepPhotos: ReadonlySet<string>): void {
    this.epoch = `${this.epoch}'`
    for (const id of this.ops.keys()) if (!keepOps.has(id)) this.ops.delete(id)
    for (const id of this.photos.keys()) if (!keepPhotos.has(id)) this.photos.delete(id)
  }

  tell(collection: Collection, id: string, data: unknown, op: 'put' | 'del' = 'put'): void {
    this.changes.push({ seq: this.changes.length + 1, collection, id, op, version: 1, data })
  }
}

export function refused(status: number, slug: string, retryAfter: number | null = null): Refused {
  return new Refused(parseProblem(status, { type: `/problems/${slug}`, slug, title: slug }), retryAfter, null)
}
