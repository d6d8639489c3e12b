/** Finds a category by what is quick to type: initials, characters, code or English. Pure. */
import type { Category } from '@shared/api/types'

/** How well a category fits a query; null when it does not. */
function rank(category: Category, query: string): number | null {
  const initials = category.initials.toLowerCase()
  if (category.code.toLowerCase() === query) return 0
  if (initials.startsWith(query)) return 1
  if (category.name_zh.startsWith(query)) return 1
  if (category.name_zh.includes(query)) return 2
  if (initials.includes(query)) return 3
  if (category.code.toLowerCase().startsWith(query)) return 4
  if (category.name_en.toLowerCase().includes(query)) return 5
  return [...query].every((sign) => category.name_zh.includes(sign)) ? 6 : null
}

/** Best first, at most `limit`; an empty query finds nothing. */
export function findCategories(categories: readonly Category[], typed: string, limit = 20): Category[] {
  const query = typed.trim().toLowerCase()
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
