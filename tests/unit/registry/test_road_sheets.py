"""Sheets of roads 道路图: where the roads are, cut at the border, and never too large."""

from __future__ import annotations

import json
import math
import random

import pytest
import shapely

from inspect_server.registry.formats.road_lines import LANE, MAIN, STREET, RoadLine
from inspect_server.registry.rules import road_sheets
from inspect_server.registry.rules.road_sheets import Sheet

EAST, WEST = shapely.box(110.80, 32.60, 110.90, 32.70), shapely.box(110.70, 32.60, 110.80, 32.70)
OUTLINES = [("east", EAST), ("west", WEST)]


def positions(line: list[int]) -> list[tuple[float, float]]:
    """A line as a client decodes it."""
    spots, lon, lat = [], 0, 0
    for step in range(0, len(line), 2):
        lon, lat = lon + line[step], lat + line[step + 1]
        spots.append((lon / 100_000, lat / 100_000))
    return spots


def only(sheets: list[Sheet], district: str) -> Sheet:
    """The sheet of a district."""
    (one,) = (sheet for sheet in sheets if sheet.district == district)
    return one


def city(roads: int) -> list[RoadLine]:
    """Many winding roads of all ranks, drawn from a seed."""
    draw = random.Random(7)
    made = []
    for number in range(roads):
        lon, lat, heading = draw.uniform(110.8, 110.9), draw.uniform(32.6, 32.7), draw.uniform(0, 6)
        spots = []
        for _ in range(40):
            spots.append((lon, lat))
            heading += draw.uniform(-0.6, 0.6)
            lon, lat = lon + math.cos(heading) * 0.0003, lat + math.sin(heading) * 0.0003
        made.append(RoadLine(f"第 {number} 街", 1 + number % 4, tuple(spots)))
    return made


def test_a_road_is_where_it_was_to_two_metres() -> None:
    spots = [(110.85, 32.65), (110.852, 32.651), (110.853, 32.6535)]
    (road,) = only(road_sheets.sheets([RoadLine("朝阳路", STREET, spots)], OUTLINES), "east").roads
    assert (road["name"], road["rank"]) == ("朝阳路", STREET)
    for there, here in zip(positions(road["line"]), spots, strict=True):
        assert there == pytest.approx(here, abs=0.00001)


def test_pieces_of_a_road_that_meet_are_one_line() -> None:
    pieces = [
        RoadLine("朝阳路", STREET, [(110.85, 32.65), (110.86, 32.65)]),
        RoadLine("朝阳路", STREET, [(110.86, 32.65), (110.87, 32.66)]),
        RoadLine("人民路", STREET, [(110.86, 32.65), (110.87, 32.64)]),
    ]
    roads = only(road_sheets.sheets(pieces, OUTLINES), "east").roads
    assert sorted((road["name"], len(road["line"]) // 2) for road in roads) == [
        ("人民路", 2),
        ("朝阳路", 3),
    ]


def test_a_road_across_a_border_is_in_both_districts_and_cut_behind_it() -> None:
    across = RoadLine(None, MAIN, [(110.75, 32.65), (110.85, 32.65)])
    sheets = road_sheets.sheets([across], OUTLINES)
    (eastern,) = only(sheets, "east").roads
    (western,) = only(sheets, "west").roads
    border = 200 / 111_320 + 0.00002
    assert min(lon for lon, _ in positions(eastern["line"])) == pytest.approx(110.8, abs=border)
    assert max(lon for lon, _ in positions(western["line"])) == pytest.approx(110.8, abs=border)


def test_roads_of_no_district_are_left_out() -> None:
    assert road_sheets.sheets([RoadLine(None, MAIN, [(2.3, 48.8), (2.4, 48.9)])], OUTLINES) == []


def test_a_city_without_outlines_has_one_sheet() -> None:
    lines = [RoadLine(None, MAIN, [(110.75, 32.65), (110.85, 32.65)])]
    assert [s.district for s in road_sheets.sheets(lines, [("a", shapely.MultiPolygon())])] == ["-"]


@pytest.mark.parametrize("roads", [20, 1_500, 6_000])
def test_a_sheet_is_never_too_large_and_loses_lanes_first(roads: int) -> None:
    sheet = only(road_sheets.sheets(city(roads), OUTLINES), "east")
    written = json.dumps(sheet.roads, separators=(",", ":"), ensure_ascii=False).encode()
    assert sheet.bytes == len(written) <= road_sheets.MAX_SHEET_BYTES
    ranks = {road["rank"] for road in sheet.roads}
    assert MAIN in ranks
    assert (LANE in ranks) == (roads == 20)
    assert max(ranks) <= sheet.lowest_rank


def test_main_roads_that_are_too_many_still_give_a_sheet() -> None:
    lines = [RoadLine(f"{n} 号线", MAIN, one.spots) for n, one in enumerate(city(9_000))]
    sheet = only(road_sheets.sheets(lines, OUTLINES), "east")
    assert 0 < sheet.bytes <= road_sheets.MAX_SHEET_BYTES


def test_the_same_roads_have_the_same_digest_whatever_their_order() -> None:
    one, other = city(60), city(60)[::-1]
    assert (
        only(road_sheets.sheets(one, OUTLINES), "east").digest
        == only(road_sheets.sheets(other, OUTLINES), "east").digest
    )
