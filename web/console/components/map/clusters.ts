/** Cases that would lie on each other at this scale, and the part of the city where most are. Pure. */

export interface Pixel {
  readonly x: number
  readonly y: number
}

export interface Position {
  readonly lon: number
  readonly lat: number
}

export interface Cluster<Item> extends Pixel {
  readonly items: readonly Item[]
}

/** Items nearer than `apart` pixels are gathered around the first of them. */
export function clustered<Item>(placed: readonly (Pixel & { readonly item: Item })[], apart: number): Cluster<Item>[] {
  const clusters: { x: number; y: number; items: Item[] }[] = []
  for (const { x, y, item } of placed) {
    const near = clusters.find((cluster) => Math.hypot(cluster.x - x, cluster.y - y) < apart)
    if (near) near.items.push(item)
    else clusters.push({ x, y, items: [item] })
  }
  return clusters
}

export type Corners = readonly [south_west: readonly [lat: number, lon: number], north_east: readonly [lat: number, lon: number]]

/** The middle nine tenths of these positions: one stray far off does not shrink the city. Null for fewer than three. */
export function mostOf(positions: readonly Position[]): Corners | null {
  if (positions.length < 3) return null
  const [south, north] = middleOf(positions.map(({ lat }) => lat))
  const [west, east] = middleOf(positions.map(({ lon }) => lon))
  return [
    [south, west],
    [north, east],
  ]
}

function middleOf(values: number[]): [number, number] {
  const sorted = [...values].sort((a, b) => a - b)
  const skip = Math.floor(sorted.length * 0.05)
  return [sorted[skip]!, sorted[sorted.length - 1 - skip]!]
}
