/**
 * 抢救导出: one person's outbox as a zip, for an admin to bring in where this phone cannot send it.
 * Only reads: nothing is frozen, marked or freed by an export. Loaded when somebody asks for one.
 */
import { uuid7 } from '@shared/api/uuid7'
import { fileStamp } from '@shared/time/format'
import { Zip, ZipPassThrough } from 'fflate'

import type { LocalStore } from '../store/localStore'
import type { DraftRow, OpRow, PhotoRow } from '../model/rows'
import { sha256 } from '../model/canonical'
import { FORMAT, type Manifest, type PackedFile, type PackedPhoto, VERSION } from './manifest'
import { describe, explain, type Names } from './rescuePage'
import { onTheWire } from '../model/rules'

export interface RescueRequest {
  readonly person: { readonly id: string; readonly name: string }
  readonly deviceId: string
  readonly appVersion: string
  readonly now: number
  /** Also what was delivered and still lies here: for a phone about to be wiped before a backup. */
  readonly delivered: boolean
  readonly names: Names
  /** Called after each photo with how many are packed, of how many. */
  readonly progress?: (done: number, of: number) => void
}

export interface Rescue {
  readonly name: string
  readonly zip: Blob
  readonly manifest: Manifest
}

/** A declared photo and the row that should hold it; a row may be gone, the declaration never is. */
interface Claim {
  readonly declaration: PhotoRow['declaration']
  readonly op_id: string | null
  readonly draft_id: string | null
}

const EXTENSIONS: Readonly<Record<string, string>> = { 'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp' }

/** Pack one person's outbox. Fails only when the database itself cannot be read. */
export async function makeRescue(localStore: LocalStore, request: RescueRequest): Promise<Rescue> {
  const photos = await localStore.photos(request.person.id)
  const ops = (await localStore.ops(request.person.id))
    .filter((op) => request.delivered || !isDelivered(op, photos))
    // The oldest first: what follows an op stands behind it.
    .sort((a, b) => a.made_at - b.made_at || (a.op_id < b.op_id ? -1 : 1))
  const drafts = (await localStore.drafts(request.person.id)).filter((draft) => holdsAnything(draft, photos))
  const claims: Claim[] = [
    ...ops.flatMap((op) => op.content.photos.map((declaration) => ({ declaration, op_id: op.op_id, draft_id: null }))),
    ...drafts.flatMap((draft) => heldBy(draft, photos).map(({ declaration }) => ({ declaration, op_id: null, draft_id: draft.draft_id }))),
  ]

  const zip = new Packing(request.now)
  await zip.add('ops.json', json(ops.map(onTheWire)))
  await zip.add('drafts.json', json(drafts.map((draft) => ({ ...draft, photos: heldBy(draft, photos).map((photo) => photo.declaration) }))))
  const packed: PackedPhoto[] = []
  for (const claim of claims) {
    // One photo in memory at a time: a phone has little of it.
    packed.push(await pack(localStore, zip, claim))
    request.progress?.(packed.length, claims.length)
  }
  const about = { ...request, ops, drafts, photos: packed }
  await zip.add('说明.txt', text(explain(about)))
  await zip.add('记录.html', text(describe(about)))
  const manifest: Manifest = {
    format: FORMAT,
    version: VERSION,
    rescue_id: uuid7(request.now),
    device_id: request.deviceId,
    person: request.person,
    epoch: await localStore.epochOf(request.person.id),
    made_at: new Date(request.now).toISOString(),
    app_version: request.appVersion,
    counts: {
      ops: ops.length,
      drafts: drafts.length,
      photos: packed.filter((photo) => photo.file !== null).length,
      absent: packed.filter((photo) => photo.condition !== 'whole').length,
    },
    files: zip.files,
    photos: packed,
  }
  // Last of all: only now is every file's hash known.
  await zip.add('manifest.json', json(manifest))
  return { name: fileName(request), zip: zip.finish(), manifest }
}

