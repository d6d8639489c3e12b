"""Tasks as screens show them: lists, counts, and whole cases; SELECTs only.

Everything a page needs is loaded in a handful of queries, however many tasks it shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql.visitors import replacement_traverse

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.clock import midnight
from inspect_server.core.geo import metres_between
from inspect_server.core.pagination import (
    exactly,
    moment_or_none,
    read_cursor,
    whole_number,
    write_cursor,
    yes_or_no,
)
from inspect_server.core.problems import NotFound
from inspect_server.models import (
    Observation,
    Person,
    Photo,
    RescuedKind,
    Task,
    TaskEvent,
    TaskMove,
    Visit,
)
from inspect_server.photos.queries import photos as photo_queries
from inspect_server.photos.queries import screening
from inspect_server.registry.reference import Reference
from inspect_server.registry.rules import working_time
from inspect_server.tasks.queries import provenance, search
from inspect_server.tasks.queries import visits as visit_queries
from inspect_server.tasks.rules import evidence, flow_checks
from inspect_server.tasks.rules.deadlines import DUE_SOON
from inspect_server.tasks.rules.flow import Step
from schemas.tasks import TaskFilter
from schemas.vocabulary import (
    ANNOTATED_MOVES,
    MOVE_REASONS,
    OPEN_STATES,
    REASON_LABELS,
    Dated,
    Measure,
    Move,
    PhotoState,
    Role,
    SystemEvent,
    TaskState,
)

# --- which -----------------------------------------------------------------------------------


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition under which a task exists for this person."""
    if actor.role is Role.HANDLER:
        return sa.and_(Task.unit_id == actor.unit_id, Task.dispatched_at.is_not(None))
    if actor.role in access.OVERSEERS:
        if actor.district_code is None:
            return sa.true()
        return sa.or_(Task.district_code == actor.district_code, Task.district_code.is_(None))
    return Task.reporter_id == actor.id


