/** The console's clock: the server's time, moving on by itself so that 还剩 and 已超 stay true. */
import { readonly, shallowRef } from 'vue'

let offset = 0
const ticking = shallowRef(new Date())

function tick(): void {
  ticking.value = new Date(Date.now() + offset)
}

setInterval(tick, 20_000)

/** Now, by the server's clock; screens that read it are drawn again as time passes. */
export const now = readonly(ticking)

/** A computer whose own clock is wrong must not show wrong deadlines. */
export function setByServer(serverNow: string | undefined): void {
  if (!serverNow) return
  offset = Date.parse(serverNow) - Date.now()
  tick()
}
