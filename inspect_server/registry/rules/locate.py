"""Locating 定位: the district, street and community a record counts for, and what is nearest to it.

Street and community 属地 come from the first of these that names a street:

1. what a person confirmed: the community, else the point or shop they chose;
2. an outline 界线 that the office imported: of all that cover the fix the smallest;
3. the nearest point or shop within `NEAR_M` that carries one, in the district of the fix: 推定;
4. nothing: 未定, a supervisor places the case.

A street without a community takes the community of the nearest point or shop in that street, which
makes both 推定. So does a fix that is less exact than `NEAR_M`. Pure: reads no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from inspect_server.core.geo import EARTH_RADIUS_M, Position
from inspect_server.core.problems import PlaceOutOfRange
from inspect_server.core.sentences import sentence
from inspect_server.models import Community, Point, Shop, Street
from schemas.places import Place
from schemas.vocabulary import LocalityBasis, PlaceSource

# A point or shop farther away says nothing of a street; a fix less exact than this presumes only.
NEAR_M = 300


@dataclass(frozen=True, slots=True)
class Locality:
    """Where a record counts 属地: district, street and community, and what they were taken from."""

    district_code: str | None
    street_code: str | None = None
    community_code: str | None = None
    basis: LocalityBasis = LocalityBasis.UNDECIDED


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest point or shop 最近地点, at any distance."""

    spot: Point | Shop
    metres: float


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The place of a record, as far as it is known."""

    lon: float | None
    lat: float | None
    accuracy_m: float | None
    source: PlaceSource
    locality: Locality
    point: Point | None
    shop: Shop | None
    nearest: Nearest | None


class Outlines:
    """Polygons by the code of what they enclose; of those that cover a spot the smallest first."""

    def __init__(self, outlines: Iterable[tuple[str, BaseGeometry]]) -> None:
        """Index the outlines; an empty one covers nothing."""
        by_size = sorted(outlines, key=lambda one: (one[1].area, one[0]))
        self.codes = [code for code, _ in by_size]
        self.geometries = [geometry for _, geometry in by_size]
        self._tree = shapely.STRtree(self.geometries)

    def __iter__(self) -> Iterator[tuple[str, BaseGeometry]]:
        """Iterate over the codes and outlines, the smallest first."""
        return zip(self.codes, self.geometries, strict=True)

    def covering(self, spot: Position) -> list[str]:
        """Return the codes of the outlines that cover a position, their edge included."""
        places = self._tree.query(shapely.Point(spot), predicate="intersects")
        return [self.codes[place] for place in sorted(places)]


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The outlines 界线 of each level; only those of districts are there from the start."""

    districts: Outlines
    streets: Outlines
    communities: Outlines


class Landmarks:
    """The points and shops in use, with their distances from a position."""

    def __init__(self, spots: Iterable[Point | Shop]) -> None:
        """Keep the positions as arrays: the distances to all are taken at once."""
        self._spots = [spot for spot in spots if spot.active]
        self._lon = np.radians([spot.lon for spot in self._spots])
        self._lat = np.radians([spot.lat for spot in self._spots])

    def near(self, spot: Position) -> list[Nearest]:
        """Return the nearest of all and those within `NEAR_M`, the nearest first."""
        if not self._spots:
            return []
        lon, lat = np.radians(spot)
        # As `core.geo.metres_between`, for all of them.
        half = (
            np.sin((self._lat - lat) / 2) ** 2
            + np.cos(lat) * np.cos(self._lat) * np.sin((self._lon - lon) / 2) ** 2
        )
        metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, half)))
        places = {int(metres.argmin()), *np.flatnonzero(metres <= NEAR_M).tolist()}
        ordered = sorted(places, key=lambda place: (metres[place], place))
        return [Nearest(self._spots[place], round(float(metres[place]), 1)) for place in ordered]


