"""The starter files 初始数据 agree with each other and with the map."""

from __future__ import annotations

import csv
import json
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from shapely.geometry import MultiPoint, Point, shape

import inspect_server
from schemas.vocabulary import Campaign

STARTER = Path(inspect_server.__file__).parent / "operations" / "starter_data"


@cache
def rows(name: str) -> list[dict[str, str]]:
    """The lines of one starter file."""
    with (STARTER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def by(key: str, name: str) -> dict[str, dict[str, str]]:
    """The lines of a starter file by one of their columns."""
    return {row[key]: row for row in rows(name)}


@cache
def outlines(name: str, key: str = "code") -> dict[str, object]:
    """The outlines of a GeoJSON file by code."""
    features = json.loads((STARTER / name).read_text(encoding="utf-8"))["features"]
    return {feature["properties"][key]: shape(feature["geometry"]) for feature in features}


def test_there_are_eighty_seven_categories_with_initials():
    categories = by("code", "categories.csv")
    unsorted = [row for row in categories.values() if row["unsorted"]]
    assert len(categories) - len(unsorted) == 87
    assert [row["campaign"] for row in unsorted] == [str(campaign) for campaign in Campaign]
    assert set(by("code", "category_words.csv")) == set(categories)


def test_every_category_has_everyday_words():
    for code, row in by("code", "category_words.csv").items():
        words = row["synonyms"].split()
        assert len(words) == len(set(words)) >= 5, code


def test_initials_are_the_first_letters_of_the_pinyin():
    initials = by("code", "category_words.csv")
    assert initials["GG0101"]["initials"] == "jgqsywkl"


def test_every_outline_is_valid():
    assert all(outline.is_valid for outline in outlines("districts.geojson").values())


def test_scoring_districts_do_not_overlap():
    districts = outlines("districts.geojson").values()
    # A sliver along a border digitised twice is below a hundredth of a square kilometre.
    assert all(a.intersection(b).area < 1e-6 for a, b in combinations(districts, 2))


def test_the_development_zone_is_cut_out_of_maojian():
    districts, counties = outlines("districts.geojson"), outlines("counties.geojson")
    together = districts["maojian"].union(districts["jingkai"])
    assert together.symmetric_difference(counties["420302"]).area < 1e-6


def test_only_the_development_zone_is_approximate():
    features = json.loads((STARTER / "districts.geojson").read_text(encoding="utf-8"))["features"]
    approximate = [f["properties"]["code"] for f in features if f["properties"]["approximate"]]
    assert approximate == ["jingkai"]


@pytest.mark.parametrize(
    ("lon", "lat", "district"),
    [
        (110.7899, 32.5291, "maojian"),
        (110.6540, 32.6271, "zhangwan"),
        (110.8342, 32.8433, "yunyang"),
        (110.76440, 32.63159, "zhangwan"),
    ],
)
def test_known_places_lie_in_their_district(lon, lat, district):
    here = Point(lon, lat)
    districts = outlines("districts.geojson")
    assert [code for code, outline in districts.items() if outline.contains(here)] == [district]


@pytest.mark.parametrize("point", rows("points.csv"), ids=lambda row: row["code"])
def test_a_point_lies_in_its_district_street_and_community(point):
    here = Point(float(point["lon"]), float(point["lat"]))
    street = by("code", "streets.csv")[point["street"]]
    community = by("code", "communities.csv")[point["community"]]
    assert outlines("districts.geojson")[point["district"]].contains(here)
    assert (street["district"], community["street_code"]) == (point["district"], point["street"])


def test_no_two_points_stand_in_one_place():
    places = {(point["lon"], point["lat"]) for point in rows("points.csv")}
    assert len(places) == len(rows("points.csv")) >= 30


def test_points_are_of_many_types():
    assert len({point["type"] for point in rows("points.csv")}) >= 20


@pytest.mark.parametrize("shop", rows("shops.csv"), ids=lambda row: row["plate_code"])
def test_a_shop_stands_near_its_point_and_belongs_to_a_unit(shop):
    point = by("code", "points.csv")[shop["point"]]
    both = MultiPoint([[float(each["lon"]), float(each["lat"])] for each in (shop, point)])
    assert both.length == 0 and both.envelope.length < 0.002
    assert shop["unit"] in by("code", "units.csv")


def test_every_unit_point_and_shop_is_marked_as_demonstration():
    named = [*rows("units.csv"), *rows("points.csv"), *rows("shops.csv")]
    assert [row["name"] for row in named if "演示" not in row["name"]] == []


def test_every_street_belongs_to_a_scoring_district():
    districts = set(outlines("districts.geojson"))
    assert {street["district"] for street in rows("streets.csv")} == districts


def test_bailang_street_and_bailang_town_are_two_places():
    streets = by("code", "streets.csv")
    assert streets["420302004"]["district"] == "jingkai"
    assert streets["420304106"]["district"] == "yunyang"


def test_routing_and_pairing_name_only_what_exists():
    units, points = by("code", "units.csv"), by("code", "points.csv")
    for row in [*rows("routing.csv"), *rows("pairings.csv")]:
        assert row["unit"] in {"", *units}
        assert row["point"] in {"", *points}
        assert row["street"] in {"", *by("code", "streets.csv")}


def test_no_password_is_shipped():
    assert set(rows("people.csv")[0]) == {"login", "name", "role", "district", "unit"}
