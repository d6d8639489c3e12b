/** Distances and what is near; pure but for the language. */
import { FAR_METRES } from '../contract/vocabulary'
import { say } from '../i18n/language'

export interface Spot {
  readonly lon: number
  readonly lat: number
}

const EARTH_M = 6_371_008

/** Great-circle distance in metres. */
export function distance(a: Spot, b: Spot): number {
  const rad = Math.PI / 180
  const dLat = (b.lat - a.lat) * rad
  const dLon = (b.lon - a.lon) * rad
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(dLon / 2) ** 2
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)))
}

export interface Near<T> {
  readonly spot: T
  readonly metres: number
}

/** Nearest first; without a position the order stays and nothing has a distance. */
export function nearest<T extends Spot>(from: Spot | null, spots: readonly T[]): { spot: T; metres: number | null }[] {
  if (!from) return spots.map((spot) => ({ spot, metres: null }))
  return spots.map((spot) => ({ spot, metres: distance(from, spot) })).sort((a, b) => a.metres - b.metres)
}

/** Too far for a photo of the same spot (close profile a). */
export const isFar = (metres: number): boolean => metres > FAR_METRES

/** 35 米, 1.2 公里. */
export function metresWords(metres: number): string {
  return metres < 1000 ? say(`${Math.round(metres)} 米`, `${Math.round(metres)} m`) : say(`${(metres / 1000).toFixed(1)} 公里`, `${(metres / 1000).toFixed(1)} km`)
}
