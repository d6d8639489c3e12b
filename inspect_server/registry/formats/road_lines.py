"""A road 道路 as it is read from a file: its name, its rank and its line. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.texts import one_line

MAX_ROADS = 200_000
MAX_VERTICES = 2_000_000
LONGEST_NAME = 40

Spot = tuple[float, float]

# 1 main road 主干道, 2 secondary 次干道, 3 street 支路, 4 lane and path 街巷. Lanes are left out
# first where a sheet would be too large. A kind that is no road yet has no rank.
MAIN, SECONDARY, STREET, LANE = 1, 2, 3, 4
_HIGHWAYS = {
    MAIN: ("motorway", "trunk", "primary"),
    SECONDARY: ("secondary", "tertiary"),
    STREET: ("unclassified", "residential", "living_street", "road", "busway"),
    LANE: ("service", "pedestrian", "track", "footway", "path", "steps", "cycleway", "bridleway"),
}
_NO_ROADS = ("proposed", "construction", "planned", "abandoned", "razed", "platform", "corridor")
_CHINESE = {
    MAIN: ("高速", "快速", "国道", "省道", "主干"),
    SECONDARY: ("次干", "县道"),
    LANE: ("巷", "小路", "步行", "村道", "人行"),
}
_BY_HIGHWAY = {kind: rank for rank, kinds in _HIGHWAYS.items() for kind in kinds}


class RoadsWrong(Exception):
    """A file of roads cannot be read; the text says where and what to do."""


@dataclass(frozen=True, slots=True)
class RoadLine:
    """One line of a road, as (lon, lat) in degrees of WGS-84."""

    name: str | None
    rank: int
    spots: Sequence[Spot]


@dataclass(frozen=True, slots=True)
class LoadedRoads:
    """The roads of a file, how many entries were no road, and whom to name beside them."""

    lines: Sequence[RoadLine]
    skipped: int
    attribution: str | None


def rank_of(kind: Any) -> int | None:
    """Return the rank of a kind of road, as OpenStreetMap or an office names it; None: no road."""
    if not isinstance(kind, str):
        return STREET
    base = kind.strip().lower().removesuffix("_link")
    if base in _BY_HIGHWAY:
        return _BY_HIGHWAY[base]
    if base in _NO_ROADS:
        return None
    for rank, parts in _CHINESE.items():
        if any(part in base for part in parts):
            return rank
    return STREET


def name_of(written: Any) -> str | None:
    """Return the name of a road as one line, or None."""
    return one_line(written)[:LONGEST_NAME] or None if isinstance(written, str) else None
