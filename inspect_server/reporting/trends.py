"""The trends 趋势: what came, was closed and fell overdue by day, and whose it is; SELECTs only.

Every number of a day adds up over all days to what the board counts: a case is counted on the day
it was opened, on the day it was closed, and on the day its limit passed unmet. What a case is now
decides: one that was reopened is not closed, one that is void was never there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from inspect_server.core.access import Actor
from inspect_server.core.clock import midnight
from inspect_server.models import Task
from inspect_server.registry.reference import Reference
from inspect_server.tasks.queries import conditions, filtering
from inspect_server.tasks.rules import measures
from schemas.city import SHANGHAI, SHANGHAI_OFFSET
from schemas.pages import TrendFilter
from schemas.tasks import TaskFilter
from schemas.vocabulary import Measure, TrendGroup

DEFINITIONS = {
    "reported": "上报:当日收到的案件,作废除外",
    "closed": "结案:当日核查通过,此后未重开的案件",
    "closed_on_time": "按期结案:其中责任单位在时限内提交的案件",
    "due": "应结案:当日结案,或时限在当日到期而仍未结案的已派遣案件",
    "overdue": "超期:现行时限在当日到期而当时未提交的案件,不予立案、并案、作废除外",
}
_NAMES = tuple(DEFINITIONS)
# What is not placed, or what no unit answers for.
NOBODY = "-"

Counts = dict[str, dict[str, int]]


class CityDay(FunctionElement[str]):
    """The day in the city 城市日 of a moment, as text: `2026-11-22`."""

    inherit_cache = True
    type = sa.String()


@compiles(CityDay, "sqlite")
def _in_sqlite(element: CityDay, compiler: SQLCompiler, **kw: Any) -> str:
    hours = SHANGHAI_OFFSET // timedelta(hours=1)
    return f"date({compiler.process(element.clauses, **kw)}, '{hours:+d} hours')"


@compiles(CityDay, "postgresql")
def _in_postgresql(element: CityDay, compiler: SQLCompiler, **kw: Any) -> str:
    moment = compiler.process(element.clauses, **kw)
    return f"to_char({moment} AT TIME ZONE '{SHANGHAI.key}', 'YYYY-MM-DD')"


_GROUPED_BY: Mapping[TrendGroup, Any] = {
    TrendGroup.DISTRICT: Task.district_code,
    TrendGroup.UNIT: Task.unit_id,
    TrendGroup.CATEGORY: Task.category_code,
}


def trends(
    session: Session, reference: Reference, actor: Actor, wanted: TrendFilter, now: datetime
) -> dict[str, Any]:
    """Return the days of a period and the groups it divides into, as this person may see them."""
    district = [wanted.district] if wanted.district else []
    narrowed = TaskFilter(district=district, unit=wanted.unit, category=wanted.category)
    seen = [
        conditions.visible_to(actor),
        *filtering.conditions_of(session, reference, narrowed, now),
    ]
    days = city_days(now, wanted.days)
    of_day = _counted(session, seen, days, now, None)
    of_group = _counted(session, seen, days, now, _GROUPED_BY[wanted.by])
    still_open = _still_open(session, seen, now, _GROUPED_BY[wanted.by])
    shown = [_row(of_day.get(str(day), {})) | {"on": day} for day in days]
    groups = [
        {"code": code, "name": _name(reference, wanted.by, code)}
        | _row(of_group.get(code, {}))
        | still_open.get(code, _NOTHING_OPEN)
        for code in of_group.keys() | still_open.keys()
    ]
    groups.sort(key=lambda group: (-group["open"], -group["reported"], group["code"]))
    return {
        "as_of": now,
        "from_on": days[0],
        "to_on": days[-1],
        "by": wanted.by,
        "days": shown,
        "totals": {name: sum(day[name] for day in shown) for name in _NAMES}
        | {name: sum(group[name] for group in groups) for name in ("open", "overdue_now")},
        "groups": groups,
        "definitions": DEFINITIONS,
    }


def city_days(now: datetime, many: int) -> list[date]:
    """Return the last days of the city, today the last."""
    today = now.astimezone(SHANGHAI).date()
    return [today - timedelta(days=back) for back in range(many - 1, -1, -1)]


def by_day(
    session: Session, seen: list[sa.ColumnElement[bool]], days: list[date], now: datetime
) -> Counts:
    """Count by day, each day by its ISO text; days without anything are left out."""
    return _counted(session, seen, days, now, None)


def _counted(
    session: Session,
    seen: list[sa.ColumnElement[bool]],
    days: list[date],
    now: datetime,
    key: sa.ColumnElement[Any] | None,
) -> Counts:
    """Count what happened in a period by a column, or by its days.

    Three selections, each of a stretch of one index: a period is as long as it is, however many
    cases there are.
    """
    # Not begun with: SQLite would read all a unit ever had rather than the days of the period.
    seen = conditions.row_by_row(*seen)
    begins, ends = midnight(days[0]), midnight(days[-1] + timedelta(days=1))
    closed, is_open = measures.closed(), measures.is_open()
    selections: tuple[tuple[Any, sa.ColumnElement[bool], dict[str, Any]], ...] = (
        (Task.opened_at, measures.received(), {"reported": sa.true()}),
        (
            Task.ended_at,
            closed,
            {
                "closed": sa.true(),
                "due": sa.true(),
                "closed_on_time": measures.condition(Measure.CLOSED_ON_TIME, now),
            },
        ),
        (
            Task.due_at,
            sa.and_(Task.due_at < now, sa.or_(is_open, closed)),
            {
                "overdue": measures.missed_its_limit(now),
                "due": measures.due_and_open(now),
            },
        ),
    )
    found: Counts = {}
    for moment, condition, wanted in selections:
        by = CityDay(moment) if key is None else key
        sums = [sa.func.sum(sa.case((one, 1), else_=0)) for one in wanted.values()]
        query = (
            sa.select(by.label("key"), *sums)
            .where(*seen, condition, moment >= begins, moment < ends)
            .group_by(sa.text("1"))
        )
        for code, *counts in session.execute(query):
            row = found.setdefault(_code(code), {})
            for name, count in zip(wanted, counts, strict=True):
                row[name] = row.get(name, 0) + int(count)
    return found


_NOTHING_OPEN: dict[str, Any] = {"open": 0, "overdue_now": 0, "states": {}}


def _still_open(
    session: Session,
    seen: list[sa.ColumnElement[bool]],
    now: datetime,
    key: sa.ColumnElement[Any],
) -> dict[str, dict[str, Any]]:
    """Count what is open now, by group and state: of all there ever was, little."""
    overdue = sa.func.sum(sa.case((measures.condition(Measure.OVERDUE, now), 1), else_=0))
    query = (
        sa.select(key, Task.state, sa.func.count(), overdue)
        .where(*seen, measures.is_open())
        .group_by(key, Task.state)
    )
    found: dict[str, dict[str, Any]] = {}
    for code, state, count, late in session.execute(query):
        row = found.setdefault(_code(code), {"open": 0, "overdue_now": 0, "states": {}})
        row["states"][str(state)] = count
        row["open"] += count
        row["overdue_now"] += int(late)
    return found


def _row(counts: Mapping[str, int]) -> dict[str, Any]:
    return {name: counts.get(name, 0) for name in _NAMES}


def _code(value: object) -> str:
    return NOBODY if value is None else str(value)


def _name(reference: Reference, by: TrendGroup, code: str) -> str:
    """Return what people call a group; one that left the registers keeps its code."""
    if code == NOBODY:
        return "未定位" if by is TrendGroup.DISTRICT else "未指派"
    match by:
        case TrendGroup.DISTRICT:
            return reference.districts[code].name
        case TrendGroup.UNIT:
            unit = reference.units.get(UUID(code))
            return unit.name if unit else code
        case TrendGroup.CATEGORY:
            return reference.categories[code].name_zh
