"""Locating: street and community of a record by four rules, and the nearest point or shop."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest
import shapely

from inspect_server.core.geo import metres_between
from inspect_server.core.problems import PlaceOutOfRange
from inspect_server.models import Community, Point, Shop, Street
from inspect_server.registry.rules.locate import Atlas, Boundaries, Landmarks, Locality, Outlines
from schemas.places import Place
from schemas.vocabulary import LocalityBasis, PlaceSource

# 0.001° of latitude on the sphere of `core.geo`.
METRES = 111.2
MARKET, SQUARE, PLAIN, OTHER_SIDE, CLOSED = (UUID(int=n) for n in range(1, 6))
BAKERY, KIOSK = UUID(int=11), UUID(int=12)
CONFIRMED, OUTLINE, PRESUMED, UNDECIDED = LocalityBasis


def _point(key: UUID, lon: float, lat: float, street: str | None, **more: Any) -> Point:
    values = {"district_code": "west", "community_code": None, "active": True} | more
    return Point(
        id=key, code=str(key.int), name=f"点位{key.int}", type="其他",
        street_code=street, lon=lon, lat=lat, **values,
    )  # fmt: skip


def _shop(key: UUID, lon: float, lat: float, point: UUID | None) -> Shop:
    return Shop(id=key, name=f"门店{key.int}", point_id=point, lon=lon, lat=lat, active=True)


POINTS = [
    _point(MARKET, 110.7800, 32.6500, "s1", community_code="s1c1"),
    # 200 m north of the market, in the other community of the same street.
    _point(SQUARE, 110.7800, 32.6518, "s1", community_code="s1c2"),
    _point(PLAIN, 110.7500, 32.6500, None),
    # In the district beside it, 111 m from (110.8000, 32.6500).
    _point(OTHER_SIDE, 110.8000, 32.6510, "s9", district_code="east", community_code="s9c1"),
    _point(CLOSED, 110.7700, 32.6500, "s1", active=False),
]
SHOPS = [
    _shop(BAKERY, 110.7820, 32.6500, MARKET),
    _shop(KIOSK, 110.7400, 32.6500, None),
]
DISTRICTS = [
    ("west", shapely.box(110.60, 32.60, 110.80, 32.70)),
    ("east", shapely.box(110.80, 32.60, 110.95, 32.70)),
    # An outline inside another: the smaller one counts.
    ("inner", shapely.box(110.61, 32.61, 110.62, 32.62)),
    ("nowhere", shapely.MultiPolygon()),
]


def atlas(*outlines: tuple[str, shapely.Polygon]) -> Atlas:
    streets = {"s1": "west", "s2": "west", "s9": "east"}
    communities = {"s1c1": "s1", "s1c2": "s1", "s2c1": "s2", "s9c1": "s9"}
    return Atlas(
        Boundaries(
            districts=Outlines(DISTRICTS),
            streets=Outlines(one for one in outlines if one[0] in streets),
            communities=Outlines(one for one in outlines if one[0] in communities),
        ),
        streets={
            code: Street(code=code, name=code, kind="street", district_code=district)
            for code, district in streets.items()
        },
        communities={
            code: Community(code=code, name=f"{code}社区", street_code=street)
            for code, street in communities.items()
        },
        points={point.id: point for point in POINTS},
        shops={shop.id: shop for shop in SHOPS},
    )


def at(lon: float, lat: float, accuracy_m: float = 8) -> Place:
    return Place(lon=lon, lat=lat, accuracy_m=accuracy_m, source=PlaceSource.GNSS)


BESIDE_MARKET = at(110.7800, 32.6490)
FAR_OUT = at(110.7000, 32.6800)


def test_a_confirmed_community_counts_before_the_fix_and_before_outlines() -> None:
    covered = atlas(("s1c1", shapely.box(110.77, 32.64, 110.79, 32.66)))
    for named in ("s9c1", "s9c1社区"):
        where = covered.locate(BESIDE_MARKET, named, MARKET, None)
        assert where.locality == Locality("east", "s9", "s9c1", CONFIRMED)


def test_a_chosen_point_is_a_confirmation_and_so_is_a_chosen_shop() -> None:
    expected = Locality("west", "s1", "s1c1", CONFIRMED)
    assert atlas().locate(FAR_OUT, None, MARKET, None).locality == expected
    assert atlas().locate(FAR_OUT, None, None, BAKERY).locality == expected


def test_a_chosen_point_of_another_district_says_nothing_of_this_one() -> None:
    assert atlas().locate(FAR_OUT, None, OTHER_SIDE, None).locality == Locality("west")


def test_the_smallest_outline_counts_and_its_edge_belongs_to_it() -> None:
    covered = atlas(
        ("s2", shapely.box(110.69, 32.67, 110.72, 32.69)),
        ("s2c1", shapely.box(110.70, 32.68, 110.71, 32.685)),
        ("s1c2", shapely.box(110.695, 32.675, 110.715, 32.69)),
    )
    assert covered.locate(FAR_OUT, None, None, None).locality == Locality(
        "west", "s2", "s2c1", OUTLINE
    )


def test_the_street_of_an_outline_says_which_district_a_record_counts_for() -> None:
    covered = atlas(("s9", shapely.box(110.69, 32.67, 110.72, 32.69)))
    assert atlas().district_at(110.70, 32.68) == "west"
    assert covered.district_at(110.70, 32.68) == "east"
    assert covered.locate(FAR_OUT, None, None, None).locality == Locality(
        "east", "s9", None, OUTLINE
    )


def test_a_street_by_outline_takes_the_community_of_the_nearest_point_in_it() -> None:
    covered = atlas(("s1", shapely.box(110.77, 32.64, 110.79, 32.66)))
    where = covered.locate(BESIDE_MARKET, None, None, None)
    assert where.locality == Locality("west", "s1", "s1c1", PRESUMED)


def test_a_point_of_another_street_gives_its_community_to_no_outline() -> None:
    covered = atlas(("s2", shapely.box(110.77, 32.64, 110.79, 32.66)))
    assert covered.locate(BESIDE_MARKET, None, None, None).locality == Locality(
        "west", "s2", None, OUTLINE
    )


def test_a_fix_that_is_not_exact_only_presumes_what_an_outline_says() -> None:
    covered = atlas(("s2c1", shapely.box(110.69, 32.67, 110.72, 32.69)))
    bases = {
        metres: covered.locate(at(110.70, 32.68, metres), None, None, None).locality.basis
        for metres in (8, 300, 301)
    }
    assert bases == {8: OUTLINE, 300: OUTLINE, 301: PRESUMED}


def test_without_outlines_the_nearest_point_within_300_metres_is_presumed() -> None:
    near, far = at(110.7500, 32.6500), at(110.7800, 32.6500 - 301 / METRES / 1000)
    assert atlas().locate(BESIDE_MARKET, None, None, None).locality == Locality(
        "west", "s1", "s1c1", PRESUMED
    )
    # The point that stands here carries none; the next one that does is 2.8 km away.
    assert atlas().locate(near, None, None, None).locality == Locality("west")
    assert atlas().locate(far, None, None, None).locality == Locality("west")


def test_a_shop_carries_the_area_of_its_point() -> None:
    where = atlas().locate(at(110.7825, 32.6500), None, None, None)
    assert where.locality == Locality("west", "s1", "s1c1", PRESUMED)
    assert where.nearest is not None
    assert (where.nearest.spot.id, where.nearest.metres) == (BAKERY, 46.8)


def test_a_point_of_the_next_district_does_not_move_a_record_there() -> None:
    # 111 m from the point, on this side of the border.
    assert atlas().locate(at(110.79999, 32.6500), None, None, None).locality == Locality("west")
    assert atlas().locate(at(110.80001, 32.6500), None, None, None).locality == Locality(
        "east", "s9", "s9c1", PRESUMED
    )


def test_a_city_without_outlines_of_districts_takes_the_district_of_the_nearest_point() -> None:
    empty = Atlas(
        Boundaries(Outlines([("west", shapely.MultiPolygon())]), Outlines([]), Outlines([])),
        streets={}, communities={}, points={MARKET: POINTS[0]}, shops={},
    )  # fmt: skip
    assert empty.locate(BESIDE_MARKET, None, None, None).locality.district_code == "west"
    assert empty.locate(FAR_OUT, None, None, None).locality == Locality(None)


def test_the_nearest_point_or_shop_is_told_at_any_distance() -> None:
    beside = atlas().locate(BESIDE_MARKET, None, SQUARE, None).nearest
    assert beside is not None
    assert (beside.spot.id, beside.metres) == (MARKET, METRES)
    outside = atlas().locate(at(111.0, 33.0), None, None, None).nearest
    assert outside is not None
    assert outside.metres == round(metres_between((111.0, 33.0), (110.8, 32.651)), 1)


def test_a_disabled_point_is_no_landmark() -> None:
    where = atlas().locate(at(110.7700, 32.6500), None, None, None)
    assert where.nearest is not None
    assert where.nearest.spot.id == MARKET
    assert where.locality == Locality("west")


def test_without_a_fix_the_chosen_shop_or_point_is_the_position() -> None:
    shop = atlas().locate(None, None, None, BAKERY)
    assert (shop.lon, shop.lat, shop.source) == (110.7820, 32.6500, PlaceSource.POINT)
    point = atlas().locate(Place(), None, PLAIN, None)
    assert (point.lon, point.source, point.locality) == (
        110.75,
        PlaceSource.POINT,
        Locality("west"),
    )


def test_nothing_known_is_undecided_and_nothing_is_near() -> None:
    where = atlas().locate(None, "没有这个社区", UUID(int=99), UUID(int=98))
    assert (where.locality, where.nearest, where.source) == (Locality(None), None, PlaceSource.NONE)
    assert where.locality.basis is UNDECIDED


def test_of_districts_that_lie_inside_each_other_the_smaller_one_counts() -> None:
    assert atlas().district_at(110.615, 32.615) == "inner"
    assert atlas().district_at(0, 0) is None


@pytest.mark.parametrize("place", [Place(lon=181, lat=0), Place(lon=0, lat=91), Place(lon=1)])
def test_a_position_that_is_none_on_earth_is_refused(place: Place) -> None:
    with pytest.raises(PlaceOutOfRange):
        atlas().locate(place, None, None, None)


def test_the_nearest_of_many_is_the_one_that_each_single_distance_says() -> None:
    rng = random.Random(7)
    spots = [
        _point(UUID(int=n), rng.uniform(109.4, 111.6), rng.uniform(31.5, 33.3), None)
        for n in range(500)
    ]
    landmarks = Landmarks(spots)
    for _ in range(50):
        here = (rng.uniform(109.4, 111.6), rng.uniform(31.5, 33.3))
        nearest = landmarks.near(here)[0]
        best = min(metres_between(here, (spot.lon, spot.lat)) for spot in spots)
        assert nearest.metres == round(best, 1)
