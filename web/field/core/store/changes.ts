/** Tells this tab and the others which tables changed; screens listen, nothing else travels here. */
import type { Store } from './database'

export type News = Store | 'sync'
type Listener = (news: ReadonlySet<News>) => void

const CHANNEL = 'inspect-changes'
const listeners = new Set<Listener>()
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL)
let gathered: Set<News> | null = null

channel?.addEventListener('message', (event: MessageEvent<News[]>) => hear(event.data))

/** Many writes in a row become one redraw. */
function hear(news: readonly News[]): void {
  if (gathered) {
    for (const one of news) gathered.add(one)
    return
  }
  gathered = new Set(news)
  setTimeout(() => {
    const told = gathered!
    gathered = null
    for (const listener of listeners) listener(told)
  }, 30)
}

export function tellAll(news: readonly News[]): void {
  hear(news)
  channel?.postMessage(news)
}

export function listen(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
