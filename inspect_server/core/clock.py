"""The clock 时钟 of api, jobs and commands; services take `now` as an argument."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import partial

from schemas.city import SHANGHAI

__all__ = ["SHANGHAI", "midnight", "now"]


def midnight(day: date) -> datetime:
    """Return the moment at which a day in the city 城市日 begins."""
    return datetime.combine(day, time.min, SHANGHAI)


# The current moment in UTC. Not a function of ours: it is called for every request and row.
now: Callable[[], datetime] = partial(datetime.now, UTC)
