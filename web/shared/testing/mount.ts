/** Mounts a component for a test, with pinia and a router in memory; finds things by `data-testid`. For tests only. */
import { createPinia, type Pinia, setActivePinia } from 'pinia'
import { type App, type Component, createApp, h } from 'vue'
import { createMemoryHistory, createRouter, type Router, type RouteRecordRaw, RouterView } from 'vue-router'

export interface Mounted {
  readonly app: App
  readonly pinia: Pinia
  readonly router: Router
  readonly root: HTMLElement
  readonly unmount: () => void
}

const nowhere: Component = { render: () => null }

/** A pinia that the component and the test share; made before the component where a store must be filled first. */
export function freshPinia(): Pinia {
  const pinia = createPinia()
  setActivePinia(pinia)
  return pinia
}

/** The component at this address; every other address is a blank page. */
export async function mountAt(
  address: string,
  routes: readonly RouteRecordRaw[],
  { pinia = freshPinia(), beside }: { readonly pinia?: Pinia; readonly beside?: Component } = {},
): Promise<Mounted> {
  const router = createRouter({ history: createMemoryHistory(), routes: [...routes, { path: '/:rest(.*)*', component: nowhere }] })
  await router.push(address)
  const root = document.createElement('div')
  document.body.append(root)
  const app = createApp({ render: () => [h(RouterView), beside ? h(beside) : null] })
  app.use(pinia).use(router).mount(root)
  return {
    app,
    pinia,
    router,
    root,
    unmount: () => {
      app.unmount()
      root.remove()
    },
  }
}

/** Everything of that name on the page, teleported dialogs too. */
export const all = (testid: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`[data-testid="${testid}"]`)]

export function see(testid: string): HTMLElement {
  const [one] = all(testid)
  if (!one) throw new Error(`${testid} is not on the page`)
  return one
}

/** Types into a field, or the field inside a wrapper of that name. */
export function type(testid: string, text: string): void {
  const named = see(testid)
  const field = named.matches('input, textarea') ? named : named.querySelector('input, textarea')!
  ;(field as HTMLInputElement).value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

/** A key pressed on the page, wherever the focus is. */
export function press(key: string, more: KeyboardEventInit = {}): void {
  ;(document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
}
