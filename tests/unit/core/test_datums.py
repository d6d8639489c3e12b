"""Datums: the published pairs of positions, there and back."""

from __future__ import annotations

import numpy as np
import pytest

from inspect_server.core.datums import gcj02_of_wgs84, wgs84_of_gcj02
from inspect_server.core.geo import metres_between

# (lon, lat) in WGS-84 and in GCJ-02: the pairs that the project eviltransform publishes as tests,
# of Shanghai, Shenzhen and Beijing.
PUBLISHED = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]


@pytest.mark.parametrize(("true", "shifted"), PUBLISHED)
def test_a_published_position_is_shifted_and_found_again(
    true: tuple[float, float], shifted: tuple[float, float]
) -> None:
    assert gcj02_of_wgs84(np.array([true]))[0] == pytest.approx(shifted, abs=1e-9)
    assert wgs84_of_gcj02(np.array([shifted]))[0] == pytest.approx(true, abs=1e-9)


def test_in_shiyan_the_shift_is_about_555_metres() -> None:
    here = (110.76440, 32.63159)
    lon, lat = gcj02_of_wgs84(np.array([here]))[0]
    assert metres_between(here, (lon, lat)) == pytest.approx(555, abs=5)


def test_every_position_of_the_city_comes_back_to_less_than_a_millimetre() -> None:
    rng = np.random.default_rng(5)
    there = rng.uniform((109.4, 31.5), (111.6, 33.3), (2_000, 2))
    back = wgs84_of_gcj02(gcj02_of_wgs84(there))
    # 1e-9 of a degree is a tenth of a millimetre.
    assert np.abs(back - there).max() < 1e-9
