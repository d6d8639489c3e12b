/** Street and community where a record is made, from the points and shops on the phone; the server decides. Pure. */
import type { Point, Shop } from '@shared/api/types'
import { LocalityBasis, NEAR_METRES } from '@shared/contract/vocabulary'
import type { Locality, NearestSpot } from '@shared/geo/locality'
import { nearest, type Spot } from '@shared/geo/distance'

export interface LocalityHere extends Locality {
  readonly nearest: NearestSpot | null
}

interface Here {
  readonly place: Spot | null
  readonly point: Point | null
  readonly shop: Shop | null
  readonly points: readonly Point[]
  readonly shops: readonly Shop[]
}

export function localityHere({ place, point, shop, points, shops }: Here): LocalityHere {
  const pointOf = (spot: Point | Shop): Point | null => ('point_id' in spot ? (points.find((one) => one.id === spot.point_id) ?? null) : spot)
  const around = place ? nearest(place, [...points, ...shops]) : []
  const closest = around[0]
  const found = closest ? { name: closest.spot.name, distance_m: closest.metres ?? 0 } : null
  const chosen = point ?? (shop ? pointOf(shop) : null)
  if (chosen?.street_name) return { ...namesOf(chosen), locality_basis: LocalityBasis.CONFIRMED, nearest: found }
  for (const { spot, metres } of around) {
    const carrier = metres !== null && metres <= NEAR_METRES ? pointOf(spot) : null
    if (carrier?.street_name) return { ...namesOf(carrier), locality_basis: LocalityBasis.PRESUMED, nearest: found }
  }
  return { street: null, community: null, locality_basis: LocalityBasis.UNDECIDED, nearest: found }
}

const namesOf = (point: Point): { street: string | null; community: string | null } => ({
  street: point.street_name ?? null,
  community: point.community_name ?? null,
})
