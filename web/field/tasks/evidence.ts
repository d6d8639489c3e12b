/** Whether words alone may close a case; the profiles come from the server's rules. Pure. */
import { CLOSED_BY_WORDS } from '@shared/contract'

/** `d` and `e`: there is nothing to photograph, or nobody to. */
export function closesByWords(code: string | null): boolean {
  return code !== null && CLOSED_BY_WORDS.has(code)
}
