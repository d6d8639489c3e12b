"""The clock of api, jobs and commands: services are handed `now`, they never ask for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import partial

from schemas.city import SHANGHAI

__all__ = ["SHANGHAI", "midnight", "now"]


def midnight(day: date) -> datetime:
    """Return when a day of the city 城市日 begins."""
    return datetime.combine(day, time.min, SHANGHAI)


# This moment in UTC. No function of ours: every request and every row asks for it.
now: Callable[[], datetime] = partial(datetime.now, UTC)
