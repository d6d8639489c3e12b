"""Lists of tasks: a page in its order, and counts; SELECTs only.

A page is loaded in a handful of queries, however many tasks it shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.pagination import (
    exactly,
    moment_or_none,
    read_cursor,
    whole_number,
    write_cursor,
    yes_or_no,
)
from inspect_server.models import Task
from inspect_server.registry.reference import Reference
from inspect_server.tasks.queries import conditions, filtering, rows, scope, search
from inspect_server.tasks.queries.conditions import Condition
from inspect_server.tasks.rules import measures
from schemas.tasks import TaskFilter
from schemas.vocabulary import OPEN_STATES, Measure, TaskState

# Of a frequent filter so many tasks of an ended state are counted, and no more.
COUNTED = 1_000
# A page is put together from so many lists of one district and one state each, at most.
MOST_STREAMS = 32


def page(
    session: Session, reference: Reference, actor: Actor, filters: TaskFilter, now: datetime
) -> dict[str, Any]:
    """Return one page of the tasks this person may see."""
    tasks = first_tasks(session, reference, actor, filters, now, filters.limit + 1)
    more, tasks = len(tasks) > filters.limit, tasks[: filters.limit]
    return {
        "items": rows.rows(session, reference, actor, tasks, now),
        "next": cursor_after(tasks[-1], filters) if more else None,
    }


def first_tasks(
    session: Session,
    reference: Reference,
    actor: Actor,
    filters: TaskFilter,
    now: datetime,
    limit: int,
) -> list[Task]:
    """Return the first tasks of a list, from its cursor on."""
    first = serials(session, reference, actor, filters, now, limit)
    by_serial = {
        task.serial: task for task in session.scalars(sa.select(Task).where(Task.serial.in_(first)))
    }
    return [by_serial[serial] for serial in first]


def serials(
    session: Session,
    reference: Reference,
    actor: Actor,
    filters: TaskFilter,
    now: datetime,
    limit: int,
) -> list[int]:
    """Return the serials of the first tasks of a list, from its cursor on.

    They come from indexes. A list of several districts or states is read as several lists in
    order, of which each gives its first: no database has to sort what it then throws away.
    """
    narrowing = filtering.narrow(session, reference, filters, now, search.FEW)
    first: list[int] = []
    for part in _parts(filters):
        states = filtering.states_of(filters) & part.states
        if len(first) == limit or not states:
            continue
        whole = [
            conditions.visible_to(actor),
            *conditions.in_districts(filters.district),
            *conditions.in_states(states),
        ]
        if narrowing.few:
            streams = [conditions.row_by_row(*whole, *part.conditions)]
        else:
            of_each = _streams(actor, filters, states) or [whole]
            streams = [[*stream, *part.conditions] for stream in of_each]
        first += _first(
            session,
            [[*stream, *narrowing.conditions] for stream in streams],
            part.order,
            limit - len(first),
        )
    return first


def _streams(
    actor: Actor, filters: TaskFilter, of_states: frozenset[TaskState]
) -> list[list[Condition]]:
    """Cut what a list is of into lists of one district and one state, each in its own order."""
    if actor.role not in access.OVERSEERS:
        return []
    own: set[str | None] | None = None
    if actor.district_code is not None:
        own = {actor.district_code, None}
    if filters.district:
        named = {None if code == conditions.NO_DISTRICT else code for code in filters.district}
        own = named if own is None else own & named
    districts: list[list[Condition]] = [[]]
    if own is not None:
        codes = sorted(own, key=lambda code: code or "")
        districts = [
            [Task.district_code.is_(None) if code is None else Task.district_code == code]
            for code in codes
        ]
    states: list[list[Condition]] = [[]]
    if len(of_states) < len(TaskState):
        states = [[Task.state == state] for state in sorted(of_states)]
    streams = [[*district, *state] for district in districts for state in states]
    if not streams:
        return [[sa.false()]]
    return streams if len(streams) <= MOST_STREAMS else []


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a list that one index gives in order: what is in it, and that order."""

    conditions: list[Condition]
    order: tuple[Any, ...]
    states: frozenset[TaskState] = frozenset(TaskState)


def _parts(filters: TaskFilter) -> list[Part]:
    """Cut a list at its cursor; the most urgent from what has no limit, and from what is over."""
    newest = (Task.serial.desc(),)
    if filters.sort != "due":
        if not filters.cursor:
            return [Part([], newest)]
        _, serial = read_cursor(filters.cursor, exactly("new"), whole_number)
        return [Part([Task.serial < serial], newest)]
    urgent, oldest = (Task.due_at, Task.serial), (Task.serial,)
    has_none, over = Task.due_at.is_(None), Part([], newest, filtering.ENDED_STATES)
    unlimited = Part([has_none], oldest, OPEN_STATES)
    if not filters.cursor:
        return [Part([Task.due_at.is_not(None)], urgent, OPEN_STATES), unlimited, over]
    _, is_open, moment, serial = read_cursor(
        filters.cursor, exactly("due"), yes_or_no, moment_or_none, whole_number
    )
    if not is_open:
        return [Part([Task.serial < serial], newest, filtering.ENDED_STATES)]
    if moment is None:
        return [Part([has_none, Task.serial > serial], oldest, OPEN_STATES), over]
    return [
        Part([Task.due_at == moment, Task.serial > serial], oldest, OPEN_STATES),
        Part([Task.due_at > moment], urgent, OPEN_STATES),
        unlimited,
        over,
    ]


