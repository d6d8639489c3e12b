"""Placing 定位: which district, street and community a finding counts for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from inspect_server.core.problems import PlaceOutOfRange
from inspect_server.core.sentences import sentence
from inspect_server.models import Point, Shop
from inspect_server.registry.reference import Reference
from schemas.places import Place
from schemas.vocabulary import PlaceSource


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The place of a finding, as far as it is known."""

    lon: float | None
    lat: float | None
    accuracy_m: float | None
    source: PlaceSource
    district_code: str | None
    street_code: str | None
    community_code: str | None
    point: Point | None
    shop: Shop | None


def locate(
    reference: Reference,
    place: Place | None,
    community: str | None,
    point_id: UUID | None,
    shop_id: UUID | None,
) -> Whereabouts:
    """Find the whereabouts; what the person confirmed counts before what the fix says.

    A community the person confirmed names street and district; else the fix's district; else
    the point's. Unknown ids are ignored: the record is accepted, and a supervisor places it.
    Raises `PlaceOutOfRange` for a position that is none on earth.
    """
    shop = reference.shops.get(shop_id) if shop_id else None
    point = reference.points.get(point_id or (shop.point_id if shop else None) or UUID(int=0))
    lon, lat = (place.lon, place.lat) if place else (None, None)
    if (lon is None) != (lat is None):
        raise PlaceOutOfRange(sentence("经度和纬度须同时给出。"))
    if lon is not None and lat is not None and not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise PlaceOutOfRange(sentence("经度 {lon}、纬度 {lat} 不在地球上。", lon=lon, lat=lat))
    source = place.source if place and lon is not None else PlaceSource.NONE
    confirmed = _community(reference, community)
    if confirmed:
        street = reference.streets[reference.communities[confirmed].street_code]
        return Whereabouts(
            lon,
            lat,
            place.accuracy_m if place else None,
            source,
            street.district_code,
            street.code,
            confirmed,
            point,
            shop,
        )
    fixed = reference.district_at(lon, lat) if lon is not None and lat is not None else None
    district = fixed or (point.district_code if point else None)
    near_point = point if point and point.district_code == district else None
    if lon is None and point is not None:
        lon, lat, source = point.lon, point.lat, PlaceSource.POINT
    return Whereabouts(
        lon,
        lat,
        place.accuracy_m if place else None,
        source,
        district,
        near_point.street_code if near_point else None,
        near_point.community_code if near_point else None,
        point,
        shop,
    )


def _community(reference: Reference, named: str | None) -> str | None:
    """Return the code of a community given by code, or by a name that only one has."""
    if not named:
        return None
    if named in reference.communities:
        return named
    codes = [c.code for c in reference.communities.values() if c.name == named]
    return codes[0] if len(codes) == 1 else None
