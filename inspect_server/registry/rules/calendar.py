"""Publishing a working calendar 工作日历: which year is missing, reading a pasted list; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from inspect_server.core.problems import Invalid
from inspect_server.core.sentences import sentence
from inspect_server.registry.rules import working_time

# The State Council publishes the next year about then (DOMAIN §5).
WARNED_FROM_MONTH = 11
MOST_ROWS = 120

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?\Z")
_KINDS = {"放假": False, "休": False, "休息": False, "off": False} | {
    "上班": True,
    "班": True,
    "调休上班": True,
    "working": True,
}


@dataclass(frozen=True, slots=True)
class ListedDay:
    """One line of a published arrangement 放假安排."""

    day: date
    working: bool
    name: str | None


def missing_year(today: date, published: Collection[int]) -> int | None:
    """Return the year somebody has to publish: this one, or from November on the next."""
    if today.year not in published:
        return today.year
    if today.month >= WARNED_FROM_MONTH and today.year + 1 not in published:
        return today.year + 1
    return None


def breaks_the_week(day: date, working: bool) -> bool:
    """Say whether a day is other than Monday to Friday would have it."""
    return working != (day.weekday() < 5)


def read_list(year: int, text: str) -> list[ListedDay]:
    """Read a pasted list or CSV: 日期, 放假 or 上班, 说明. Raises `Invalid` with every bad row."""
    days: dict[date, ListedDay] = {}
    errors: list[dict[str, str]] = []
    for number, cells in _rows(text):
        try:
            listed = _listed(year, cells)
            earlier = days.get(listed.day)
            if earlier is not None and earlier.working != listed.working:
                raise ValueError("这一天在前面已有不同的安排")
            days[listed.day] = listed
        except ValueError as wrong:
            errors.append(
                {
                    "pointer": f"/days/{number}",
                    "detail": sentence("第 {number} 行：{wrong}", number=number, wrong=wrong),
                }
            )
    if len(days) > MOST_ROWS:
        errors.append(
            {
                "pointer": "/days",
                "detail": sentence("一年的安排不会超过 {most_rows} 行", most_rows=MOST_ROWS),
            }
        )
    if not days and not errors:
        errors.append({"pointer": "/days", "detail": sentence("没有读到任何一行")})
    if errors:
        raise Invalid(
            sentence("有 {count} 处需要修改，未导入任何内容。", count=len(errors)), errors=errors
        )
    return list(days.values())


def check_periods(calendar: working_time.WorkCalendar, today: date) -> None:
    """Refuse working hours that leave a working day of the coming year without any."""
    for ahead in range(366):
        day = today + timedelta(days=ahead)
        if calendar.is_working_day(day) and not calendar.periods_on(day):
            raise Invalid(
                errors=[
                    {"pointer": "/ends_on", "detail": sentence("{day} 起没有作息时间", day=day)}
                ]
            )


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines with something in them, by their number; a head line is skipped."""
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        cells = [cell.strip().strip('"') for cell in re.split(r"[,，\t]", line)]
        if not any(cells) or (number == 1 and cells[0] in ("日期", "date", "day")):
            continue
        yield number, cells


def _listed(year: int, cells: list[str]) -> ListedDay:
    written = _DATE.match(cells[0])
    if written is None:
        raise ValueError("读不出日期，应如 2027-01-01")
    try:
        day = date(*(int(part) for part in written.groups()))
    except ValueError:
        raise ValueError("没有这一天") from None
    if day.year != year:
        raise ValueError(f"日期不是 {year} 年")
    kind = cells[1] if len(cells) > 1 else ""
    if kind not in _KINDS:
        raise ValueError("第二列应为“放假”或“上班”")
    name = cells[2] if len(cells) > 2 and cells[2] else None
    if name is not None and len(name) > 64:
        raise ValueError("说明超过 64 字")
    return ListedDay(day, _KINDS[kind], name)
