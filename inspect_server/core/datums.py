"""Datums 坐标系: positions of Chinese maps as WGS-84, in which everything is stored. Pure.

CGCS2000, the datum of official maps and of 天地图, differs from WGS-84 by centimetres and is taken
as it is. GCJ-02, the datum of 高德 and 腾讯, is shifted by hundreds of metres: by about 555 m in
十堰. The shift is published as a formula of WGS-84 only; the way back is found step by step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.float64]

# The ellipsoid of Krassowsky, on which the formula counts.
_AXIS = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
# Each step makes the error about a hundred times smaller.
_STEPS = 6


def gcj02_of_wgs84(positions: Positions) -> Positions:
    """Shift positions (lon, lat in degrees, one a row) as maps in GCJ-02 are shifted."""
    lon, lat = positions[:, 0], positions[:, 1]
    x, y = lon - 105.0, lat - 35.0
    angle = np.radians(lat)
    magic = 1 - _ECCENTRICITY_SQUARED * np.sin(angle) ** 2
    of_meridian = _AXIS * (1 - _ECCENTRICITY_SQUARED) / (magic * np.sqrt(magic))
    of_parallel = _AXIS / np.sqrt(magic) * np.cos(angle)
    shift = np.column_stack(
        (
            np.degrees(_east(x, y) / of_parallel),
            np.degrees(_north(x, y) / of_meridian),
        )
    )
    shifted: Positions = positions + shift
    return shifted


def wgs84_of_gcj02(positions: Positions) -> Positions:
    """Return positions in GCJ-02 as WGS-84, to less than a millimetre."""
    found = positions.copy()
    for _ in range(_STEPS):
        found += positions - gcj02_of_wgs84(found)
    return found


def _east(x: Any, y: Any) -> Any:
    metres = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    metres += _waves(((20, 6 * x), (20, 2 * x)))
    metres += _waves(((20, x), (40, x / 3)))
    return metres + _waves(((150, x / 12), (300, x / 30)))


def _north(x: Any, y: Any) -> Any:
    metres = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    metres += _waves(((20, 6 * x), (20, 2 * x)))
    metres += _waves(((20, y), (40, y / 3)))
    return metres + _waves(((160, y / 12), (320, y / 30)))


def _waves(waves: Any) -> Any:
    """Add sines, each given by its height in metres and its phase in half turns, by two thirds."""
    return sum(height * np.sin(phase * np.pi) for height, phase in waves) * 2 / 3
