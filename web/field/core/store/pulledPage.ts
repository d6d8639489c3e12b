/** Writes one page of pulled changes into its tables; knows IndexedDB transactions only. */
import { Collection } from '@shared/contract/vocabulary'
import type { Change, Person } from '@shared/api/types'

import type { PullPosition } from '../model/rows'
import type { PulledStore, Writing } from './database'

export const START: PullPosition = { cursor: null, pulled: 0, rebuilding: {} }

const STORE_OF: Readonly<Partial<Record<Collection, PulledStore>>> = {
  [Collection.OBSERVATIONS]: 'records',
  [Collection.TASKS]: 'tasks',
  [Collection.POINTS]: 'points',
  [Collection.SHOPS]: 'shops',
  [Collection.CATEGORIES]: 'categories',
  [Collection.UNITS]: 'units',
  [Collection.CALENDAR]: 'calendar',
  [Collection.NOTICES]: 'notices',
  [Collection.VISITS]: 'visits',
  [Collection.PAST_TASKS]: 'past_tasks',
}

export interface PulledPage {
  readonly changes: readonly Change[]
  readonly cursor: string
  readonly more: boolean
  readonly reset: readonly Collection[]
}

/** False when the pull it belongs to is no longer the one that stands; see `LocalStore.applyPage`. */
export async function writePage(
  tx: Writing,
  person: string,
  { from, page, now }: { readonly from: PullPosition; readonly page: PulledPage; readonly now: string },
): Promise<boolean> {
  const meta = tx.objectStore('meta')
  const stands = ((await meta.get('position')) as PullPosition | undefined) ?? START
  if ((await meta.get('pulled_for')) !== person || stands.cursor !== from.cursor || stands.pulled !== from.pulled) return false
  const fresh = from.cursor === null
  const pulled = fresh || page.reset.length > 0 ? from.pulled + 1 : from.pulled
  const rebuilding: Partial<Record<Collection, number>> = { ...from.rebuilding }
  for (const collection of fresh ? (Object.keys(STORE_OF) as Collection[]) : page.reset) rebuilding[collection] = pulled

  for (const change of page.changes) {
    if (change.collection === Collection.PEOPLE) {
      const session = await tx.objectStore('session').get('current')
      if (change.op === 'put' && session?.person.id === change.id) {
        await tx.objectStore('session').put({ ...session, person: change.data as Person }, 'current')
      }
      continue
    }
    const name = STORE_OF[change.collection]
    if (!name) continue // a collection of a newer server
    if (change.op === 'del') await tx.objectStore(name).delete(change.id)
    else await tx.objectStore(name).put({ id: change.id, version: change.version, pulled, data: change.data })
  }

  if (!page.more) {
    // Old rows served until the new copy was whole; only now do the vanished ones go.
    for (const [collection, since] of Object.entries(rebuilding)) {
      const name = STORE_OF[collection as Collection]
      if (!name) continue
      const store = tx.objectStore(name)
      for (const row of await store.getAll()) if (row.pulled < since) await store.delete(row.id)
    }
    await meta.put(now, 'pulled_at')
  }
  await meta.put({ cursor: page.cursor, pulled, rebuilding: page.more ? rebuilding : {} }, 'position')
  return true
}
