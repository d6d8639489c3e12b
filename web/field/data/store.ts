/** The one local store of this page, over this phone's database; every write is announced to all tabs. */
import { shallowRef } from 'vue'

import { announce } from '../core/store/changes'
import { Database, type ConnectionState } from '../core/store/database'
import { LocalStore } from '../core/store/localStore'
import { browserReplica } from '../core/store/replica'

/** Whether another window stands between this page and its database. */
export const connectionState = shallowRef<ConnectionState>('open')

const database = new Database('inspect-field', (now) => {
  connectionState.value = now
})

export const localStore = new LocalStore(database, ({ stores }) => announce(stores), browserReplica())