async function pack(localStore: LocalStore, zip: Packing, claim: Claim): Promise<PackedPhoto> {
  const { declaration, op_id, draft_id } = claim
  const { photo_id } = declaration
  const bytes = await localStore.bytes(photo_id).catch((error: unknown) => {
    // Some engines cannot read a damaged row at all; the other photos are worth no less for it.
    console.warn('rescue', photo_id, error)
    return null
  })
  if (bytes === null) {
    return { photo_id, op_id, draft_id, file: null, sha256: declaration.sha256, bytes: declaration.bytes, condition: 'missing' }
  }
  const name = `photos/${photo_id}.${EXTENSIONS[declaration.mime] ?? 'bin'}`
  const file = await zip.add(name, new Uint8Array(bytes))
  const condition = file.sha256 === declaration.sha256 ? 'whole' : 'rotten'
  return { photo_id, op_id, draft_id, file: name, sha256: file.sha256, bytes: file.bytes, condition }
}

/** Nothing of it is left to send, and nothing of it needs anybody. */
function isDelivered(op: OpRow, photos: readonly PhotoRow[]): boolean {
  return op.state === 'accepted' && photos.every((photo) => photo.op_id !== op.op_id || photo.state === 'stored')
}

const heldBy = (draft: DraftRow, photos: readonly PhotoRow[]): PhotoRow[] =>
  photos.filter((photo) => photo.draft_id === draft.draft_id).sort((a, b) => a.added_at - b.added_at)

/** A draft that was only opened holds nothing to save. */
function holdsAnything(draft: DraftRow, photos: readonly PhotoRow[]): boolean {
  const { category, note, address, point_id, shop_id } = draft.fields
  return [category, note, address, point_id, shop_id].some(Boolean) || heldBy(draft, photos).length > 0
}

const text = (words: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(words)
const json = (value: unknown): Uint8Array<ArrayBuffer> => text(JSON.stringify(value))

/** rescue-20260401-1005-小陈.zip in Shanghai: distinguishable in a folder of many. */
function fileName({ now, person }: RescueRequest): string {
  // Signs a file system or a chat program stumbles over are left out.
  const name = person.name.replace(/[\p{C}\s/\\:*?"<>|.]/gu, '').slice(0, 20)
  return `rescue-${fileStamp(now)}${name && `-${name}`}.zip`
}

/** The years a zip can tell; a phone's clock may say anything. */
const FIRST_YEAR = 1980
const LAST_YEAR = 2099

/** A zip being written: photographs do not shrink, so everything is stored as it is. */
class Packing {
  readonly files: PackedFile[] = []
  private readonly packed: Blob[] = []
  private chunks: Uint8Array<ArrayBuffer>[] = []
  private readonly mtime: Date
  private readonly zip = new Zip((error, chunk) => {
    if (error) throw error
    this.chunks.push(chunk as Uint8Array<ArrayBuffer>)
  })

  constructor(now: number) {
    const year = new Date(now).getFullYear()
    this.mtime = year < FIRST_YEAR ? new Date(FIRST_YEAR, 0, 1) : year > LAST_YEAR ? new Date(LAST_YEAR, 0, 1) : new Date(now)
  }

  async add(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<PackedFile> {
    const entry = new ZipPassThrough(name)
    entry.mtime = this.mtime
    this.zip.add(entry)
    entry.push(bytes, true)
    this.handOver()
    const file = { name, bytes: bytes.byteLength, sha256: await sha256(bytes.slice().buffer) }
    this.files.push(file)
    return file
  }

  finish(): Blob {
    this.zip.end()
    this.handOver()
    return new Blob(this.packed, { type: 'application/zip' })
  }

  /** What is written so far becomes the browser's, which may put it on the disk. */
  private handOver(): void {
    this.packed.push(new Blob(this.chunks))
    this.chunks = []
  }
}
