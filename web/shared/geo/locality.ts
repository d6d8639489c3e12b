/** Where a case counts 属地, in words: street, community, and what they were taken from. Pure but for the language. */
import { LocalityBasis, LocalityBasisLabel } from '../contract/vocabulary'
import { inWords, say } from '../i18n/language'
import { metresWords } from './distance'

export interface Locality {
  readonly street: string | null
  readonly community: string | null
  /** Absent in what an earlier release sent. */
  readonly locality_basis?: LocalityBasis | undefined
}

export interface NearestSpot {
  readonly name: string
  readonly distance_m: number
}

/** 五堰街道 · 朝阳路社区居委会（推定）; 街道、社区未定 where nothing says it. */
export function localityWords({ street, community, locality_basis }: Locality): string {
  const names = [street, community].filter(Boolean).join(' · ')
  if (!names) return say('街道、社区未定', 'Street and community undecided')
  if (locality_basis !== LocalityBasis.PRESUMED) return names
  const presumed = inWords(LocalityBasisLabel[LocalityBasis.PRESUMED])
  return say(`${names}（${presumed}）`, `${names} (${presumed})`)
}

/** 最近：人民商场 97 米. */
export function nearestWords(nearest: NearestSpot): string {
  return say(`最近：${nearest.name} ${metresWords(nearest.distance_m)}`, `Nearest: ${nearest.name}, ${metresWords(nearest.distance_m)}`)
}
