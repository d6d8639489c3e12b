"""The city's time: its zone, and how far it is ahead of UTC."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

# Months, quarters and working hours are those of Shanghai (DOMAIN §8).
SHANGHAI = ZoneInfo("Asia/Shanghai")
# China keeps one offset all year. The zone's summer times end in 1991, before any record.
SHANGHAI_OFFSET = timedelta(hours=8)
