"""Sheets of roads 道路图: what of a city's roads is delivered to a phone, by district, simplified
until it fits. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from inspect_server.core.geo import METRES_PER_DEGREE
from inspect_server.registry.formats.road_lines import LANE, MAIN, SECONDARY, STREET, RoadLine

# The sheet of a city whose districts have no outlines yet.
WHOLE_CITY = "-"
MAX_SHEET_BYTES = 150_000
# Positions are whole numbers of hundred-thousandths of a degree: about a metre.
UNITS_PER_DEGREE = 100_000
# A road is drawn a little beyond the border of its district.
BEYOND_BORDER_M = 200
SHORTEST_M = 12
# What is left out first, the lowest rank that stays and the tolerance in metres: first the drawing
# becomes coarser, then lanes go, then streets.
_STEPS = (
    (LANE, 2),
    (LANE, 5),
    (LANE, 10),
    (STREET, 5),
    (STREET, 10),
    (STREET, 20),
    (SECONDARY, 10),
    (SECONDARY, 25),
    (MAIN, 25),
    (MAIN, 60),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The roads of one district as the wire has them.

    `roads` holds {name, rank, line}; a line is its first position and then steps, lon before lat,
    in hundred-thousandths of a degree. `lowest_rank` is the least of the ranks that were kept.
    """

    district: str
    roads: list[dict[str, Any]]
    bytes: int
    digest: str
    lowest_rank: int


def sheets(lines: Sequence[RoadLine], outlines: Iterable[tuple[str, BaseGeometry]]) -> list[Sheet]:
    """Return the sheets of a city: one a district that has an outline and roads.

    Without any outline all roads are one sheet. Roads outside of every outline are left out.
    """
    joined = _joined(lines)
    drawn = [(code, outline) for code, outline in outlines if not outline.is_empty]
    if not drawn:
        return [_fitting(WHOLE_CITY, joined)]
    tree = shapely.STRtree([line for _, _, line in joined])
    made = []
    for code, outline in drawn:
        area = outline.buffer(BEYOND_BORDER_M / METRES_PER_DEGREE)
        shapely.prepare(area)
        inside = []
        for position in sorted(tree.query(area, predicate="intersects").tolist()):
            name, rank, line = joined[position]
            inside.append((name, rank, line if area.covers(line) else area.intersection(line)))
        if inside:
            made.append(_fitting(code, inside))
    return made


_Named = tuple[str | None, int, BaseGeometry]


def _joined(lines: Sequence[RoadLine]) -> list[_Named]:
    """Join the pieces of a road that meet: a file cuts it at every crossing."""
    pieces: dict[tuple[str | None, int], list[Any]] = {}
    for line in lines:
        pieces.setdefault((line.name, line.rank), []).append(line.spots)
    return [
        (name, rank, part)
        for (name, rank), spots in sorted(pieces.items(), key=lambda one: (one[0][1], str(one[0])))
        for part in _parts(shapely.line_merge(shapely.MultiLineString(spots)))
    ]


def _parts(shape: BaseGeometry) -> Sequence[BaseGeometry]:
    """Return the lines of what a cut or a join left."""
    return [part for part in shapely.get_parts(shape) if part.geom_type == "LineString"]


def _fitting(district: str, roads: Sequence[_Named]) -> Sheet:
    """Return the finest sheet that is not too large."""
    made = None
    for lowest_rank, tolerance_m in _STEPS:
        made = _sheet(district, roads, lowest_rank, tolerance_m)
        if made.bytes <= MAX_SHEET_BYTES:
            return made
    assert made is not None
    # Still too large: the longest roads.
    longest = sorted(made.roads, key=lambda road: -len(road["line"]))
    while len(_written(longest)) > MAX_SHEET_BYTES:
        longest = longest[: len(longest) * 3 // 4]
    return _finished(district, longest, MAIN)


def _sheet(district: str, roads: Sequence[_Named], lowest_rank: int, tolerance_m: int) -> Sheet:
    shortest = SHORTEST_M / METRES_PER_DEGREE
    tolerance = tolerance_m / METRES_PER_DEGREE
    drawn = [
        {"name": name, "rank": rank, "line": encoded}
        for name, rank, shape in roads
        if rank <= lowest_rank
        for part in _parts(shape.simplify(tolerance))
        if part.length >= shortest and len(encoded := _encoded(part)) >= 4
    ]
    return _finished(district, drawn, lowest_rank)


def _encoded(line: BaseGeometry) -> list[int]:
    """Return the first position and the steps from each to the next; no step of nothing."""
    numbers: list[int] = []
    last = (0, 0)
    for lon, lat in shapely.get_coordinates(line).tolist():
        spot = (round(lon * UNITS_PER_DEGREE), round(lat * UNITS_PER_DEGREE))
        if numbers and spot == last:
            continue
        numbers += (spot[0] - last[0], spot[1] - last[1])
        last = spot
    return numbers


def _finished(district: str, roads: list[dict[str, Any]], lowest_rank: int) -> Sheet:
    text = _written(roads)
    digest = hashlib.sha256(text).hexdigest()[:16]
    return Sheet(district, roads, len(text), digest, lowest_rank)


def _written(roads: list[dict[str, Any]]) -> bytes:
    return json.dumps(roads, separators=(",", ":"), ensure_ascii=False).encode()
