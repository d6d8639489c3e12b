/**
 * A Leaflet map that draws the city without any tile server: outlines of districts and points.
 * Colours are classes of map.css, so that dark mode follows the tokens.
 */
import 'leaflet/dist/leaflet.css'
import './map.css'

import type { MapSketch, Shop } from '@shared/api/types'
import { say } from '@shared/i18n/language'
import type { Road } from '@shared/geo/roads'
import { control, divIcon, geoJSON, type LatLngBoundsLiteral, type LatLngTuple, type LayerGroup, layerGroup, type Map as LeafletMap, map as leafletMap, marker, type MapOptions, polyline } from 'leaflet'

/** Names and points lie over the outlines and under the cases. */
const LABEL_PANE = 'labels'

type District = MapSketch['districts']['features'][number]

/** A map without Leaflet's own buttons and attribution: the screens have theirs. */
export function makeMap(frame: HTMLElement, options: MapOptions = {}): LeafletMap {
  const made = leafletMap(frame, {
    attributionControl: false,
    zoomControl: false,
    zoomSnap: 0.25,
    zoomDelta: 0.75,
    minZoom: 7,
    maxZoom: 19.5,
    // Leaflet's own handler of a double click would zoom where a case is to be opened.
    doubleClickZoom: false,
    ...options,
  })
  made.createPane(LABEL_PANE).style.zIndex = '450'
  control.scale({ imperial: false, maxWidth: 140, position: 'bottomleft' }).addTo(made)
  return made
}

/** Shown while the city has neither outline nor point: the country. */
const NOTHING_DRAWN: LatLngBoundsLiteral = [
  [18, 73],
  [54, 135],
]

export function boundsOf(sketch: MapSketch): LatLngBoundsLiteral {
  const [west, south, east, north] = sketch.bounds as readonly (number | undefined)[]
  if (west === undefined || south === undefined || east === undefined || north === undefined) return NOTHING_DRAWN
  return [
    [south, west],
    [north, east],
  ]
}

/** The outlines; `own` is marked. */
export function districtLayer(sketch: MapSketch, own: string | null = null): LayerGroup {
  return geoJSON(sketch.districts as unknown as GeoJSON.FeatureCollection, {
    interactive: false,
    filter: (feature) => feature.geometry !== null,
    style: (feature) => {
      const { code, approximate } = (feature as unknown as District).properties
      return { className: ['map-district', approximate && 'approximate', code === own && 'own'].filter(Boolean).join(' '), weight: 1.5 }
    },
  })
}

/** The name of each district in the middle of its outline. */
export function districtNames(sketch: MapSketch, shown: (district: District['properties']) => boolean = () => true): LayerGroup {
  const names = layerGroup()
  for (const feature of sketch.districts.features) {
    const { name, approximate } = feature.properties
    if (!feature.geometry || !shown(feature.properties)) continue
    const middle = geoJSON(feature as unknown as GeoJSON.Feature).getBounds().getCenter()
    const words = document.createElement('span')
    words.textContent = name + (approximate ? say('（示意）', ' (approx.)') : '')
    marker(middle, { icon: divIcon({ className: 'map-district-name', html: words, iconSize: [0, 0] }), pane: LABEL_PANE, interactive: false, keyboard: false }).addTo(names)
  }
  return names
}

/** Points 点位 as squares; their names show where the map has the class `named`. */
export function pointLayer(points: MapSketch['points']): LayerGroup {
  const layer = layerGroup()
  for (const point of points) {
    if (point.lon === null) continue
    const name = document.createElement('span')
    name.textContent = point.name
    const icon = divIcon({ className: 'map-point', html: name, iconSize: [8, 8] })
    marker([point.lat, point.lon], { icon, pane: LABEL_PANE, title: point.name, keyboard: false, bubblingMouseEvents: true }).addTo(layer)
  }
  return layer
}

/** Shops 门店 as small squares with their names. */
export function shopLayer(shops: readonly Shop[]): LayerGroup {
  const layer = layerGroup()
  for (const shop of shops) {
    const name = document.createElement('span')
    name.textContent = shop.name
    const icon = divIcon({ className: 'map-point map-shop', html: name, iconSize: [6, 6] })
    marker([shop.lat, shop.lon], { icon, pane: LABEL_PANE, title: shop.name, keyboard: false, interactive: false }).addTo(layer)
  }
  return layer
}

/** Names of streets 街道, in the middle of their points. */
export function streetNames(sketch: MapSketch): LayerGroup {
  const names = layerGroup()
  for (const street of sketch.streets ?? []) {
    const words = document.createElement('span')
    words.textContent = street.name
    const icon = divIcon({ className: 'map-street-name', html: words, iconSize: [0, 0] })
    marker([street.lat, street.lon], { icon, pane: LABEL_PANE, interactive: false, keyboard: false }).addTo(names)
  }
  return names
}

/** Roads 道路 as one line of many parts a rank, so that thousands of them are four elements; names of those up to a rank. */
export function roadLayer(roads: readonly Road[], namedUpTo = 2): LayerGroup {
  const layer = layerGroup()
  const parts = new Map<number, LatLngTuple[][]>()
  for (const road of roads) {
    const line = road.spots.map(({ lon, lat }): LatLngTuple => [lat, lon])
    const lines = parts.get(road.rank)
    if (lines) lines.push(line)
    else parts.set(road.rank, [line])
  }
  for (const [rank, lines] of parts) polyline(lines, { className: `map-road rank-${rank}`, interactive: false, smoothFactor: 1.5 }).addTo(layer)
  for (const [name, spot] of namePlaces(roads, namedUpTo)) {
    const words = document.createElement('span')
    words.textContent = name
    const icon = divIcon({ className: 'map-road-name', html: words, iconSize: [0, 0] })
    marker(spot, { icon, pane: LABEL_PANE, interactive: false, keyboard: false }).addTo(layer)
  }
  return layer
}

/** Each name once, in the middle of its longest piece. */
function namePlaces(roads: readonly Road[], namedUpTo: number): Map<string, LatLngTuple> {
  const longest = new Map<string, Road>()
  for (const road of roads) {
    if (!road.name || road.rank > namedUpTo) continue
    if (road.spots.length > (longest.get(road.name)?.spots.length ?? 0)) longest.set(road.name, road)
  }
  return new Map(
    [...longest].map(([name, { spots }]) => {
      const middle = spots[Math.floor(spots.length / 2)]!
      return [name, [middle.lat, middle.lon]]
    }),
  )
}

/** Names in the order in which they have the place. */
const NAMES = ['.map-point:not(.map-shop) span', '.map-road-name span', '.map-shop span', '.map-street-name span']

/** Hide names that would lie on others; called when the scale has changed. */
export function declutter(frame: HTMLElement): void {
  const taken: DOMRect[] = []
  for (const name of NAMES.flatMap((selector) => [...frame.querySelectorAll<HTMLElement>(selector)])) {
    const box = name.getBoundingClientRect()
    const covered = taken.some((one) => one.left < box.right && box.left < one.right && one.top < box.bottom && box.top < one.bottom)
    name.style.visibility = covered ? 'hidden' : ''
    if (!covered && box.width > 0) taken.push(box)
  }
}
