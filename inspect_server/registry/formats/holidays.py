"""Public holidays 法定节假日 and make-up days 调休 from the library `chinesecalendar`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from importlib.metadata import version

from chinese_calendar import Holiday, constants

from inspect_server.registry.rules.calendar import ListedDay


def library_name() -> str:
    """Return the library and its version, as the source of a published year."""
    return f"chinesecalendar {version('chinesecalendar')}"


def last_library_year() -> int:
    """Return the last year the installed library knows."""
    return int(max(constants.holidays).year)


def library_days(year: int) -> Iterator[ListedDay]:
    """Yield the days of a year that break the Monday-to-Friday rule 调休和放假."""
    day = date(year, 1, 1)
    while day.year == year:
        is_weekday = day.weekday() < 5
        if day in constants.workdays and not is_weekday:
            yield ListedDay(day, True, f"{_chinese(constants.workdays[day])}调休上班")
        elif day in constants.holidays and is_weekday:
            yield ListedDay(day, False, _chinese(constants.holidays[day]))
        day += timedelta(days=1)


def _chinese(holiday: str) -> str:
    return str(Holiday(holiday).chinese)
