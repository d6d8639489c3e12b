/** The base map 底图 of 天地图 as Leaflet tile layers: the drawing, and the names over it. */
import { type LayerGroup, layerGroup, tileLayer } from 'leaflet'

export interface BaseMap {
  readonly url: string
  readonly key: string
}

/** Levels that 天地图 publishes; nearer than that its tiles are enlarged. */
const FINEST_LEVEL = 18

/** The public WMTS set `w`: Web Mercator (CGCS2000 there and WGS-84 here differ by centimetres). */
export function tileAddress(base: BaseMap, layer: 'vec' | 'cva'): string {
  const params = new URLSearchParams({
    SERVICE: 'WMTS',
    REQUEST: 'GetTile',
    VERSION: '1.0.0',
    LAYER: layer,
    STYLE: 'default',
    TILEMATRIXSET: 'w',
    FORMAT: 'tiles',
    tk: base.key,
  })
  return `${base.url}/${layer}_w/wmts?${params}&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}`
}

/** Both layers, drawn in this pane; `failed` is called when a tile cannot be had. */
export function baseLayers(base: BaseMap, pane: string, failed: () => void): LayerGroup {
  const layers = (['vec', 'cva'] as const).map((layer) =>
    tileLayer(tileAddress(base, layer), { pane, maxZoom: 22, maxNativeZoom: FINEST_LEVEL, keepBuffer: 1 }).on('tileerror', failed),
  )
  return layerGroup(layers)
}
