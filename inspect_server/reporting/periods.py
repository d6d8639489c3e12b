"""Counts of a period 时段: the cases with a moment in it, by day or by group. Only reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from inspect_server.core.clock import midnight
from inspect_server.models import Task
from inspect_server.tasks.queries import conditions
from inspect_server.tasks.rules import measures
from schemas.city import SHANGHAI, SHANGHAI_OFFSET
from schemas.vocabulary import Measure

# The group of tasks without a district or without a unit.
NO_GROUP = "-"

Counts = dict[str, dict[str, int]]
Condition = sa.ColumnElement[bool]


class CityDay(FunctionElement[str]):
    """The city day 城市日 of a moment as text: `2026-11-22`."""

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


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted of the tasks that have this moment in a period, each under its name."""

    moment: Any
    condition: Condition
    measured: Mapping[str, Condition]


def ended(now: datetime) -> Counted:
    """Count the tasks closed in a period: all of them were due in it."""
    on_time = measures.condition(Measure.CLOSED_ON_TIME, now)
    counted = {"closed": sa.true(), "due": sa.true(), "closed_on_time": on_time}
    return Counted(Task.ended_at, measures.closed(), counted)


def limit_passed(now: datetime) -> Counted:
    """Count the tasks whose limit passed unmet in a period, and those of them still due."""
    is_over = sa.and_(Task.due_at < now, sa.or_(measures.is_open(), measures.closed()))
    missed = {"overdue": measures.missed_its_limit(now), "due": measures.due_and_open(now)}
    return Counted(Task.due_at, is_over, missed)


def city_days(now: datetime, count: int) -> list[date]:
    """Return the last `count` city days 城市日, ending with today."""
    today = now.astimezone(SHANGHAI).date()
    return [today - timedelta(days=back) for back in range(count - 1, -1, -1)]


def count(
    session: Session,
    visible: Sequence[Condition],
    period: tuple[date, date],
    counted: Sequence[Counted],
    key: sa.ColumnElement[Any] | None,
) -> Counts:
    """Return the counts of a period, both days included, by a column, or by day if `key` is None.

    One query for each moment, each of one range of an index, so the cost depends on the length of
    the period and not on the number of tasks.
    """
    # Hidden from the planner: SQLite would read all tasks of a unit instead of those of the period.
    visible = conditions.row_by_row(*visible)
    begins, ends = midnight(period[0]), midnight(period[1] + timedelta(days=1))
    counts: Counts = {}
    for one in counted:
        by = CityDay(one.moment) if key is None else key
        names = one.measured.items()
        sums = [sa.func.sum(sa.case((condition, 1), else_=0)) for _, condition in names]
        query = (
            sa.select(by.label("key"), *sums)
            .where(*visible, one.condition, one.moment >= begins, one.moment < ends)
            .group_by(sa.text("1"))
        )
        for code, *values in session.execute(query):
            row = counts.setdefault(code_of(code), {})
            for name, value in zip(one.measured, values, strict=True):
                row[name] = row.get(name, 0) + int(value)
    return counts


def code_of(value: object) -> str:
    """Return the code of a group: of a district or a unit, or that of none."""
    return NO_GROUP if value is None else str(value)
