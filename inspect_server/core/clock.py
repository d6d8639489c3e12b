"""The one clock of the doors: services are handed `now`, they never ask for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

# Months, quarters and working hours are those of Shanghai (DOMAIN §8).
SHANGHAI = ZoneInfo("Asia/Shanghai")


def midnight(day: date) -> datetime:
    """Return when a day of the city 城市日 begins."""
    return datetime.combine(day, time.min, SHANGHAI)


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)
