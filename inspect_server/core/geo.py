"""Distance 距离: metres between two positions on a sphere, exact to 0.5 %. Pure."""

from __future__ import annotations

import math

EARTH_RADIUS_M = 6_371_008.8
# Of latitude, and of longitude at the equator.
METRES_PER_DEGREE = 111_320.0

Position = tuple[float, float]


def metres_between(one: Position, other: Position) -> float:
    """Return the distance in metres between two positions, each (lon, lat) in degrees."""
    lon1, lat1, lon2, lat2 = map(math.radians, (*one, *other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, half)))


def distance_words(metres: float) -> str:
    """Return a distance in words: whole metres, from a kilometre on tenths of one."""
    return f"{metres:.0f} 米" if metres < 999.5 else f"{metres / 1000:.1f} 公里"
