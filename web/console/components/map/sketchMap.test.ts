// @vitest-environment happy-dom
/** The map's own drawing: what Leaflet makes of the city, of its scale and of the base map's address. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LatLngTuple, latLng, type Map as LeafletMap, type TileLayer } from 'leaflet'

import type { MapSketch } from '@shared/api/types'

import { boundsOf, districtLayer, districtNames, makeMap, pointLayer } from './sketchMap'
import { baseLayers, tileAddress } from './tiles'

const CITY: LatLngTuple = [32.63, 110.78]
const square = (west: number, south: number, size: number) => [
  [
    [west, south],
    [west + size, south],
    [west + size, south + size],
    [west, south + size],
    [west, south],
  ],
]
const SKETCH: MapSketch = {
  districts: {
    type: 'FeatureCollection',
    features: [
      { type: 'Feature', properties: { code: 'maojian', name: '茅箭区' }, geometry: { type: 'Polygon', coordinates: square(110.7, 32.5, 0.2) } },
      {
        type: 'Feature',
        properties: { code: 'zhangwan', name: '张湾区', approximate: true },
        geometry: { type: 'MultiPolygon', coordinates: [square(110.5, 32.5, 0.2), square(110.4, 32.4, 0.05)] },
      },
    ],
  },
  points: [
    { id: 'p', code: 'MJ11', name: '茅箭中心医院', type: '医院', district: 'maojian', street: null, community: null, street_name: null, community_name: null, lon: 110.79, lat: 32.635, address: null, demo: true },
  ],
  bounds: [110.4, 32.4, 110.9, 32.7],
  tianditu: null,
}
const BASE = { url: 'https://tiles.example', key: 'a-key' }

let frame: HTMLElement
let map: LeafletMap

beforeEach(() => {
  frame = document.createElement('div')
  document.body.append(frame)
  Object.defineProperties(frame, { clientWidth: { value: 900 }, clientHeight: { value: 600 } })
  map = makeMap(frame)
  map.setView(CITY, 14, { animate: false })
})
afterEach(() => {
  map.remove()
  frame.remove()
})

describe('the plane of the map', () => {
  it('puts a position where its degrees say, and reads it back', () => {
    const spot = map.latLngToContainerPoint([32.64, 110.79])
    const back = map.containerPointToLatLng(spot)
    expect(back.lat).toBeCloseTo(32.64, 4)
    expect(back.lng).toBeCloseTo(110.79, 4)
    expect(spot.x).toBeGreaterThan(450)
    expect(spot.y).toBeLessThan(300)
  })
  it('is true to scale: a kilometre is a kilometre of its scale bar', () => {
    const metres = latLng(CITY).distanceTo([32.63, 110.79])
    expect(metres).toBeGreaterThan(930)
    expect(metres).toBeLessThan(945)
    expect(frame.querySelector('.leaflet-control-scale-line')?.textContent).toMatch(/^(1|2|3|5|10|20|30|50|100|200|300|500) (m|km)$/)
  })
  it('shows the whole city when it is fitted to it', () => {
    map.fitBounds(boundsOf(SKETCH), { animate: false })
    expect(map.getBounds().contains(boundsOf(SKETCH))).toBe(true)
  })
})

describe('the sketch', () => {
  it('draws each district, and says which outlines are approximate and which is the own one', () => {
    districtLayer(SKETCH, 'maojian').addTo(map)
    const classes = [...frame.querySelectorAll('path')].map((path) => path.getAttribute('class'))
    expect(classes).toHaveLength(2)
    expect(classes[0]).toContain('map-district own')
    expect(classes[1]).toContain('map-district approximate')
  })
  it('names districts and points; a name is text and nothing else', () => {
    const evil = { ...SKETCH.points[0]!, name: '<img src=x onerror=alert(1)>' }
    districtNames(SKETCH).addTo(map)
    pointLayer([evil]).addTo(map)
    expect(frame.textContent).toContain('茅箭区')
    expect(frame.textContent).toContain('张湾区（示意）')
    expect(frame.textContent).toContain(evil.name)
    expect(frame.querySelector('img')).toBeNull()
  })
  it('asks for no tile', () => {
    districtLayer(SKETCH).addTo(map)
    expect(frame.querySelectorAll('.leaflet-tile')).toHaveLength(0)
  })
})

describe('the base map', () => {
  it('is asked for by the key, the drawing under the names', () => {
    const [drawing, names] = [new URL(tileAddress(BASE, 'vec')), new URL(tileAddress(BASE, 'cva'))]
    expect(drawing.pathname).toBe('/vec_w/wmts')
    expect(names.searchParams.get('LAYER')).toBe('cva')
    expect(drawing.searchParams.get('tk')).toBe('a-key')
  })
  it('asks for the tile that the worked example of slippy tiles names', () => {
    map.createPane('base')
    const layers = baseLayers(BASE, 'base', () => undefined).addTo(map)
    const [drawing] = layers.getLayers() as TileLayer[]
    // Level 14 at 110.78 E, 32.63 N: column 13233, row 6619.
    const asked = [...frame.querySelectorAll<HTMLImageElement>('.leaflet-tile')].map((tile) => new URL(tile.src).searchParams)
    const spots = asked.map((query) => `${query.get('TILEMATRIX')}/${query.get('TILEROW')}/${query.get('TILECOL')}`)
    expect(spots).toContain('14/6619/13233')
    expect(drawing!.options.maxNativeZoom).toBe(18)
  })
  it('is never a flood of requests', () => {
    map.createPane('base')
    baseLayers(BASE, 'base', () => undefined).addTo(map)
    for (const zoom of [7, 13.25, 19]) {
      map.setView(CITY, zoom, { animate: false })
      expect(frame.querySelectorAll('.leaflet-tile').length).toBeLessThan(240)
    }
  })
})
