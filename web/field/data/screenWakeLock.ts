/** Keeps the screen on while something is being sent, and no longer; a phone that sleeps stops half way. */

/** The work's own result; the screen may sleep again when it ends, however it ends. */
export async function awakeDuring<T>(work: () => Promise<T>): Promise<T> {
  const locks: WakeLockSentinel[] = []
  let ended = false
  const release = async (): Promise<void> => {
    for (const lock of locks.splice(0)) await lock.release().catch(() => undefined)
  }
  // The browser lets go whenever the page is hidden: taken again when the person looks again.
  const hold = async (): Promise<void> => {
    if (document.visibilityState !== 'visible' || locks.some((lock) => !lock.released)) return
    const lock = await navigator.wakeLock?.request('screen').catch(() => null)
    if (lock) locks.push(lock)
    if (ended) await release()
  }
  const onVisible = (): void => void hold()
  document.addEventListener('visibilitychange', onVisible)
  await hold()
  try {
    return await work()
  } finally {
    ended = true
    document.removeEventListener('visibilitychange', onVisible)
    await release()
  }
}
