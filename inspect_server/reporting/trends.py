"""The trends 趋势: tasks reported, closed and overdue by day and by group. Only reads.

The sum over all days is the count of the board: a task is counted on the day it was opened, on the
day it was closed, and on the day its limit passed unmet. The present state of a task counts: a
reopened task is not closed, a void task is not counted at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.models import Task
from inspect_server.registry.reference import Reference
from inspect_server.reporting import periods
from inspect_server.reporting.periods import NO_GROUP, Counted, Counts, city_days, code_of
from inspect_server.tasks.queries import conditions, filtering, scope
from inspect_server.tasks.rules import measures
from schemas.pages import TrendFilter
from schemas.tasks import TaskFilter
from schemas.vocabulary import Measure, TrendGroup

DEFINITIONS = {
    "reported": "上报：当日收到的案件，作废除外",
    "closed": "结案：当日核查通过或按规则结案，此后未重开的案件",
    "closed_on_time": "按期结案：结案中责任单位在时限内提交的，当场办结的也计入",
    "due": "应结案：当日结案，或时限在当日到期而仍未结案的已派遣案件",
    "overdue": "超期：现行时限在当日到期而当时未提交的案件，不予立案、并案、作废除外",
}
_NAMES = tuple(DEFINITIONS)

_GROUP_COLUMNS: Mapping[TrendGroup, Any] = {
    TrendGroup.DISTRICT: Task.district_code,
    TrendGroup.UNIT: Task.unit_id,
    TrendGroup.CATEGORY: Task.category_code,
}


def trends(
    session: Session, reference: Reference, actor: Actor, filters: TrendFilter, now: datetime
) -> dict[str, Any]:
    """Return days and groups of a period, as far as this person may see the tasks.

    What lies out of this person's scope has no numbers: no days, no totals, no groups.
    """
    district = [filters.district] if filters.district else []
    days = city_days(now, filters.days)
    answer = {
        "as_of": now,
        "from_on": days[0],
        "to_on": days[-1],
        "by": filters.by,
        "in_scope": not scope.is_outside(actor, district, filters.unit),
        "definitions": DEFINITIONS,
    }
    if not answer["in_scope"]:
        return answer | {"days": [], "totals": None, "groups": []}
    task_filter = TaskFilter(district=district, unit=filters.unit, category=filters.category)
    visible = [
        conditions.visible_to(actor),
        *filtering.conditions_of(session, reference, task_filter, now),
    ]
    counts_of_days = _count(session, visible, days, now, None)
    counts_of_groups = _count(session, visible, days, now, _GROUP_COLUMNS[filters.by])
    open_tasks = _open_tasks(session, visible, now, _GROUP_COLUMNS[filters.by])
    day_rows = [_row(counts_of_days.get(str(day), {})) | {"on": day} for day in days]
    groups = [
        {"code": code, "name": _name(reference, filters.by, code)}
        | _row(counts_of_groups.get(code, {}))
        | open_tasks.get(code, _NOTHING_OPEN)
        for code in counts_of_groups.keys() | open_tasks.keys()
    ]
    groups.sort(key=lambda group: (-group["open"], -group["reported"], group["code"]))
    return answer | {
        "days": day_rows,
        "totals": {name: sum(day[name] for day in day_rows) for name in _NAMES}
        | {name: sum(group[name] for group in groups) for name in ("open", "overdue_now")},
        "groups": groups,
    }


def by_day(
    session: Session, visible: list[sa.ColumnElement[bool]], days: list[date], now: datetime
) -> Counts:
    """Return the counts by day, as ISO text; days without tasks are left out."""
    return _count(session, visible, days, now, None)


def _count(
    session: Session,
    visible: list[sa.ColumnElement[bool]],
    days: list[date],
    now: datetime,
    key: sa.ColumnElement[Any] | None,
) -> Counts:
    reported = Counted(Task.opened_at, measures.received(), {"reported": sa.true()})
    counted = (reported, periods.ended(now), periods.limit_passed(now))
    return periods.count(session, visible, (days[0], days[-1]), counted, key)


_NOTHING_OPEN: dict[str, Any] = {"open": 0, "overdue_now": 0, "states": {}}


def _open_tasks(
    session: Session,
    visible: list[sa.ColumnElement[bool]],
    now: datetime,
    key: sa.ColumnElement[Any],
) -> dict[str, dict[str, Any]]:
    """Count the open tasks, and those overdue, by group and state."""
    overdue = sa.func.sum(sa.case((measures.condition(Measure.OVERDUE, now), 1), else_=0))
    query = (
        sa.select(key, Task.state, sa.func.count(), overdue)
        .where(*visible, measures.is_open())
        .group_by(key, Task.state)
    )
    counts: dict[str, dict[str, Any]] = {}
    for code, state, count, overdue_count in session.execute(query):
        row = counts.setdefault(code_of(code), {"open": 0, "overdue_now": 0, "states": {}})
        row["states"][str(state)] = count
        row["open"] += count
        row["overdue_now"] += int(overdue_count)
    return counts


def _row(counts: Mapping[str, int]) -> dict[str, Any]:
    return {name: counts.get(name, 0) for name in _NAMES}


def _name(reference: Reference, by: TrendGroup, code: str) -> str:
    """Return the name of a group, or its code if it is no longer in the registers."""
    if code == NO_GROUP:
        return "未定位" if by is TrendGroup.DISTRICT else "未指派"
    match by:
        case TrendGroup.DISTRICT:
            return reference.districts[code].name
        case TrendGroup.UNIT:
            unit = reference.units.get(UUID(code))
            return unit.name if unit else code
        case TrendGroup.CATEGORY:
            return reference.categories[code].name_zh
