/** The caption of a photo: when and where the phone says it was taken. Words over the picture, never in its bytes. */
import { ref } from 'vue'

import { PlaceSource } from '../contract/vocabulary'
import { exactTime } from '../time/format'
import { say } from '../i18n/language'

interface Spot {
  readonly lon: number
  readonly lat: number
  readonly accuracy_m: number | null
  readonly source?: PlaceSource
}

export interface StampFacts {
  readonly takenAt: string | null
  readonly place: Spot | null
  /** The name of the point or shop, where there is one. */
  readonly name?: string | null
}

/** 110.78751, 32.64962 ±8 m: enough digits for a metre, no more. */
export function spokenPosition(place: Spot): string {
  const at = `${place.lon.toFixed(5)}, ${place.lat.toFixed(5)}`
  return place.accuracy_m === null ? at : `${at} ±${Math.round(place.accuracy_m)} m`
}

/** One line for each fact; a photo without a fix says so instead of showing another's. */
export function stampLines({ takenAt, place, name }: StampFacts): string[] {
  const nowhere = say('拍摄时没有定位', 'No position at the shutter')
  const where = place && place.source !== PlaceSource.NONE ? spokenPosition(place) : nowhere
  return [takenAt ? exactTime(takenAt) : say('拍摄时间不详', 'Time unknown'), where, name ?? ''].filter((line) => line !== '')
}

const KEPT_AS = 'inspect-stamp'

function storedChoice(): boolean {
  try {
    return localStorage.getItem(KEPT_AS) !== 'off'
  } catch {
    return true // storage refused (private mode): shown
  }
}

/** Whether captions are shown; one switch for all photos of this device. */
export const stampShown = ref(storedChoice())

export function switchStamp(): void {
  stampShown.value = !stampShown.value
  try {
    localStorage.setItem(KEPT_AS, stampShown.value ? 'on' : 'off')
  } catch {
    // Not kept for the next visit; nothing else depends on it.
  }
}
