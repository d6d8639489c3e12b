/** Links that open a place in the map of another maker, in the datum that this map expects. Pure but for the language. */
import { say } from '../i18n/language'
import { toBd09, toGcj02 } from './datums'
import type { Spot } from './distance'

export type Datum = 'WGS-84' | 'GCJ-02' | 'BD-09'

export interface MapLink {
  readonly key: 'amap' | 'baidu' | 'tencent' | 'apple'
  readonly name: string
  readonly datum: Datum
  readonly href: string
}

/** Names this product to the map services; none of them needs a key for a marker. */
const SOURCE = 'inspect'

const degrees = (value: number): string => value.toFixed(6)

/** Latitude first, as people and the search boxes of maps write it: `32.649620,110.787510`. */
export const coordinates = ({ lon, lat }: Spot): string => `${degrees(lat)},${degrees(lon)}`

/** A marker with this label. Nothing but the position and the label leaves for the service, and only when it is opened. */
export function mapLinks(spot: Spot, label: string): MapLink[] {
  const gcj = toGcj02(spot)
  const bd = toBd09(spot)
  // A blank as %20: not every map reads a plus as one.
  const query = (params: Record<string, string>): string => new URLSearchParams(params).toString().replaceAll('+', '%20')
  return [
    {
      key: 'amap',
      name: say('高德地图', 'Amap'),
      datum: 'GCJ-02',
      href: `https://uri.amap.com/marker?${query({ position: `${degrees(gcj.lon)},${degrees(gcj.lat)}`, name: label, src: SOURCE, coordinate: 'gaode', callnative: '1' })}`,
    },
    {
      key: 'baidu',
      name: say('百度地图', 'Baidu'),
      // BD-09 is what 百度 takes without a coord_type too: right even where the parameter is lost on the way to the app.
      datum: 'BD-09',
      href: `https://api.map.baidu.com/marker?${query({ location: coordinates(bd), title: label, content: label, coord_type: 'bd09ll', output: 'html', src: `webapp.${SOURCE}` })}`,
    },
    {
      key: 'tencent',
      name: say('腾讯地图', 'Tencent'),
      datum: 'GCJ-02',
      href: `https://apis.map.qq.com/uri/v1/marker?${query({ marker: `coord:${coordinates(gcj)};title:${label}`, referer: SOURCE })}`,
    },
    {
      key: 'apple',
      // In mainland China its map is 高德's, drawn and addressed in GCJ-02.
      name: say('苹果地图', 'Apple Maps'),
      datum: 'GCJ-02',
      href: `https://maps.apple.com/?${query({ ll: coordinates(gcj), q: label })}`,
    },
  ]
}
