/** The console's one cache of photo addresses, and the fetching ahead of a photograph. */
import { photoLink } from '../api/calls'
import { LinkCache } from './linkCache'

export const photoLinks = new LinkCache(photoLink)

/** Loads a review copy into the browser's cache; a failure here is nobody's trouble yet. */
export async function loadAhead(photoId: string): Promise<void> {
  try {
    const picture = new Image()
    picture.src = await photoLinks.urlOf(photoId, 'review')
    await picture.decode()
  } catch {
    // The pane that needs it will ask again and say what is wrong.
  }
}
