/**
 * Datums 坐标系 of positions: WGS-84 (stored, of satellites), GCJ-02 (official maps of China) and BD-09 (百度). Pure.
 * The formulas are the published ones of GCJ-02 and BD-09; datums.test.ts compares them with the services' own examples.
 */
import type { Spot } from './distance'

const AXIS_M = 6_378_245
const ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
const BD_ANGLE = (Math.PI * 3_000) / 180

/** The rectangle in which the maps of China are shifted; outside it GCJ-02 is WGS-84. */
const isShifted = ({ lon, lat }: Spot): boolean => lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271

const waves = (x: number): number => ((20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * 2) / 3

/** North and east shift in metres, as the formula has it for degrees from 105 E, 35 N. */
function shift(x: number, y: number): { readonly north: number; readonly east: number } {
  const root = 0.2 * Math.sqrt(Math.abs(x))
  const north =
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + root + waves(x) +
    ((20 * Math.sin(y * Math.PI) + 40 * Math.sin((y / 3) * Math.PI)) * 2) / 3 +
    ((160 * Math.sin((y / 12) * Math.PI) + 320 * Math.sin((y * Math.PI) / 30)) * 2) / 3
  const east =
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + root / 2 + waves(x) +
    ((20 * Math.sin(x * Math.PI) + 40 * Math.sin((x / 3) * Math.PI)) * 2) / 3 +
    ((150 * Math.sin((x / 12) * Math.PI) + 300 * Math.sin((x / 30) * Math.PI)) * 2) / 3
  return { north, east }
}

/** WGS-84 to GCJ-02. */
export function toGcj02(spot: Spot): Spot {
  if (!isShifted(spot)) return { lon: spot.lon, lat: spot.lat }
  const { north, east } = shift(spot.lon - 105, spot.lat - 35)
  const radians = (spot.lat / 180) * Math.PI
  const magic = 1 - ECCENTRICITY_SQUARED * Math.sin(radians) ** 2
  const meridian = (AXIS_M * (1 - ECCENTRICITY_SQUARED)) / (magic * Math.sqrt(magic))
  const parallel = (AXIS_M / Math.sqrt(magic)) * Math.cos(radians)
  return { lon: spot.lon + (east * 180) / (parallel * Math.PI), lat: spot.lat + (north * 180) / (meridian * Math.PI) }
}

/** WGS-84 to BD-09, which shifts GCJ-02 once more. */
export function toBd09(spot: Spot): Spot {
  if (!isShifted(spot)) return { lon: spot.lon, lat: spot.lat }
  const { lon, lat } = toGcj02(spot)
  const radius = Math.hypot(lon, lat) + 0.000_02 * Math.sin(lat * BD_ANGLE)
  const angle = Math.atan2(lat, lon) + 0.000_003 * Math.cos(lon * BD_ANGLE)
  return { lon: radius * Math.cos(angle) + 0.0065, lat: radius * Math.sin(angle) + 0.006 }
}
