/** The browser's offer to put the page on the home screen: kept until the person wants it. */
import { shallowRef } from 'vue'

interface InstallOffer extends Event {
  prompt(): Promise<unknown>
}

export const installOffer = shallowRef<InstallOffer | null>(null)

/** Opened from the home screen: nothing to offer any more. */
export const isInstalled = (): boolean => window.matchMedia('(display-mode: standalone)').matches

export function watchForInstall(): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    // Asked where it makes sense (我的), not over somebody's work.
    event.preventDefault()
    installOffer.value = event as InstallOffer
  })
  window.addEventListener('appinstalled', () => {
    installOffer.value = null
  })
}

export async function install(): Promise<void> {
  const offer = installOffer.value
  installOffer.value = null
  await offer?.prompt()
}
