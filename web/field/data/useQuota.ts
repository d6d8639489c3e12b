/** The room on the phone as a value that follows what is stored. */
import { onScopeDispose, type Ref, shallowRef } from 'vue'

import { listen } from '../core/store/changes'
import type { Room } from '../core/store/quota'
import { roomLeft } from './quota'

/** The browser's estimate is not free of charge: not for every row. */
const AGAIN_MS = 5_000

export function useRoom(): Readonly<Ref<Room | null>> {
  const room = shallowRef<Room | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = (): void => {
    timer = undefined
    roomLeft()
      .then((found) => {
        room.value = found
      })
      .catch((error: unknown) => console.error('room', error))
  }
  const stop = listen((news) => {
    if (news.has('photos') && timer === undefined) timer = setTimeout(look, AGAIN_MS)
  })
  look()
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
  })
  return room
}
