/** The small registers every screen needs for choosing and naming: loaded once, kept for the session. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import type { Category, MapSketch, RoadSheet, Shop, Unit } from '@shared/api/types'
import { say } from '@shared/i18n/language'

import { roadsOfDistrict, sketch, wholeRegister } from '../api/calls'

export interface District {
  readonly code: string
  readonly name: string
  readonly approximate: boolean
}

/** A unit as the registers keep it: one that was switched off is named, and no longer chosen. */
export interface KeptUnit extends Unit {
  readonly active?: boolean
}

export interface Place {
  readonly code: string
  readonly name: string
  /** What it lies in: a street in a district, a community in a street. */
  readonly district?: string
  readonly street?: string
}

/** The sketch's outlines and points; thrown when they cannot be had, fetched again next time. Its roads come after it. */
function mapLoader() {
  const map = shallowRef<MapSketch | null>(null)
  const roads = shallowRef<readonly RoadSheet[]>([])
  let request: Promise<MapSketch> | null = null

  function loadMap(): Promise<MapSketch> {
    request ??= sketch().then(
      (answer) => (map.value = answer),
      (error: unknown) => {
        request = null
        throw error
      },
    )
    return request
  }

  /** A drawing can do without roads when they cannot be had. */
  async function loadRoads(): Promise<void> {
    const listed = map.value?.roads ?? []
    if (listed.length === roads.value.length) return
    roads.value = await Promise.all(listed.map(({ district }) => roadsOfDistrict(district))).catch(() => [])
  }

  function forgetMap(): void {
    request = null
  }

  return { map, roads, loadMap, loadRoads, forgetMap }
}

export const useLists = defineStore('lists', () => {
  const units = shallowRef<readonly KeptUnit[]>([])
  const categories = shallowRef<readonly Category[]>([])
  const districts = shallowRef<readonly District[]>([])
  const streets = shallowRef<readonly Place[]>([])
  const communities = shallowRef<readonly Place[]>([])
  const shops = shallowRef<readonly Shop[]>([])
  const { map, roads, loadMap, loadRoads, forgetMap } = mapLoader()
  const trouble = shallowRef<unknown>(null)
  const requested = ref(false)

  const englishNames = computed(() => new Map(categories.value.map((one) => [one.code, one.name_en])))

  /** The category of a case in the language of the console; rows bring the Chinese name along. */
  function categoryName(row: { readonly category: string; readonly category_name: string }): string {
    return say(row.category_name, englishNames.value.get(row.category) ?? row.category_name)
  }

  /** Ask for all three once; what failed is asked again by the next screen that needs it. */
  async function load(): Promise<void> {
    if (requested.value) return
    requested.value = true
    trouble.value = null
    try {
      const [someUnits, someCategories, someDistricts] = await Promise.all([
        wholeRegister<KeptUnit>('units'),
        wholeRegister<Category>('categories'),
        wholeRegister<District>('districts'),
      ])
      units.value = someUnits
      categories.value = someCategories
      districts.value = someDistricts
    } catch (error) {
      requested.value = false
      trouble.value = error
    }
  }

  /** What was read is out of date: somebody edited a register here. */
  function forget(): void {
    requested.value = false
    streets.value = []
    forgetMap()
    shops.value = []
  }

  /** Shops, for sketches: landmarks that a drawing can do without when they cannot be had. */
  async function loadShops(): Promise<void> {
    if (shops.value.length === 0) shops.value = await wholeRegister<Shop>('shops').catch(() => [])
  }

  /** Streets and communities, for the forms that name one. */
  async function loadPlaces(): Promise<void> {
    if (streets.value.length) return
    const [some, more] = await Promise.all([wholeRegister<Place>('streets'), wholeRegister<Place>('communities')])
    communities.value = more
    streets.value = some
  }

  return { units, categories, districts, streets, communities, shops, map, roads, trouble, categoryName, load, loadMap, loadRoads, loadShops, loadPlaces, forget }
})
