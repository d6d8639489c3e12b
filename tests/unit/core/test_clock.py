"""City time 城市时间: what people read, in every year a phone may send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from inspect_server.core.clock import city_time
from schemas.fields import Moment


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-03-04T01:30:00Z", "2026-03-04 09:30"),
        ("2026-12-31T16:00:00Z", "2027-01-01 00:00"),
        ("9999-12-31T15:59:59Z", "9999-12-31 23:59"),
        ("9999-12-31T16:00:00Z", "10000-01-01 00:00"),
        ("9999-12-31T23:59:59.999Z", "10000-01-01 07:59"),
        ("0001-01-01T00:00:00Z", "0001-01-01 08:05"),
        ("0999-06-01T00:00:00Z", "0999-06-01 08:05"),
    ],
)
def test_every_moment_that_the_api_takes_is_read(sent: str, read: str) -> None:
    assert city_time(Moment().deserialize(sent)) == read


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    west = timezone(timedelta(hours=-8))
    assert city_time(datetime(9999, 12, 31, 20, tzinfo=west)) == "10000-01-01 12:00"
    assert city_time(datetime(2026, 3, 4, 1, tzinfo=UTC)) == "2026-03-04 09:00"
