/** Categories by their code, called as the language of the phone has it; a live list. */
import type { Category } from '@shared/api/types'
import { say } from '@shared/i18n/language'

import { ledger } from './phone'
import { useLive } from './useLive'

export interface Categories {
  readonly category: (code: string) => Category | undefined
  /** `otherwise`: the name that came along, for a category this phone does not have. */
  readonly categoryName: (code: string, otherwise?: string) => string
}

export function useCategories(): Categories {
  const known = useLive(
    ['categories'],
    async () => new Map((await ledger.pulled<Category>('categories')).map((one) => [one.code, one])),
  )
  const category = (code: string): Category | undefined => known.value.value?.get(code)
  return {
    category,
    categoryName: (code, otherwise = code) => {
      const found = category(code)
      return found ? say(found.name_zh, found.name_en) : otherwise
    },
  }
}
