/** The one ledger of this page, over this phone's database; every write is told to all tabs. */
import { tellAll } from './changes'
import { Database } from './database'
import { Ledger } from './ledger'

export const ledger = new Ledger(new Database(), ({ stores }) => tellAll(stores))
