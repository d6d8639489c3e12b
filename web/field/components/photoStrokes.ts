/** What reviewers drew over photos 圈注, step by step, the newest first. Pure but for the language. */
import { PhotoRole } from '@shared/contract/vocabulary'
import type { TaskEvent } from '@shared/api/types'
import { say } from '@shared/i18n/language'

import { moveWords } from '../data/taskHistory'
import type { GridPhoto } from './PhotoGrid.vue'

export interface DrawnOver {
  readonly key: string
  readonly title: string
  readonly photos: readonly GridPhoto[]
}

/** `photos`: those of the case this phone can name; another one is requested by its id. */
export function drawnOver(events: readonly Pick<TaskEvent, 'move' | 'at' | 'annotations'>[], photos: readonly GridPhoto[]): DrawnOver[] {
  const byId = new Map(photos.map((photo) => [photo.id, photo]))
  return events
    .filter((event) => event.annotations?.length)
    .map((event) => ({
      key: event.at,
      title: say(`圈注 · ${moveWords(event.move)}`, `Drawn on · ${moveWords(event.move)}`),
      photos: event.annotations!.map((one) => ({
        ...(byId.get(one.photo_id) ?? { id: one.photo_id, here: false, role: PhotoRole.SCENE, takenAt: null, place: null }),
        strokes: one.strokes,
      })),
    }))
    .reverse()
}
