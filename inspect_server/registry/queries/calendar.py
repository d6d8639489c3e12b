"""The working calendar 工作日历 as an office reads it, and who changed settings; SELECTs only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.clock import SHANGHAI
from inspect_server.core.pagination import newest_first
from inspect_server.models import CalendarDay, CalendarYear, Person, SettingEdit, WorkPeriod
from inspect_server.registry.rules import calendar as rules
from schemas.pages import PageFrom


def years(session: Session, library_until: int, now: datetime) -> dict[str, Any]:
    """Return the published years, the latest first, and which one is missing."""
    today = now.astimezone(SHANGHAI).date()
    rows = list(session.scalars(sa.select(CalendarYear).order_by(CalendarYear.year.desc())))
    days = list(session.execute(sa.select(CalendarDay.day, CalendarDay.working)))
    published = {row.year for row in rows}
    return {
        "items": [
            {
                "year": row.year,
                "source": row.source,
                "days_off": _count(days, row.year, working=False),
                "make_up_days": _count(days, row.year, working=True),
            }
            for row in rows
        ],
        "next": None,
        "importable": [y for y in range(today.year, library_until + 1) if y not in published],
        "missing": rules.missing_year(today, published),
    }


def periods(session: Session, now: datetime) -> dict[str, Any]:
    """Return all working hours 作息, the latest first."""
    today = now.astimezone(SHANGHAI).date()
    latest_first = (WorkPeriod.starts_on.desc(), WorkPeriod.start_minutes)
    groups: dict[tuple[date, date | None], list[WorkPeriod]] = {}
    for row in session.scalars(sa.select(WorkPeriod).order_by(*latest_first)):
        groups.setdefault((row.starts_on, row.ends_on), []).append(row)
    holding = [key for key in groups if key[0] <= today <= (key[1] or date.max)]
    return {
        "items": [
            {
                "starts_on": starts_on,
                "ends_on": ends_on,
                "hours": [
                    {"begins": _clock(row.start_minutes), "ends": _clock(row.end_minutes)}
                    for row in rows
                ],
                # Of those that hold today the one that began last counts.
                "now": holding[:1] == [(starts_on, ends_on)],
            }
            for (starts_on, ends_on), rows in groups.items()
        ],
        "next": None,
    }


def edits(session: Session, subject: str, request: PageFrom) -> dict[str, Any]:
    """Return a page of who changed what, the newest first."""
    query = sa.select(SettingEdit).where(SettingEdit.subject == subject)
    page = newest_first(session, SettingEdit, query, request.limit, request.cursor)
    people = {row.by_id for row in page["items"]}
    names = {p.id: p.name for p in session.scalars(sa.select(Person).where(Person.id.in_(people)))}
    page["items"] = [
        {
            "id": row.id,
            "at": row.at,
            "by": {"id": str(row.by_id), "name": names[row.by_id]},
            "words": row.words,
            "note": row.note,
        }
        for row in page["items"]
    ]
    return page


def _count(days: list[Any], year: int, *, working: bool) -> int:
    return sum(day.year == year and is_worked == working for day, is_worked in days)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
