/** Tells this tab and the others which tables changed; screens listen, nothing else travels here. */
import type { Store } from './database'

export type ChangedTable = Store | 'sync'
type Listener = (tables: ReadonlySet<ChangedTable>) => void

const CHANNEL = 'inspect-changes'
const listeners = new Set<Listener>()
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL)
let gathered: Set<ChangedTable> | null = null

channel?.addEventListener('message', (event: MessageEvent<ChangedTable[]>) => collect(event.data))

/** Many writes in a row become one redraw. */
function collect(tables: readonly ChangedTable[]): void {
  if (gathered) {
    for (const one of tables) gathered.add(one)
    return
  }
  gathered = new Set(tables)
  setTimeout(() => {
    const changed = gathered!
    gathered = null
    for (const listener of listeners) listener(changed)
  }, 30)
}

export function announce(tables: readonly ChangedTable[]): void {
  collect(tables)
  channel?.postMessage(tables)
}

export function listen(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
