/** The one ledger of this page, over this phone's database; every write is told to all tabs. */
import { shallowRef } from 'vue'

import { tellAll } from '../core/store/changes'
import { Database, type Standing } from '../core/store/database'
import { Ledger } from '../core/store/localStore'
import { twinHere } from '../core/store/replica'

/** Whether another window stands between this page and its database. */
export const standing = shallowRef<Standing>('open')

const database = new Database('inspect-field', (now) => {
  standing.value = now
})

export const ledger = new Ledger(database, ({ stores }) => tellAll(stores), twinHere())
