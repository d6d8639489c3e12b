/** Where a case is, in words: the narrowest names first known, never a bare code. Pure. */
import { LocalityBasis } from '@shared/contract/vocabulary'
import { localityWords } from '@shared/geo/locality'
import { say } from '@shared/i18n/language'

export interface Placed {
  readonly district_name: string | null
  readonly street: string | null
  readonly community: string | null
  readonly point: { readonly name: string } | null
  readonly shop: { readonly name: string } | null
  readonly address: string | null
  readonly locality_basis?: LocalityBasis
}

const isCode = (word: string | null) => word !== null && /^\d+$/.test(word)

/** 茅箭区 · 朝阳路社区居委会（推定） · 人民商场 · 人民北路 12 号; 位置待补 where nothing is known. */
export function placeWords(task: Placed): string {
  const words = [task.district_name, localityOf(task), spotWords(task)].filter(Boolean)
  return words.length ? words.join(' · ') : say('位置待补', 'place not known yet')
}

/** 人民商场 · 人民北路 12 号: the chosen point or shop, and what was written; empty where there is neither. */
export function spotWords({ point, shop, address }: Pick<Placed, 'point' | 'shop' | 'address'>): string {
  return [shop?.name ?? point?.name, address].filter(Boolean).join(' · ')
}

/** The narrowest locality: the community, else the street; 属地未定 where a case waits to be placed. */
function localityOf({ community, street, locality_basis }: Placed): string | null {
  const name = [community, street].find((word) => word && !isCode(word)) ?? null
  if (name) return localityWords({ street: null, community: name, locality_basis })
  return locality_basis === LocalityBasis.UNDECIDED ? say('属地未定', 'locality undecided') : null
}
