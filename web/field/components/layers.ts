/**
 * Open sheets and the browser's history: each sheet has an entry of its own above that of its screen, so that
 * every way of going back (button of the phone, of the browser, a swipe, the arrow of a screen) closes the
 * topmost sheet first. The router never learns of these entries.
 */
import { nextTick, onBeforeUnmount, onMounted } from 'vue'
import type { RouteLocationNormalized, Router } from 'vue-router'

interface Layer {
  readonly close: () => void
}

/** What the history says of an entry: the address it lies over, and how many sheets are open on it. */
interface Mark {
  readonly href: string
  readonly depth: number
}

/** A browser that does not tell that it went back holds nothing up for longer. */
const LEAVING_MS = 5_000

/** Topmost last. */
const layers: Layer[] = []
/** How many entries lie above that of the screen. */
let entries = 0
/** The address of the screen. */
let screen = ''
/** While the app itself takes entries off: nothing is closed by that. */
interface Leaving {
  readonly done: Promise<void>
  readonly left: () => void
}
let leaving: Leaving | null = null
/** Where the router is going, until it is there. */
let navigating: RouteLocationNormalized | null = null
let planned = false
let listening = false

function depthHere(): number {
  const mark = (history.state as { readonly sheet?: Mark } | null)?.sheet
  return mark?.href === location.href ? mark.depth : 0
}

/** One sheet closed and another opened in one go need nothing: compared when all is drawn. */
function plan(): void {
  if (planned) return
  planned = true
  queueMicrotask(() => {
    planned = false
    if (navigating === null && leaving === null) fit()
  })
}

/** As many entries as there are sheets. */
function fit(): void {
  screen = location.href
  // A page that was killed over an open sheet comes back on its entry.
  entries = depthHere()
  while (entries < layers.length) {
    entries += 1
    history.pushState({ ...(history.state as object | null), sheet: { href: screen, depth: entries } satisfies Mark }, '')
  }
  if (entries > layers.length) void leave(entries - layers.length)
}

/** Take entries off the history; resolves when the browser has done so. One step back at a time: a second one asked
 * for before the browser has answered the first would leave the screen. */
function leave(count: number): Promise<void> {
  if (leaving) return leaving.done
  let left = (): void => undefined
  const done = new Promise<void>((resolve) => {
    const end = (): void => {
      leaving = null
      entries = depthHere()
      resolve()
    }
    // Not asked for again: the answer may still come.
    const timer = setTimeout(end, LEAVING_MS)
    left = () => {
      clearTimeout(timer)
      end()
      plan()
    }
  })
  leaving = { done, left }
  history.go(-count)
  return done
}

/** Before the router's own listener, which would take it for a change of screen. */
function popped(event: PopStateEvent): void {
  if (leaving) {
    event.stopImmediatePropagation()
    leaving.left()
    return
  }
  const [depth, before] = [depthHere(), entries]
  entries = depth
  if (location.href !== screen || (depth === 0 && before === 0)) return
  event.stopImmediatePropagation()
  if (depth > layers.length) void leave(depth - layers.length)
  while (layers.length > depth) closeTop()
}

/** Each sheet closes when it is told to, or its whole screen does. */
function closeTop(): void {
  layers.pop()?.close()
}

/** Called before the router is made: of the listeners of a window the first that was added hears first. */
export function hearBackFirst(): void {
  if (listening) return
  listening = true
  window.addEventListener('popstate', popped)
}

/** A screen opened from a sheet follows the screen below it; a sheet that stays open gets its entry again. */
export function guardSheets(router: Router): void {
  // A navigation that another one has overtaken settles too.
  const settled = (to: RouteLocationNormalized): void => {
    if (navigating === to) navigating = null
    void nextTick(plan)
  }
  router.beforeEach(async (to) => {
    navigating = to
    await leaving?.done
    if (entries > 0 && depthHere() > 0) await leave(depthHere())
  })
  router.afterEach(settled)
  router.onError((_error, to) => settled(to))
}

/** The router is on its way to another screen or address. */
export const isNavigating = (): boolean => navigating !== null

/** Going back closes this sheet while it is on top. */
export function closedByBack(close: () => void): void {
  const layer: Layer = { close }
  onMounted(() => {
    hearBackFirst()
    layers.push(layer)
    plan()
  })
  onBeforeUnmount(() => {
    const at = layers.indexOf(layer)
    if (at >= 0) layers.splice(at, 1)
    plan()
  })
}

/** Close the topmost sheet, if there is one. */
export function closedASheet(): boolean {
  if (layers.length === 0) return false
  if (depthHere() > 0) history.back()
  else closeTop()
  return true
}
