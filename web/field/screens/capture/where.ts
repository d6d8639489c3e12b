/** Where a record is: the position at its photos, and how that is said. Pure but for the language. */
import { PlaceSource } from '@shared/contract/vocabulary'
import type { Point } from '@shared/api/types'
import { say } from '@shared/i18n/language'

import type { PositionTrouble } from '../../data/position'
import type { DraftFields, PlaceHere } from '../../core/model/rows'

/** So long after the first photo one still stands before the same thing. */
const SAME_SPOT_MS = 120_000

/** The place of the first photo with a fix; a better fix serves while the person has hardly moved. */
export function betterPlace(kept: PlaceHere | null, shot: PlaceHere | null): PlaceHere | null {
  if (kept === null || shot === null) return kept ?? shot
  const apart = Math.abs(Date.parse(shot.fixed_at) - Date.parse(kept.fixed_at))
  return shot.accuracy_m < kept.accuracy_m && apart <= SAME_SPOT_MS ? shot : kept
}

const isMeasured = (place: PlaceHere | null): place is PlaceHere => place?.source === PlaceSource.GNSS || place?.source === PlaceSource.NETWORK

/** What is kept beside a place set by hand: the measured place of the record, else what was kept before, else the present fix. */
export function measuredBeside(fields: Pick<DraftFields, 'place' | 'measured'>, fix: PlaceHere | null): PlaceHere | null {
  return isMeasured(fields.place) ? fields.place : (fields.measured ?? fix)
}

function howWords(source: PlaceSource): string {
  switch (source) {
    case PlaceSource.GNSS:
      return say('卫星定位', 'Satellite')
    case PlaceSource.NETWORK:
      return say('网络定位', 'Network')
    case PlaceSource.POINT:
      return say('点位坐标', 'Point')
    case PlaceSource.PIN:
      return say('手动图钉', 'Pin')
    case PlaceSource.NONE:
      return ''
  }
}

interface Known {
  readonly place: PlaceHere | null
  readonly point: Point | null
  readonly trouble: PositionTrouble | null
  readonly resumed: boolean
}

export function placeWords({ place, point, trouble, resumed }: Known): string {
  if (place) return `${howWords(place.source)} · ±${Math.round(place.accuracy_m)} m`
  if (point) return say('用点位坐标', "The point's position")
  // Where the phone is now may be far from where this was begun.
  if (resumed) return say('上次没有定位。还在现场就按“改位置”用当前定位', 'It had no position. Still there? “Correct” takes the present one')
  if (trouble === 'denied') return say('没有定位权限，可手动选点，也可以直接保存', 'No permission: set a pin, or save without')
  if (trouble === 'unavailable') return say('暂时没有定位，可手动选点，也可以直接保存', 'No fix: set a pin, or save without')
  return say('正在定位…', 'Finding the position…')
}
