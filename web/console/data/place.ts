/** Where a case is, in words: the narrowest names first known, never a bare code. Pure. */
import { say } from '@shared/i18n/language'

export interface Placed {
  readonly district_name: string | null
  readonly street: string | null
  readonly community: string | null
  readonly point: { readonly name: string } | null
  readonly shop: { readonly name: string } | null
  readonly address: string | null
}

const isCode = (word: string | null) => word !== null && /^\d+$/.test(word)

/** 茅箭区 · 人民商场 · 人民北路 12 号; 位置待补 where nothing is known. */
export function placeWords(task: Placed): string {
  const named = [task.district_name, task.shop?.name ?? task.point?.name ?? null, task.address]
  const area = [task.community, task.street].find((word) => word && !isCode(word)) ?? null
  if (!named[1] && !named[2]) named.splice(1, 0, area)
  const words = named.filter(Boolean)
  return words.length ? words.join(' · ') : say('位置待补', 'place not known yet')
}