class Atlas:
    """All places of one edition of the reference data, indexed for locating; never changed."""

    def __init__(
        self,
        boundaries: Boundaries,
        streets: Mapping[str, Street],
        communities: Mapping[str, Community],
        points: Mapping[UUID, Point],
        shops: Mapping[UUID, Shop],
    ) -> None:
        """Index the places; each outline has the code of what it encloses."""
        self.boundaries = boundaries
        self._streets = streets
        self._communities = communities
        self._points = points
        self._shops = shops
        self._landmarks = Landmarks([*points.values(), *shops.values()])

    def district_at(self, lon: float, lat: float) -> str | None:
        """Return the scoring district a position lies in, or None.

        A district is a set of streets: the outline of a street says more than that of a district.
        """
        outlined = self._outlined((lon, lat))
        if outlined is not None:
            return outlined.district_code
        return next(iter(self.boundaries.districts.covering((lon, lat))), None)

    def locate(
        self,
        place: Place | None,
        community: str | None,
        point_id: UUID | None,
        shop_id: UUID | None,
    ) -> Whereabouts:
        """Find the whereabouts of a record.

        Unknown ids are ignored: the record is accepted, and a supervisor places it. Raises
        `PlaceOutOfRange` for a position that is none on earth.
        """
        shop = self._shops.get(shop_id) if shop_id else None
        point = self._points.get(point_id or (shop.point_id if shop else None) or UUID(int=0))
        spot = _position(place)
        source = place.source if place and spot else PlaceSource.NONE
        chosen = shop or point
        if spot is None and chosen is not None:
            spot, source = (chosen.lon, chosen.lat), PlaceSource.POINT
        near = self._landmarks.near(spot) if spot else []
        locality = self._locality(spot, self._community(community), point, near)
        accuracy_m = place.accuracy_m if place else None
        if (
            locality.basis is LocalityBasis.OUTLINE
            and accuracy_m is not None
            and accuracy_m > NEAR_M
        ):
            locality = replace(locality, basis=LocalityBasis.PRESUMED)
        return Whereabouts(
            lon=spot[0] if spot else None,
            lat=spot[1] if spot else None,
            accuracy_m=accuracy_m,
            source=source,
            locality=locality,
            point=point,
            shop=shop,
            nearest=near[0] if near else None,
        )

    def locality_of(self, street: str, community: str | None, basis: LocalityBasis) -> Locality:
        """Return the locality of a street that is in the register, and of a community in it."""
        return Locality(self._streets[street].district_code, street, community, basis)

    def _locality(
        self,
        spot: Position | None,
        community: str | None,
        point: Point | None,
        near: list[Nearest],
    ) -> Locality:
        if community is not None:
            street = self._communities[community].street_code
            return self.locality_of(street, community, LocalityBasis.CONFIRMED)
        district = self.district_at(*spot) if spot else None
        district = district or (point.district_code if point else None)
        if point and point.street_code and point.district_code == district:
            return Locality(
                district, point.street_code, point.community_code, LocalityBasis.CONFIRMED
            )
        carriers = [carrier for one in near if (carrier := self._carrier(one)) is not None]
        outlined = self._outlined(spot) if spot else None
        if outlined is not None:
            if outlined.community_code is not None:
                return outlined
            return self._with_community(outlined, carriers) or outlined
        for carrier in carriers:
            if carrier.street_code and district in (None, carrier.district_code):
                presumed = Locality(
                    carrier.district_code, carrier.street_code, None, LocalityBasis.PRESUMED
                )
                return self._with_community(presumed, carriers) or presumed
        return Locality(district)

    def _outlined(self, spot: Position) -> Locality | None:
        """Return what the outlines say: the smallest community, else the smallest street."""
        for community in self.boundaries.communities.covering(spot):
            street = self._communities[community].street_code
            return self.locality_of(street, community, LocalityBasis.OUTLINE)
        for street in self.boundaries.streets.covering(spot):
            return self.locality_of(street, None, LocalityBasis.OUTLINE)
        return None

    def _carrier(self, near: Nearest) -> Point | None:
        """Return the point that carries a locality near by: it itself, or the point of a shop."""
        if near.metres > NEAR_M:
            return None
        if isinstance(near.spot, Point):
            return near.spot
        return self._points.get(near.spot.point_id) if near.spot.point_id else None

    @staticmethod
    def _with_community(locality: Locality, carriers: list[Point]) -> Locality | None:
        """Return the locality with the community of the nearest carrier in its street: 推定."""
        for carrier in carriers:
            if carrier.community_code and carrier.street_code == locality.street_code:
                return replace(
                    locality, community_code=carrier.community_code, basis=LocalityBasis.PRESUMED
                )
        return None

    def _community(self, named: str | None) -> str | None:
        """Return the code of a community given by code, or by a name that only one has."""
        if not named:
            return None
        if named in self._communities:
            return named
        codes = [c.code for c in self._communities.values() if c.name == named]
        return codes[0] if len(codes) == 1 else None


def _position(place: Place | None) -> Position | None:
    """Return the position of a place, or None. Raises `PlaceOutOfRange`."""
    lon, lat = (place.lon, place.lat) if place else (None, None)
    if (lon is None) != (lat is None):
        raise PlaceOutOfRange(sentence("经度和纬度须同时给出。"))
    if lon is None or lat is None:
        return None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise PlaceOutOfRange(sentence("经度 {lon}、纬度 {lat} 不在地球上。", lon=lon, lat=lat))
    return lon, lat