def overdue_at(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition under which a task is overdue: open, late, its clock running."""
    return sa.and_(Task.state.in_(OPEN_STATES), Task.due_at < now, Task.clock_stopped_at.is_(None))


def is_overdue(task: Any, now: datetime) -> bool:
    """Say whether a task is overdue."""
    return (
        task.state in OPEN_STATES
        and task.due_at is not None
        and task.due_at < now
        and task.clock_stopped_at is None
    )


def unassigned() -> sa.ColumnElement[bool]:
    """Return the condition of the 待指派 list: to be dispatched, and no rule names a unit."""
    return sa.and_(Task.state.in_((TaskState.FILED, TaskState.HANDED_BACK)), Task.unit_id.is_(None))


def measured(measure: Measure, now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition a number of the board counts; its list is filtered by the same."""
    closed = Task.state == TaskState.CLOSED
    is_open = Task.state.in_(OPEN_STATES)
    match measure:
        case Measure.RECEIVED:
            return Task.state != TaskState.VOID
        case Measure.FILED:
            return sa.and_(Task.filed_at.is_not(None), Task.state != TaskState.VOID)
        case Measure.REJECTED:
            return Task.state == TaskState.REJECTED
        case Measure.DUE:
            return sa.or_(
                closed, sa.and_(Task.dispatched_at.is_not(None), is_open, Task.due_at <= now)
            )
        case Measure.CLOSED:
            return closed
        case Measure.CLOSED_ON_TIME:
            on_time = sa.or_(Task.due_at.is_(None), Task.submitted_at <= Task.due_at)
            return sa.and_(closed, on_time)
        case Measure.REWORK:
            return sa.and_(Task.reworks > 0, Task.state != TaskState.VOID)
        case Measure.OPEN:
            return is_open
        case Measure.OVERDUE:
            return overdue_at(now)
        case Measure.DUE_SOON:
            soon = Task.due_at.between(now, now + DUE_SOON)
            return sa.and_(is_open, soon, Task.clock_stopped_at.is_(None))
        case Measure.UNASSIGNED:
            return unassigned()
        case Measure.UNPLACED:
            return sa.and_(is_open, Task.district_code.is_(None))


# The states a measure can only be found in: a list of few states is read state by state.
_STATES_OF: dict[Measure, frozenset[TaskState]] = {
    Measure.REJECTED: frozenset({TaskState.REJECTED}),
    Measure.CLOSED: frozenset({TaskState.CLOSED}),
    Measure.CLOSED_ON_TIME: frozenset({TaskState.CLOSED}),
    Measure.OPEN: OPEN_STATES,
    Measure.OVERDUE: OPEN_STATES,
    Measure.DUE_SOON: OPEN_STATES,
    Measure.UNASSIGNED: frozenset({TaskState.FILED, TaskState.HANDED_BACK}),
    Measure.UNPLACED: OPEN_STATES,
}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The conditions of a filter, its states apart, and whether they leave only few cases."""

    conditions: list[sa.ColumnElement[bool]]
    few: bool = False


def _narrowed(
    session: Session,
    reference: Reference,
    wanted: TaskFilter,
    now: datetime,
    *,
    most: int,
) -> Narrowed:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.unit:
        conditions.append(Task.unit_id == wanted.unit)
    if wanted.category:
        conditions.append(_of_category(reference, wanted.category))
    if wanted.campaign:
        conditions.append(Task.campaign == wanted.campaign)
    if wanted.severity:
        conditions.append(Task.severity == wanted.severity)
    if wanted.overdue is not None:
        late = overdue_at(now)
        conditions.append(late if wanted.overdue else sa.not_(sa.func.coalesce(late, False)))
    if wanted.unassigned:
        conditions.append(unassigned())
    if wanted.measure:
        conditions.append(measured(wanted.measure, now))
    few, begins = False, list[sa.ColumnElement[bool]]()
    if wanted.from_on or wanted.to_on:
        within, few = _within(session, wanted, most)
        begins += within
    if wanted.bbox:
        inside, in_sight = _inside(session, wanted.bbox, most)
        begins.append(inside)
        few |= in_sight
    if wanted.text:
        sought = search.mentions(session, reference, wanted.text, most)
        begins += sought.conditions
        few |= sought.few
    if few:
        conditions = looked_through(*conditions)
    return Narrowed([*conditions, *begins], few)


def conditions(
    session: Session, reference: Reference, wanted: TaskFilter, now: datetime
) -> list[sa.ColumnElement[bool]]:
    """Return what a filter narrows all cases by: for counting, where no list is read in order."""
    narrowed = _narrowed(session, reference, wanted, now, most=search.FEW)
    return [*_in_districts(wanted), *narrowed.conditions]


def _of_category(reference: Reference, code: str) -> sa.ColumnElement[bool]:
    if code in reference.categories:
        exactly_this: sa.ColumnElement[bool] = Task.category_code == code
        return exactly_this
    return Task.category_code.startswith(code, autoescape=True)


def _inside(session: Session, bbox: str, most: int) -> tuple[sa.ColumnElement[bool], bool]:
    """Return the condition of a rectangle on the map, and whether few cases lie in it."""
    west, south, east, north = map(float, bbox.split(","))
    inside = (Observation.lat.between(south, north), Observation.lon.between(west, east))
    ids = sa.select(Observation.id).where(*inside)
    found = sa.select(sa.func.count()).select_from(ids.limit(most + 1).subquery())
    if (session.scalar(found) or 0) <= most:
        return Task.observation_id.in_(ids), True
    # Case after case: the whole city is no reason to sort the whole city.
    return sa.exists().where(Observation.id == Task.observation_id, *inside), False


# What the days of a filter are of: each stands in an index.
_DATES: dict[Dated, Any] = {
    Dated.OPENED: Task.opened_at,
    Dated.ENDED: Task.ended_at,
    Dated.DUE: Task.due_at,
}


def _within(
    session: Session, wanted: TaskFilter, most: int
) -> tuple[list[sa.ColumnElement[bool]], bool]:
    """Return the conditions of a filter's days 日期, and whether few cases lie in them.

    More than few are looked for in the list's order, and between the first and the last serial
    there is in those days: what is newer by years is not gone through.
    """
    column = _DATES[wanted.dated]
    serials = sa.select(Task.serial).where(*_between(column, wanted))
    if wanted.dated is Dated.ENDED:
        # Said for the index, which begins with the state: what is open has not ended.
        serials = serials.where(Task.state.in_(sorted(_ENDED)))
    some = serials.limit(COUNTED_FROM_INDEX + 1).subquery()
    ends = sa.select(sa.func.count(), sa.func.min(some.c.serial), sa.func.max(some.c.serial))
    count, first, last = session.execute(ends).one()
    if count <= most:
        return [Task.serial.in_(serials)], True
    between = [Task.serial.between(first, last)] if count <= COUNTED_FROM_INDEX else []
    return [*looked_through(*_between(column, wanted)), *between], False


def _between(moment: sa.ColumnElement[Any], wanted: TaskFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.from_on:
        found.append(moment >= midnight(wanted.from_on))
    if wanted.to_on:
        found.append(moment < midnight(wanted.to_on + timedelta(days=1)))
    return found


def looked_through(*conditions: sa.ColumnElement[bool]) -> list[sa.ColumnElement[bool]]:
    """Return conditions that are compared row by row and sought in no index.

    SQLite would leave the order of a list, or what few cases a period has, for all that a unit
    or a state ever had. PostgreSQL knows better, and sees through it.
    """

    def veiled(element: Any, **_: Any) -> Any:
        return sa.func.coalesce(element, sa.null()) if isinstance(element, sa.Column) else None

    return [replacement_traverse(condition, {}, veiled) for condition in conditions]


def _in_districts(wanted: TaskFilter) -> list[sa.ColumnElement[bool]]:
    if not wanted.district:
        return []
    named = [code for code in wanted.district if code != "-"]
    found: list[sa.ColumnElement[bool]] = [Task.district_code.in_(named)]
    if "-" in wanted.district:
        found.append(Task.district_code.is_(None))
    return [sa.or_(*found)]


def _states(wanted: TaskFilter) -> frozenset[TaskState]:
    """Return the states the wanted cases can be in; all of them where nothing says."""
    states = frozenset(wanted.state or TaskState)
    if wanted.measure:
        states &= _STATES_OF.get(wanted.measure, states)
    if wanted.overdue:
        states &= OPEN_STATES
    if wanted.unassigned:
        states &= _STATES_OF[Measure.UNASSIGNED]
    if wanted.dated is Dated.ENDED and (wanted.from_on or wanted.to_on):
        states -= OPEN_STATES
    return states


# --- lists -----------------------------------------------------------------------------------

# Up to so many rows of an index are put together to count them; what is more is looked through
# until `COUNTED` cases were found.
COUNTED_FROM_INDEX = 20_000
COUNTED = 1_000
_ENDED = frozenset(TaskState) - OPEN_STATES
# A page is put together from so many lists of one district and one state each, at most.
MOST_STREAMS = 32


def page(
    session: Session, reference: Reference, actor: Actor, wanted: TaskFilter, now: datetime
) -> dict[str, Any]:
    """Return one page of the tasks this person may see."""
    tasks = found(session, reference, actor, wanted, now, wanted.limit + 1)
    more, tasks = len(tasks) > wanted.limit, tasks[: wanted.limit]
    return {
        "items": rows(session, reference, actor, tasks, now),
        "next": cursor_after(tasks[-1], wanted) if more else None,
    }


def found(
    session: Session,
    reference: Reference,
    actor: Actor,
    wanted: TaskFilter,
    now: datetime,
    limit: int,
) -> list[Task]:
    """Return the first tasks of a list, from its cursor on."""
    first = serials(session, reference, actor, wanted, now, limit)
    by_serial = {
        task.serial: task for task in session.scalars(sa.select(Task).where(Task.serial.in_(first)))
    }
    return [by_serial[serial] for serial in first]


def serials(
    session: Session,
    reference: Reference,
    actor: Actor,
    wanted: TaskFilter,
    now: datetime,
    limit: int,
) -> list[int]:
    """Return the serials of the first tasks of a list, from its cursor on.

    They come from indexes. A list of several districts or
    states is read as several lists in order, of which each gives its first: no database has to
    sort what it then throws away.
    """
    narrowed = _narrowed(session, reference, wanted, now, most=search.FEW)
    first: list[int] = []
    for part in _parts(wanted):
        states = _states(wanted) & part.states
        if len(first) == limit or not states:
            continue
        whole = [visible_to(actor), *_in_districts(wanted), *_of_states(states)]
        if narrowed.few:
            streams = [looked_through(*whole, *part.conditions)]
        else:
            of_each = _streams(actor, wanted, states) or [whole]
            streams = [[*stream, *part.conditions] for stream in of_each]
        first += _first(
            session,
            [[*stream, *narrowed.conditions] for stream in streams],
            part.order,
            limit - len(first),
        )
    return first


def _of_states(states: frozenset[TaskState]) -> list[sa.ColumnElement[bool]]:
    if len(states) == len(TaskState):
        return []
    return [Task.state.in_(sorted(states))]


def _streams(
    actor: Actor, wanted: TaskFilter, of_states: frozenset[TaskState]
) -> list[list[sa.ColumnElement[bool]]]:
    """Cut what a list is of into lists of one district and one state, each in its own order."""
    if actor.role not in access.OVERSEERS:
        return []
    own: set[str | None] | None = None
    if actor.district_code is not None:
        own = {actor.district_code, None}
    if wanted.district:
        named = {None if code == "-" else code for code in wanted.district}
        own = named if own is None else own & named
    districts: list[list[sa.ColumnElement[bool]]] = [[]]
    if own is not None:
        codes = sorted(own, key=lambda code: code or "")
        districts = [
            [Task.district_code.is_(None) if code is None else Task.district_code == code]
            for code in codes
        ]
    states: list[list[sa.ColumnElement[bool]]] = [[]]
    if len(of_states) < len(TaskState):
        states = [[Task.state == state] for state in sorted(of_states)]
    streams = [[*district, *state] for district in districts for state in states]
    if not streams:
        return [[sa.false()]]
    return streams if len(streams) <= MOST_STREAMS else []


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a list that one index gives in order: what is in it, and that order."""

    conditions: list[sa.ColumnElement[bool]]
    order: tuple[Any, ...]
    states: frozenset[TaskState] = frozenset(TaskState)


def _parts(wanted: TaskFilter) -> list[Part]:
    """Cut a list at its cursor; the most urgent from what has no limit, and from what is over."""
    newest = (Task.serial.desc(),)
    if wanted.sort != "due":
        if not wanted.cursor:
            return [Part([], newest)]
        _, serial = read_cursor(wanted.cursor, exactly("new"), whole_number)
        return [Part([Task.serial < serial], newest)]
    urgent, oldest = (Task.due_at, Task.serial), (Task.serial,)
    has_none, over = Task.due_at.is_(None), Part([], newest, _ENDED)
    unlimited = Part([has_none], oldest, OPEN_STATES)
    if not wanted.cursor:
        return [Part([Task.due_at.is_not(None)], urgent, OPEN_STATES), unlimited, over]
    _, is_open, moment, serial = read_cursor(
        wanted.cursor, exactly("due"), yes_or_no, moment_or_none, whole_number
    )
    if not is_open:
        return [Part([Task.serial < serial], newest, _ENDED)]
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
    streams: list[list[sa.ColumnElement[bool]]],
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


def cursor_after(last: Any, wanted: TaskFilter) -> str:
    """Return where a list goes on behind this task."""
    if wanted.sort != "due":
        return write_cursor("new", last.serial)
    due_at = last.due_at.isoformat() if last.due_at else None
    return write_cursor("due", last.state in OPEN_STATES, due_at, last.serial)


def counts(
    session: Session, reference: Reference, actor: Actor, wanted: TaskFilter, now: datetime
) -> dict[str, Any]:
    """Count the tasks a filter finds, by state and by what needs somebody.

    What is open is always counted to the last. What ended years ago and holds a frequent
    text, lies somewhere in the city, or is of a long time, is counted to `COUNTED`, and its state
    is named `capped`.
    """
    narrowed = _narrowed(session, reference, wanted, now, most=COUNTED_FROM_INDEX)
    seen = [visible_to(actor), *_in_districts(wanted)]
    conditions = [*(looked_through(*seen) if narrowed.few else seen), *narrowed.conditions]
    counted = (Measure.OVERDUE, Measure.DUE_SOON, Measure.UNASSIGNED, Measure.UNPLACED)
    sums = [sa.func.sum(sa.case((measured(measure, now), 1), else_=0)) for measure in counted]
    states = {str(state): 0 for state in TaskState}
    needy = {str(measure): 0 for measure in counted}
    query = sa.select(Task.state, sa.func.count(), *sums).where(*conditions).group_by(Task.state)
    if not narrowed.few:
        query = query.where(Task.state.in_(sorted(OPEN_STATES)))
    for state, count, *needs in session.execute(query):
        states[str(state)] = count
        for measure, many in zip(counted, needs, strict=True):
            needy[str(measure)] += int(many)
    if narrowed.few:
        return {"states": states, "capped": []} | needy
    sifted = bool(wanted.text or wanted.bbox or wanted.from_on or wanted.to_on)
    ended = _ended_to_a_limit(conditions) if sifted else _ended(conditions)
    found = {str(state): int(count) for state, count in session.execute(ended)}
    capped = sorted(state for state, count in found.items() if sifted and count > COUNTED)
    return {"states": states | found | dict.fromkeys(capped, COUNTED), "capped": capped} | needy


def _ended(conditions: list[sa.ColumnElement[bool]]) -> sa.Select[TaskState, int]:
    query = sa.select(Task.state, sa.func.count()).where(*conditions)
    return query.where(Task.state.in_(_ENDED)).group_by(Task.state)


def _ended_to_a_limit(conditions: list[sa.ColumnElement[bool]]) -> sa.CompoundSelect[str, int]:
    some = (
        sa.select(Task.serial).where(Task.state == state, *conditions).limit(COUNTED + 1)
        for state in sorted(_ENDED)
    )
    return sa.union_all(
        *(
            sa.select(sa.literal(str(state)), sa.func.count()).select_from(part.subquery())
            for state, part in zip(sorted(_ENDED), some, strict=True)
        )
    )


NEARBY_MOST = 20
METRES_PER_DEGREE = 111_320.0


def nearby(
    session: Session,
    reference: Reference,
    actor: Actor,
    task_id: UUID,
    radius_m: int,
    now: datetime,
) -> dict[str, Any]:
    """Return the open cases around a case 附近案件: its own category first, then the nearest.

    A rectangle of degrees is asked of the index; the distance is taken of what lies in it.
    Raises `NotFound`.
    """
    task = session.scalar(sa.select(Task).where(Task.id == task_id))
    if task is None or not access.sees_task(actor, task):
        raise NotFound()
    here = session.get_one(Observation, task.observation_id)
    if here.lon is None or here.lat is None:
        return {"items": [], "radius_m": radius_m, "placed": False}
    origin = (here.lon, here.lat)
    high = radius_m / METRES_PER_DEGREE
    # Wider towards the poles; a hair more than needed, the distance decides.
    wide = high / max(math.cos(math.radians(min(abs(here.lat) + high, 89.9))), 0.001)
    around = sa.select(Observation.id).where(
        Observation.lat.between(here.lat - high, here.lat + high),
        Observation.lon.between(here.lon - wide, here.lon + wide),
    )
    columns = (Task, Observation.lon, Observation.lat)
    query = (
        sa.select(*columns)
        .join(Observation, Observation.id == Task.observation_id)
        .where(
            Task.observation_id.in_(around),
            Task.state.in_(OPEN_STATES),
            Task.id != task.id,
            visible_to(actor),
        )
    )
    measured_out = [
        (other, round(metres_between(origin, (float(lon or 0), float(lat or 0))), 1))
        for other, lon, lat in session.execute(query)
    ]
    near = [pair for pair in measured_out if pair[1] <= radius_m]
    near.sort(key=lambda n: (n[0].category_code != task.category_code, n[1], n[0].serial))
    near = near[:NEARBY_MOST]
    shown = rows(session, reference, actor, [other for other, _ in near], now)
    return {
        "items": [
            row | {"distance_m": distance, "same_category": row["category"] == task.category_code}
            for row, (_, distance) in zip(shown, near, strict=True)
        ],
        "radius_m": radius_m,
        "placed": True,
    }


# --- rows ------------------------------------------------------------------------------------


def rows(
    session: Session,
    reference: Reference,
    actor: Actor,
    tasks: Sequence[Task],
    now: datetime,
) -> list[dict[str, Any]]:
    """Return tasks as a list shows them."""
    observations = _by_id(session, Observation, [t.observation_id for t in tasks])
    moves = _by_id(session, TaskMove, [t.pending_move_id for t in tasks if t.pending_move_id])
    return [_row(reference, actor, t, observations[t.observation_id], moves, now) for t in tasks]


def _row(
    reference: Reference,
    actor: Actor,
    task: Task,
    observation: Observation,
    moves: dict[UUID, TaskMove],
    now: datetime,
) -> dict[str, Any]:
    category = reference.categories[task.category_code]
    district = reference.districts.get(task.district_code or "")
    street = reference.streets.get(task.street_code or "")
    community = reference.communities.get(task.community_code or "")
    pending = moves.get(task.pending_move_id) if task.pending_move_id else None
    return {
        "id": task.id,
        "number": task.number,
        "state": task.state,
        "version": task.version,
        "category": task.category_code,
        "category_name": category.name_zh,
        "campaign": task.campaign,
        "severity": task.severity,
        "district": task.district_code,
        "district_name": district.name if district else None,
        "street": street.name if street else None,
        "community": community.name if community else None,
        "unit": _named(reference.units.get(task.unit_id) if task.unit_id else None),
        "point": _named(reference.points.get(task.point_id) if task.point_id else None),
        "shop": _named(reference.shops.get(task.shop_id) if task.shop_id else None),
        "place": place_of(observation),
        "address": observation.address,
        "note": observation.note,
        "outcome": task.outcome,
        "opened_at": task.opened_at,
        "captured_at": observation.captured_at,
        "reported_at": task.reported_at,
        "filed_at": task.filed_at,
        "dispatched_at": task.dispatched_at,
        "submitted_at": task.submitted_at,
        "closed_at": task.ended_at if task.state is TaskState.CLOSED else None,
        "ended_at": task.ended_at,
        "due_at": task.due_at,
        "provisional": task.provisional,
        "overdue": is_overdue(task, now),
        "observation_id": task.observation_id,
        "thumb_photo_id": task.thumb_photo_id,
        "pending_move": (
            {"move": pending.move, "move_id": pending.id, "at": pending.asked_at}
            if pending
            else None
        ),
        "asked_more_at": task.asked_more_at,
        "merged_into": task.merged_into_id,
        "extension": task.extension,
        "extensions": task.extensions,
        "shelved_until": task.shelved_until if task.state is TaskState.SHELVED else None,
        "escalated_at": task.escalated_at,
        "appeal": task.appeal,
        "make_safe_due_at": task.make_safe_due_at,
        "made_safe_at": task.made_safe_at,
        "moves": moves_open_to(task, actor, now),
        "demo": task.demo,
    } | ({"visit_due_at": task.visit_due_at} if actor.role in access.OVERSEERS else {})


def moves_open_to(task: Task, actor: Actor, now: datetime) -> list[str]:
    """Name the moves this person may take now."""
    return list(dict.fromkeys(str(s.move) for s in flow_checks.steps_open_to(task, actor, now)))


def place_of(observation: Observation) -> dict[str, Any] | None:
    """Return where a record lies, or None while it is unplaced."""
    if observation.lon is None or observation.lat is None:
        return None
    return {
        "lon": observation.lon,
        "lat": observation.lat,
        "accuracy_m": observation.accuracy_m,
        "source": observation.place_source,
        "fixed_at": observation.fixed_at,
    }


# --- whole cases -----------------------------------------------------------------------------


def one(
    session: Session, reference: Reference, actor: Actor, task_id: UUID, now: datetime
) -> dict[str, Any]:
    """Return a whole case as this person may see it. Raises `NotFound`."""
    task = session.scalar(sa.select(Task).where(Task.id == task_id))
    if task is None or not access.sees_task(actor, task):
        raise NotFound()
    return whole(session, reference, actor, [task], now)[0]


def after_move(
    session: Session,
    reference: Reference,
    actor: Actor,
    task: Task,
    taken: TaskMove,
    now: datetime,
) -> dict[str, Any]:
    """Return the case after an own move.

    A move may take a case out of its mover's sight: asked again later, it tells how the case
    stood then and nothing of what happened since.
    """
    if access.sees_task(actor, task) or task.version == taken.task_version:
        return whole(session, reference, actor, [task], now)[0]
    event = session.scalars(
        sa.select(TaskEvent).where(
            TaskEvent.task_id == task.id, TaskEvent.version == taken.task_version
        )
    ).one()
    return {
        "id": task.id,
        "number": task.number,
        "state": event.to_state,
        "version": event.version,
        "moves": [],
    }


def whole(
    session: Session,
    reference: Reference,
    actor: Actor,
    tasks: Sequence[Task],
    now: datetime,
) -> list[dict[str, Any]]:
    """Return whole cases with events, evidence and the moves open to this person."""
    ids = [task.id for task in tasks]
    found = session.scalars(
        sa.select(TaskEvent).where(TaskEvent.task_id.in_(ids)).order_by(TaskEvent.version)
    )
    events: dict[UUID, list[TaskEvent]] = {i: [] for i in ids}
    for event in found:
        events[event.task_id].append(event)
    evidence_photos = photo_queries.of_tasks(session, ids)
    observations = _by_id(session, Observation, [t.observation_id for t in tasks])
    moves = _by_id(session, TaskMove, [t.pending_move_id for t in tasks if t.pending_move_id])
    visits = visit_queries.of_tasks(session, ids)
    visiting = visit_queries.named_in([v for of_task in visits.values() for v in of_task])
    actors = {e.actor_id for of_task in events.values() for e in of_task if e.actor_id}
    people = _by_id(session, Person, [*actors, *visiting, *(t.reporter_id for t in tasks)])
    moved = [e.move_id for of_task in events.values() for e in of_task if e.move_id]
    imported = provenance.imports(session, RescuedKind.OP, moved)
    corrected = provenance.about(session, observations)
    known = screening.screened(
        session, actor, [p for some in evidence_photos.values() for p in some]
    )
    return [
        _row(reference, actor, task, observations[task.observation_id], moves, now)
        | _details(
            reference,
            actor,
            task,
            observations[task.observation_id],
            events[task.id],
            evidence_photos[task.id],
            visits[task.id],
            people,
            imported,
            corrected[task.observation_id],
            now,
            known,
        )
        for task in tasks
    ]


# Nobody is told beforehand that somebody comes to look; what was found there is told.
KEPT_FROM_UNITS = frozenset({str(SystemEvent.VISIT_ASKED), str(SystemEvent.VISIT_WITHDRAWN)})


def _details(
    reference: Reference,
    actor: Actor,
    task: Task,
    observation: Observation,
    events: list[TaskEvent],
    evidence_photos: list[Photo],
    visits: list[Visit],
    people: dict[UUID, Person],
    imported: dict[UUID, dict[str, Any]],
    corrected: dict[datetime, dict[str, Any]],
    now: datetime,
    known: screening.Screened,
) -> dict[str, Any]:
    category = reference.categories[task.category_code]
    place = place_of(observation)
    origin = (place["lon"], place["lat"]) if place else None
    of_moves = {str(e.move_id) for e in events if e.move_id}
    reporter = people[task.reporter_id]
    # Moves are known by their id; what a reporter did, by the moment it was applied.
    by_hand = {e.id: corrected[e.at] for e in events if e.at in corrected} | {
        e.id: imported[e.move_id] for e in events if e.move_id in imported
    }
    named = actor.role is not Role.HANDLER
    visited = {v.op_id: v.id for v in visits if v.op_id}
    details: dict[str, Any] = {
        "move_forms": _forms(flow_checks.steps_open_to(task, actor, now)),
        "events": [
            _event(e, actor, people) | provenance.told(by_hand, e.id, named=named)
            for e in events
            if named or e.move not in KEPT_FROM_UNITS
        ],
        "evidence": [
            photo_queries.present(p, origin)
            | {"move_id": p.op_id if str(p.op_id) in of_moves else None}
            | ({"visit_id": visited[p.op_id]} if p.op_id in visited else {})
            for p in evidence_photos
        ],
        "missing_photos": [p.id for p in evidence_photos if p.state is not PhotoState.STORED],
        "deadline": (
            {
                "due_at": task.due_at,
                "provisional": task.provisional,
                "explanation": _explain_deadline(reference, task),
            }
            if task.due_at
            else None
        ),
        "evidence_required": {
            "open": {
                "code": category.evidence_open,
                "text": evidence.describe(category.evidence_open, evidence.TO_OPEN),
            },
            "close": {
                "code": category.evidence_close,
                "text": evidence.describe(category.evidence_close, evidence.TO_CLOSE),
            },
        },
        "pairing_unit": _named(
            reference.units.get(task.pairing_unit_id) if task.pairing_unit_id else None
        ),
        "routing_reason": task.routing_reason,
        "observation_state": str(observation.state),
    }
    # The finder's identity is never shown to the judged unit (DOMAIN §9).
    if actor.role in access.OVERSEERS or actor.id == reporter.id:
        details["reporter"] = {"id": str(reporter.id), "name": reporter.name}
        details["clock"] = {
            "offset_ms": observation.clock_offset_ms,
            "age_ms": observation.clock_age_ms,
        }
        details |= provenance.latest(corrected)
    # For those who judge, never for those who are judged 筛查提示.
    if actor.role in access.OVERSEERS:
        details["visits"] = [
            visit_queries.present(v, people, evidence_photos, origin, now) for v in visits
        ]
        details["hints"] = screening.hints(reference, task, observation, evidence_photos, known)
    return details


def _explain_deadline(reference: Reference, task: Task) -> list[str]:
    """Tell in words why a task is due when it is 时限说明."""
    if task.due_from is None or task.limit_minutes is None or task.limit_unit is None:
        return []
    deadline = working_time.due_after_minutes(
        task.due_from, task.limit_minutes, task.limit_unit, reference.calendar
    )
    return working_time.explain(deadline)


def _forms(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Say what each move needs; a deciding move, what either decision needs."""
    forms: dict[Move, dict[str, Any]] = {}
    for step in steps:
        form = forms.setdefault(
            step.move,
            {
                "move": str(step.move),
                "label": step.move.zh,
                "needs": [need.value for need in step.needs],
                "reasons": [
                    {"code": code, "label": zh, "label_en": en}
                    for code, zh, en in MOVE_REASONS.get(step.move, ())
                ],
                "annotates": step.move in ANNOTATED_MOVES,
                "decisions": [],
            },
        )
        if step.decision is not None:
            needs = [need.value for need in step.needs]
            form["needs"] = [need for need in form["needs"] if need in needs]
            form["decisions"].append({"decision": str(step.decision), "needs": needs})
    return list(forms.values())


def _event(event: TaskEvent, actor: Actor, people: dict[UUID, Person]) -> dict[str, Any]:
    return {
        "id": event.id,
        "move": event.move,
        "label": move_label(event.move),
        "from_": event.from_state,
        "to": event.to_state,
        "actor": _actor(event, actor, people),
        "at": event.at,
        "reason": event.reason,
        "reason_label": _reason_label(event),
        "note": event.note,
        "photos": event.photo_ids or [],
        "version": event.version,
    } | drawn(event)


def drawn(event: TaskEvent) -> dict[str, Any]:
    """Tell what was drawn over photos 圈注; nothing at all where nothing was."""
    return {"annotations": event.annotations} if event.annotations else {}


def move_label(move: str) -> str:
    """Say a move or a happening in Chinese."""
    known: dict[str, str] = {str(w): w.zh for words in (Move, SystemEvent) for w in words}
    return known.get(move, move)


def _reason_label(event: TaskEvent) -> str | None:
    if event.reason is None:
        return None
    if event.move == SystemEvent.MOVE_PENDING:
        return move_label(event.reason)
    return REASON_LABELS.get(event.reason, event.reason)


def _actor(event: TaskEvent, actor: Actor, people: dict[UUID, Person]) -> str | None:
    """Name who did it: supervisors read names, everybody else reads roles."""
    if event.actor_id is None:
        return None
    person = people[event.actor_id]
    if actor.role in access.OVERSEERS or person.id == actor.id:
        return person.name
    return person.role.zh


def _named(row: Any) -> dict[str, str] | None:
    return {"id": str(row.id), "name": row.name} if row is not None else None


def _by_id(session: Session, model: Any, ids: Iterable[UUID]) -> dict[UUID, Any]:
    wanted = set(ids)
    if not wanted:
        return {}
    found = session.scalars(sa.select(model).where(model.id.in_(wanted)))
    return {row.id: row for row in found}
