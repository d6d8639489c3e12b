/** The console's one cache of cases, and what is fetched ahead of the next. */
import { loadAhead } from './photoLinks'
import { oneTask } from '../api/calls'
import { CaseCache } from './caseCache'
import { firstPair } from './photoSides'

export const cases = new CaseCache((id) => oneTask(id))

/** Data and both large photographs of the case that will be looked at next. */
export async function prepare(id: string): Promise<void> {
  try {
    const pair = firstPair(await cases.get(id))
    for (const photo of [pair.before, pair.after]) {
      if (photo?.derivative === 'ready') void loadAhead(photo.photo_id)
    }
  } catch {
    // Asked ahead and not needed yet: whoever opens the case hears of it.
  }
}
