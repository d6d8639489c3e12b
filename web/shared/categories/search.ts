/** Finds a category by what is quick to say or type: everyday words, characters, pinyin, code, English. Pure. */
import type { Category } from '../api/types'
import { fold } from '../text/fold'

/** A category as it is searched: all texts folded. */
interface Entry {
  readonly category: Category
  readonly code: string
  readonly name: string
  readonly english: string
  /** The name and the everyday words 俗称. */
  readonly words: readonly string[]
  /** Full pinyin and initials of each of them. */
  readonly spellings: readonly string[]
  readonly pairs: ReadonlySet<string>
  readonly signs: ReadonlySet<string>
}

interface Index {
  readonly entries: readonly Entry[]
  /** How much a word or a pair of characters tells: the fewer categories have it, the more. */
  readonly weights: ReadonlyMap<string, number>
}

// Ranks of direct matches, best first; phrases come after them.
const PHRASE = 7
// A single character of a phrase tells less than a word.
const ONE_CHARACTER = 0.6
const PAIR = 0.5
const SIGN = 0.25
// Below this a text tells of nothing.
const LEAST = 1.2
const PUNCTUATION = /[\s、，。/(（)）≥>0-9.-]+/u

const indexes = new WeakMap<readonly Category[], Index>()

const pairsOf = (text: string): string[] => {
  const signs = [...text]
  return signs.slice(1).map((sign, at) => `${signs[at]}${sign}`)
}

function entryOf(category: Category): Entry {
  const parts = fold(category.name_zh).split(PUNCTUATION)
  const words = [...new Set([...parts, ...fold(category.synonyms ?? '').split(' ')])].filter(Boolean)
  return {
    category,
    code: fold(category.code),
    name: fold(category.name_zh),
    english: fold(category.name_en),
    words,
    spellings: [fold(category.initials), ...fold(category.pinyin ?? '').split(' ')].filter(Boolean),
    pairs: new Set(words.flatMap(pairsOf)),
    signs: new Set(words.flatMap((word) => [...word])),
  }
}

function indexOf(categories: readonly Category[]): Index {
  const known = indexes.get(categories)
  if (known) return known
  const entries = categories.filter((one) => one.active && !one.unsorted).map(entryOf)
  const frequencies = new Map<string, number>()
  for (const entry of entries) {
    for (const term of new Set([...entry.words, ...entry.pairs, ...entry.signs])) {
      frequencies.set(term, (frequencies.get(term) ?? 0) + 1)
    }
  }
  const weights = new Map([...frequencies].map(([term, count]) => [term, Math.log(1 + entries.length / count)]))
  const index = { entries, weights }
  indexes.set(categories, index)
  return index
}

/** How directly a category fits a short query; null when it does not. */
function rank(entry: Entry, query: string): number | null {
  const { code, name, words, spellings } = entry
  if (code === query) return 0
  if (words.includes(query) || name.startsWith(query) || spellings.some((one) => one.startsWith(query))) return 1
  if (name.includes(query)) return 2
  if (words.some((word) => word.includes(query))) return 3
  if (spellings.some((one) => one.includes(query))) return 4
  if (code.startsWith(query)) return 5
  return entry.english.includes(query) ? 6 : null
}

/** How much of a sentence tells of a category; 0 when nothing does. */
function telling(entry: Entry, query: string, { weights }: Index): number {
  const weight = (term: string): number => weights.get(term) ?? 0
  let sum = 0
  for (const word of entry.words) {
    const length = [...word].length
    if (query.includes(word)) sum += (length === 1 ? ONE_CHARACTER : length) * weight(word)
  }
  for (const pair of new Set(pairsOf(query))) {
    if (entry.pairs.has(pair)) sum += PAIR * weight(pair)
  }
  for (const sign of new Set(query)) {
    if (entry.signs.has(sign)) sum += SIGN * weight(sign)
  }
  return sum
}

/** Best first, at most `limit`; an empty query finds nothing, and 待归类 is never found. */
export function findCategories(categories: readonly Category[], typed: string, limit = 20): Category[] {
  const query = fold(typed)
  if (!query) return []
  const index = indexOf(categories)
  return index.entries
    .map((entry) => {
      const told = telling(entry, query, index)
      const scattered = [...query].every((sign) => entry.name.includes(sign))
      const direct = rank(entry, query) ?? (told >= LEAST || scattered ? PHRASE : null)
      return { category: entry.category, rank: direct, told }
    })
    .filter((match): match is { category: Category; rank: number; told: number } => match.rank !== null)
    .sort((a, b) => a.rank - b.rank || b.told - a.told || (a.category.code < b.category.code ? -1 : 1))
    .slice(0, limit)
    .map(({ category }) => category)
}
