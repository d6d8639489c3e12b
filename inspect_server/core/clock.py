"""The clock 时钟 of api, jobs and commands; services take `now` as an argument."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import partial

from schemas.city import SHANGHAI

__all__ = ["SHANGHAI", "city_time", "midnight", "now"]

# The calendar repeats after this many years.
CALENDAR_CYCLE = 400


def midnight(day: date) -> datetime:
    """Return the moment at which a day in the city 城市日 begins."""
    return datetime.combine(day, time.min, SHANGHAI)


def city_time(moment: datetime) -> str:
    """Return a moment as people of the city read it 城市时间: `2026-03-04 09:30`, of any year.

    A phone may send the last hours of the year 9999; here they are the year 10000, which no
    datetime holds.
    """
    years = 0
    try:
        local = moment.astimezone(SHANGHAI)
    except OverflowError:
        years = CALENDAR_CYCLE
        local = moment.replace(year=moment.year - years).astimezone(SHANGHAI)
    return f"{local.year + years:04}-{local:%m-%d %H:%M}"


# The current moment in UTC. Not a function of ours: it is called for every request and row.
now: Callable[[], datetime] = partial(datetime.now, UTC)
