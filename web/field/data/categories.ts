/** Categories by their code, called as the language of the phone has it; a live list. */
import type { Category } from '@shared/api/types'
import { say } from '@shared/i18n/language'

import { localStore } from './phone'
import { useLive } from './useLive'

export interface Categories {
  readonly category: (code: string) => Category | undefined
  /** `otherwise`: the name that came along, for a category this phone does not have. */
  readonly categoryName: (code: string, otherwise?: string) => string
}

export function useCategories(): Categories {
  const categories = useLive(
    ['categories'],
    async () => new Map((await localStore.pulled<Category>('categories')).map((one) => [one.code, one])),
  )
  const category = (code: string): Category | undefined => categories.value.value?.get(code)
  return {
    category,
    categoryName: (code, otherwise = code) => {
      const match = category(code)
      return match ? say(match.name_zh, match.name_en) : otherwise
    },
  }
}
