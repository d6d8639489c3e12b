/**
 * The phone's own queue without its screens, for a page that `tests/reliability/goodput.py` opens in a real
 * browser: same local store, same cycle, same uploads. In no bundle of the product.
 */
import { createApi } from '@shared/api/client'
import { uuid7 } from '@shared/api/uuid7'

import { Database } from '../field/core/store/database'
import { LocalStore } from '../field/core/store/localStore'
import type { DraftFields } from '../field/core/model/rows'
import { httpTransport, type Tokens } from '../field/core/sync/transport'
import { declared } from '../field/core/testing/phone'
import { emptyFields, heldPhoto, observationOp } from '../field/core/model/make'
import { startRunner } from '../field/core/sync/runner'
import { uploadByTus } from '../field/core/sync/upload'

const localStore = new LocalStore(new Database('goodput'))
const makeApi = (token: string | null) => createApi({ token: () => token })
const FIELDS: DraftFields = { ...emptyFields(), category: 'MQ0201' }

export async function signIn(login: string, password: string): Promise<void> {
  const device = await localStore.device(() => ({ id: uuid7(), name: 'goodput' }))
  const answer = await makeApi(null).post<Tokens>('/sessions', { login, password, device })
  await localStore.signIn({ ...answer, signed_in_at: Date.now() })
}

/** Saves a record with these photos (base64), as the form does. */
export async function save(photos: readonly string[]): Promise<void> {
  const author = (await localStore.session())!.person.id
  const draft_id = uuid7()
  const at = Date.now()
  await localStore.saveDraft({ draft_id, author, kind: 'observation', task_id: null, started_at: at, updated_at: at, fields: FIELDS })
  for (const photo of photos) {
    const bytes = Uint8Array.from(atob(photo), (character) => character.charCodeAt(0)).buffer
    const now = Date.now()
    const row = heldPhoto(author, draft_id, await declared(uuid7(now), bytes, now), now)
    await localStore.addPhoto(row, bytes)
  }
  const op = observationOp({ author, now: Date.now(), exchange: null }, draft_id, FIELDS, await localStore.draftPhotos(draft_id))
  await localStore.saveOp(op, draft_id)
}

/** Runs the queue until receipts name every photo, or for so long; tells how many they name, and after how many cycles. */
export async function send(mostMs: number): Promise<{ stored: number; cycles: number }> {
  const author = (await localStore.session())!.person.id
  const count = async (): Promise<{ stored: number; all: number }> => {
    const photos = await localStore.photos(author)
    return { stored: photos.filter((photo) => photo.state === 'stored').length, all: photos.length }
  }
  return new Promise((resolve) => {
    let cycles = 0
    let wasRunning = false
    const look = async (atLast: boolean): Promise<void> => {
      const { stored, all } = await count()
      if (stored < all && !atLast) return
      clearTimeout(deadline)
      runner.stop()
      resolve({ stored, cycles })
    }
    const runner = startRunner({
      localStore,
      transport: httpTransport(makeApi, uploadByTus),
      changed: (state) => {
        if (state.running && !wasRunning) cycles += 1
        wasRunning = state.running
        if (state.progress?.phase === 'pull' || !state.running) void look(false)
      },
    })
    const deadline = setTimeout(() => void look(true), mostMs)
    runner.requestSync()
  })
}
