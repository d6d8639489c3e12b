/** Finds a category by what is quick to type: initials, characters, code or English. Pure. */
import type { Category } from '@shared/api/types'
import { fold } from '@shared/text/fold'

/** How well a category fits a query; null when it does not. */
function rank(category: Category, query: string): number | null {
  const initials = fold(category.initials)
  const code = fold(category.code)
  const name = fold(category.name_zh)
  if (code === query) return 0
  if (initials.startsWith(query)) return 1
  if (name.startsWith(query)) return 1
  if (name.includes(query)) return 2
  if (initials.includes(query)) return 3
  if (code.startsWith(query)) return 4
  if (fold(category.name_en).includes(query)) return 5
  return [...query].every((sign) => name.includes(sign)) ? 6 : null
}

/** Best first, at most `limit`; an empty query finds nothing. */
export function findCategories(categories: readonly Category[], typed: string, limit = 20): Category[] {
  const query = fold(typed)
  if (!query) return []
  return categories
    .filter((category) => category.active)
    .map((category) => ({ category, rank: rank(category, query) }))
    .filter((match): match is { category: Category; rank: number } => match.rank !== null)
    .sort((a, b) => a.rank - b.rank || (a.category.code < b.category.code ? -1 : 1))
    .slice(0, limit)
    .map(({ category }) => category)
}

/** The six most recent categories, newest first. */
export function remember(recent: readonly string[], code: string): string[] {
  return [code, ...recent.filter((one) => one !== code)].slice(0, 6)
}
