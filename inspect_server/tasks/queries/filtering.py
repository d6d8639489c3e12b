"""What a filter 筛选 of tasks means as conditions, and whether it leaves only few tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.clock import midnight
from inspect_server.models import Observation, Task
from inspect_server.registry.reference import Reference
from inspect_server.tasks.queries import search
from inspect_server.tasks.queries.conditions import (
    Condition,
    in_districts,
    of_category,
    row_by_row,
)
from inspect_server.tasks.rules import measures
from schemas.tasks import TaskFilter
from schemas.vocabulary import OPEN_STATES, Dated, Measure, TaskState

# Up to so many rows of an index are put together to count them.
COUNTED_FROM_INDEX = 20_000
ENDED_STATES = frozenset(TaskState) - OPEN_STATES
# What the days of a filter are of: each stands in an index.
_DATES: dict[Dated, Any] = {
    Dated.OPENED: Task.opened_at,
    Dated.ENDED: Task.ended_at,
    Dated.DUE: Task.due_at,
}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The conditions of a filter, its states and districts apart; `few`: few tasks meet them."""

    conditions: list[Condition]
    few: bool = False


def narrow(
    session: Session, reference: Reference, filters: TaskFilter, now: datetime, most: int
) -> Narrowing:
    """Return the conditions of a filter; a part that leaves at most `most` tasks is begun with."""
    conditions: list[Condition] = []
    if filters.unit:
        conditions.append(Task.unit_id == filters.unit)
    if filters.category:
        conditions.append(of_category(reference, filters.category))
    if filters.campaign:
        conditions.append(Task.campaign == filters.campaign)
    if filters.severity:
        conditions.append(Task.severity == filters.severity)
    if filters.street:
        conditions.append(Task.street_code == filters.street)
    if filters.community:
        conditions.append(Task.community_code == filters.community)
    if filters.locality_basis:
        conditions.append(Task.locality_basis == filters.locality_basis)
    if filters.overdue is not None:
        late = measures.condition(Measure.OVERDUE, now)
        conditions.append(late if filters.overdue else sa.not_(sa.func.coalesce(late, False)))
    if filters.unassigned:
        conditions.append(measures.unassigned())
    if filters.measure and filters.measure not in measures.FEW:
        conditions.append(measures.condition(filters.measure, now))
    first = _begin_with(session, reference, filters, most, now)
    if first.few:
        conditions = row_by_row(*conditions)
    return Narrowing([*conditions, *first.conditions], first.few)


def _begin_with(
    session: Session, reference: Reference, filters: TaskFilter, most: int, now: datetime
) -> Narrowing:
    """Return the conditions of days, map and text, which are counted before they are used, and of
    what is always true of few.
    """
    parts = []
    if filters.measure in measures.FEW:
        few = sa.select(Task.serial).where(measures.condition(filters.measure, now))
        parts.append(Narrowing([Task.serial.in_(few)], few=True))
    if filters.from_on or filters.to_on:
        parts.append(_within_days(session, filters, most))
    if filters.bbox:
        parts.append(_inside(session, filters.bbox, most))
    if filters.text:
        matches = search.mentions(session, reference, filters.text, most)
        parts.append(Narrowing(matches.conditions, matches.few))
    return Narrowing(
        [condition for part in parts for condition in part.conditions],
        any(part.few for part in parts),
    )


def conditions_of(
    session: Session, reference: Reference, filters: TaskFilter, now: datetime
) -> list[Condition]:
    """Return all conditions of a filter: for counting, where no list is read in order."""
    narrowing = narrow(session, reference, filters, now, search.FEW)
    return [*in_districts(filters.district), *narrowing.conditions]


def states_of(filters: TaskFilter) -> frozenset[TaskState]:
    """Return the states the tasks of a filter can be in; all of them where it does not say."""
    states = frozenset(filters.state or TaskState)
    if filters.measure:
        states &= measures.STATES.get(filters.measure, states)
    if filters.overdue:
        states &= OPEN_STATES
    if filters.unassigned:
        states &= measures.STATES[Measure.UNASSIGNED]
    if filters.dated is Dated.ENDED and (filters.from_on or filters.to_on):
        states -= OPEN_STATES
    return states


def _inside(session: Session, bbox: str, most: int) -> Narrowing:
    """Return the condition of a rectangle on the map."""
    west, south, east, north = map(float, bbox.split(","))
    inside = (Observation.lat.between(south, north), Observation.lon.between(west, east))
    ids = sa.select(Observation.id).where(*inside)
    count = sa.select(sa.func.count()).select_from(ids.limit(most + 1).subquery())
    if (session.scalar(count) or 0) <= most:
        return Narrowing([Task.observation_id.in_(ids)], few=True)
    # Case after case: the whole city is no reason to sort the whole city.
    return Narrowing([sa.exists().where(Observation.id == Task.observation_id, *inside)])


def _within_days(session: Session, filters: TaskFilter, most: int) -> Narrowing:
    """Return the conditions of a filter's days 日期.

    More than few are looked for in the list's order, and between the first and the last serial
    there is in those days: what is newer by years is not gone through.
    """
    column = _DATES[filters.dated]
    serials = sa.select(Task.serial).where(*_between(column, filters))
    if filters.dated is Dated.ENDED:
        # Said for the index, which begins with the state: what is open has not ended.
        serials = serials.where(Task.state.in_(sorted(ENDED_STATES)))
    some = serials.limit(COUNTED_FROM_INDEX + 1).subquery()
    ends = sa.select(sa.func.count(), sa.func.min(some.c.serial), sa.func.max(some.c.serial))
    count, first, last = session.execute(ends).one()
    if count <= most:
        return Narrowing([Task.serial.in_(serials)], few=True)
    between = [Task.serial.between(first, last)] if count <= COUNTED_FROM_INDEX else []
    return Narrowing([*row_by_row(*_between(column, filters)), *between])


def _between(moment: sa.ColumnElement[Any], filters: TaskFilter) -> list[Condition]:
    conditions: list[Condition] = []
    if filters.from_on:
        conditions.append(moment >= midnight(filters.from_on))
    if filters.to_on:
        conditions.append(moment < midnight(filters.to_on + timedelta(days=1)))
    return conditions