def _first(
    session: Session,
    streams: list[list[Condition]],
    order: tuple[Any, ...],
    limit: int,
) -> list[int]:
    """Return the serials of the first tasks of several lists in one order."""
    each = [
        sa.select(Task.serial, Task.due_at).where(*stream).order_by(*order).limit(limit)
        for stream in streams
    ]
    if len(each) == 1:
        return [serial for serial, _ in session.execute(each[0])]
    # SQLite takes an order and a limit of a part only inside a selection of its own.
    parts = [sa.select(one) for one in (query.subquery() for query in each)]
    merged = sa.union_all(*parts).subquery()
    columns = {"serial": merged.c.serial, "due_at": merged.c.due_at}
    outer = [_same(term, columns) for term in order]
    query = sa.select(merged.c.serial).order_by(*outer).limit(limit)
    return list(session.scalars(query))


def _same(term: Any, columns: dict[str, Any]) -> Any:
    """Return an order's term over the merged list."""
    if isinstance(term, sa.UnaryExpression):
        return columns[str(term.element.key)].desc()
    return columns[str(term.key)]


def cursor_after(last: Any, filters: TaskFilter) -> str:
    """Return where a list goes on behind this task."""
    if filters.sort != "due":
        return write_cursor("new", last.serial)
    due_at = last.due_at.isoformat() if last.due_at else None
    return write_cursor("due", last.state in OPEN_STATES, due_at, last.serial)


_COUNTED = (
    Measure.OVERDUE,
    Measure.DUE_SOON,
    Measure.UNASSIGNED,
    Measure.UNPLACED,
    Measure.LOCALITY_UNDECIDED,
    Measure.EXTENSION_PENDING,
    Measure.APPEAL_PENDING,
)


def counts(
    session: Session, reference: Reference, actor: Actor, filters: TaskFilter, now: datetime
) -> dict[str, Any]:
    """Count the tasks a filter finds, by state and by what needs somebody.

    What is open is always counted to the last. What ended years ago and holds a frequent
    text, lies somewhere in the city, or is of a long time, is counted to `COUNTED`, and its state
    is named `capped`. What the reader may not see has no numbers.
    """
    outside = scope.districts_outside(actor, filters.district)
    if scope.is_outside(actor, filters.district, filters.unit):
        nothing: dict[str, Any] = dict.fromkeys(map(str, _COUNTED))
        return nothing | {
            "states": {},
            "capped": [],
            "in_scope": False,
            "out_of_scope": outside,
        }
    return _counts(session, reference, actor, filters, now) | {
        "in_scope": True,
        "out_of_scope": outside,
    }


def _counts(
    session: Session, reference: Reference, actor: Actor, filters: TaskFilter, now: datetime
) -> dict[str, Any]:
    narrowing = filtering.narrow(session, reference, filters, now, filtering.COUNTED_FROM_INDEX)
    visible = [conditions.visible_to(actor), *conditions.in_districts(filters.district)]
    whole = [
        *(conditions.row_by_row(*visible) if narrowing.few else visible),
        *narrowing.conditions,
    ]
    sums = [
        sa.func.sum(sa.case((measures.condition(measure, now), 1), else_=0)) for measure in _COUNTED
    ]
    states = {str(state): 0 for state in TaskState}
    needy = {str(measure): 0 for measure in _COUNTED}
    query = sa.select(Task.state, sa.func.count(), *sums).where(*whole).group_by(Task.state)
    if not narrowing.few:
        query = query.where(Task.state.in_(sorted(OPEN_STATES)))
    for state, count, *needs in session.execute(query):
        states[str(state)] = count
        for measure, many in zip(_COUNTED, needs, strict=True):
            needy[str(measure)] += int(many)
    if narrowing.few:
        return {"states": states, "capped": []} | needy
    # The only one of them that is true of ended cases; from an index of its own.
    appeals = sa.select(sa.func.count()).where(*whole, measures.appeal_pending())
    needy[str(Measure.APPEAL_PENDING)] = session.scalar(appeals.select_from(Task)) or 0
    limited = bool(filters.text or filters.bbox or filters.from_on or filters.to_on)
    ended = _ended_to_a_limit(whole) if limited else _ended(whole)
    of_ended = {str(state): int(count) for state, count in session.execute(ended)}
    capped = sorted(state for state, count in of_ended.items() if limited and count > COUNTED)
    return {"states": states | of_ended | dict.fromkeys(capped, COUNTED), "capped": capped} | needy


def _ended(visible: list[Condition]) -> sa.Select[TaskState, int]:
    query = sa.select(Task.state, sa.func.count()).where(*visible)
    return query.where(Task.state.in_(filtering.ENDED_STATES)).group_by(Task.state)


def _ended_to_a_limit(visible: list[Condition]) -> sa.CompoundSelect[str, int]:
    some = (
        sa.select(Task.serial).where(Task.state == state, *visible).limit(COUNTED + 1)
        for state in sorted(filtering.ENDED_STATES)
    )
    return sa.union_all(
        *(
            sa.select(sa.literal(str(state)), sa.func.count()).select_from(part.subquery())
            for state, part in zip(sorted(filtering.ENDED_STATES), some, strict=True)
        )
    )
