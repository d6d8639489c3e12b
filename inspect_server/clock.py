"""The one clock of the doors: services are handed `now`, they never ask for it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

# Months, quarters and working hours are those of Shanghai (DOMAIN §8).
SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)
