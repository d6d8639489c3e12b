"""Tasks as screens show them: lists, counts, and whole cases; SELECTs only.

Everything a page needs is loaded in a handful of queries, however many tasks it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import (
    Observation,
    Person,
    Photo,
    RescuedKind,
    Task,
    TaskEvent,
    TaskMove,
)
from inspect_server.problems import NotFound
from inspect_server.queries import photos as photo_queries
from inspect_server.queries import rescues, screening
from inspect_server.queries.pages import (
    exactly,
    moment_or_none,
    read_cursor,
    whole_number,
    write_cursor,
)
from inspect_server.reference import Reference
from inspect_server.rules import access, deadlines, evidence, task_flow
from inspect_server.rules.access import Viewer
from inspect_server.rules.alarms import DUE_SOON
from schemas.tasks import TaskFilter
from schemas.vocabulary import (
    MOVE_REASONS,
    OPEN_STATES,
    REASON_LABELS,
    Happening,
    Measure,
    Move,
    PhotoState,
    Role,
    TaskState,
)

# --- which -----------------------------------------------------------------------------------


def visible_to(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Return the condition under which a task exists for this person."""
    if viewer.role is Role.HANDLER:
        return sa.and_(Task.unit_id == viewer.unit_id, Task.dispatched_at.is_not(None))
    if viewer.role in access.OVERSEERS:
        if viewer.district_code is None:
            return sa.true()
        return sa.or_(Task.district_code == viewer.district_code, Task.district_code.is_(None))
    return Task.reporter_id == viewer.id


def overdue_at(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition under which a task is overdue: open, late, its clock running."""
    return sa.and_(Task.state.in_(OPEN_STATES), Task.due_at < now, Task.clock_stopped_at.is_(None))


def is_overdue(task: Task, now: datetime) -> bool:
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


def _conditions(viewer: Viewer, wanted: TaskFilter, now: datetime) -> list[sa.ColumnElement[bool]]:
    conditions = [visible_to(viewer)]
    if wanted.district:
        named = [code for code in wanted.district if code != "-"]
        in_district: list[sa.ColumnElement[bool]] = [Task.district_code.in_(named)]
        if "-" in wanted.district:
            in_district.append(Task.district_code.is_(None))
        conditions.append(sa.or_(*in_district))
    if wanted.unit:
        conditions.append(Task.unit_id == wanted.unit)
    if wanted.category:
        conditions.append(Task.category_code.startswith(wanted.category, autoescape=True))
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
    if wanted.bbox:
        west, south, east, north = map(float, wanted.bbox.split(","))
        conditions.append(
            Observation.lon.between(west, east) & Observation.lat.between(south, north)
        )
    if wanted.text:
        conditions.append(_mentions(wanted.text.strip()))
    return conditions


def _mentions(text: str) -> sa.ColumnElement[bool]:
    """Search the number, the note and the address."""
    serial = text.rsplit("-", 1)[-1]
    found: list[sa.ColumnElement[bool]] = [
        Observation.note.contains(text, autoescape=True),
        Observation.address.contains(text, autoescape=True),
    ]
    if serial.isdecimal() and len(serial) <= 12:
        found.append(Task.serial == int(serial))
    return sa.or_(*found)


# --- lists -----------------------------------------------------------------------------------


def page(
    session: Session, reference: Reference, viewer: Viewer, wanted: TaskFilter, now: datetime
) -> dict[str, Any]:
    """Return one page of the tasks this person may see."""
    query = (
        sa.select(Task)
        .join(Observation, Observation.id == Task.observation_id)
        .where(*_conditions(viewer, wanted, now))
    )
    if wanted.state:
        query = query.where(Task.state.in_(wanted.state))
    by_due = wanted.sort == "due"
    if wanted.cursor:
        query = query.where(_after(wanted.cursor, by_due))
    order = (Task.due_at.is_(None), Task.due_at, Task.serial) if by_due else (Task.serial.desc(),)
    tasks = list(session.scalars(query.order_by(*order).limit(wanted.limit + 1)))
    more, tasks = len(tasks) > wanted.limit, tasks[: wanted.limit]
    return {
        "items": rows(session, reference, viewer, tasks, now),
        "next": _cursor(tasks[-1], by_due) if more else None,
    }


def _cursor(last: Task, by_due: bool) -> str:
    due = last.due_at.isoformat() if last.due_at else None
    return write_cursor("due", due, last.serial) if by_due else write_cursor("new", last.serial)


def _after(cursor: str, by_due: bool) -> sa.ColumnElement[bool]:
    if not by_due:
        _, serial = read_cursor(cursor, exactly("new"), whole_number)
        before: sa.ColumnElement[bool] = Task.serial < serial
        return before
    _, moment, serial = read_cursor(cursor, exactly("due"), moment_or_none, whole_number)
    if moment is None:
        return sa.and_(Task.due_at.is_(None), Task.serial > serial)
    later: sa.ColumnElement[bool] = sa.or_(
        Task.due_at.is_(None),
        Task.due_at > moment,
        sa.and_(Task.due_at == moment, Task.serial > serial),
    )
    return later


def counts(session: Session, viewer: Viewer, wanted: TaskFilter, now: datetime) -> dict[str, Any]:
    """Count the tasks a filter finds, by state and by what needs somebody."""
    counted = (Measure.OVERDUE, Measure.DUE_SOON, Measure.UNASSIGNED, Measure.UNPLACED)
    found = session.execute(
        sa.select(
            Task.state,
            sa.func.count(),
            *(sa.func.sum(sa.case((measured(measure, now), 1), else_=0)) for measure in counted),
        )
        .join(Observation, Observation.id == Task.observation_id)
        .where(*_conditions(viewer, wanted, now))
        .group_by(Task.state)
    ).all()
    sums = [sum(int(row[i]) for row in found) for i in range(2, 6)]
    states = {str(state): 0 for state in TaskState} | {str(r[0]): r[1] for r in found}
    return {"states": states} | dict(zip(map(str, counted), sums, strict=True))


# --- rows ------------------------------------------------------------------------------------


def rows(
    session: Session,
    reference: Reference,
    viewer: Viewer,
    tasks: Sequence[Task],
    now: datetime,
) -> list[dict[str, Any]]:
    """Return tasks as a list shows them."""
    observations = _by_id(session, Observation, [t.observation_id for t in tasks])
    moves = _by_id(session, TaskMove, [t.pending_move_id for t in tasks if t.pending_move_id])
    return [_row(reference, viewer, t, observations[t.observation_id], moves, now) for t in tasks]


def _row(
    reference: Reference,
    viewer: Viewer,
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
        "moves": moves_open_to(task, viewer, now),
        "demo": task.demo,
    }


def moves_open_to(task: Task, viewer: Viewer, now: datetime) -> list[str]:
    """Name the moves this person may take now."""
    return list(dict.fromkeys(str(s.move) for s in task_flow.steps_open_to(task, viewer, now)))


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
    session: Session, reference: Reference, viewer: Viewer, task_id: UUID, now: datetime
) -> dict[str, Any]:
    """Return a whole case as this person may see it. Raises `NotFound`."""
    task = session.scalar(sa.select(Task).where(Task.id == task_id))
    if task is None or not access.sees_task(viewer, task):
        raise NotFound()
    return whole(session, reference, viewer, [task], now)[0]


def after_move(
    session: Session,
    reference: Reference,
    viewer: Viewer,
    task: Task,
    taken: TaskMove,
    now: datetime,
) -> dict[str, Any]:
    """Return the case after an own move.

    A move may take a case out of its mover's sight: asked again later, it tells how the case
    stood then and nothing of what happened since.
    """
    if access.sees_task(viewer, task) or task.version == taken.task_version:
        return whole(session, reference, viewer, [task], now)[0]
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
    viewer: Viewer,
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
    actors = {e.actor_id for of_task in events.values() for e in of_task if e.actor_id}
    people = _by_id(session, Person, [*actors, *(t.reporter_id for t in tasks)])
    moved = [e.move_id for of_task in events.values() for e in of_task if e.move_id]
    imported = rescues.imports(session, RescuedKind.OP, moved)
    corrected = rescues.about(session, observations)
    known = screening.screened(
        session, viewer, [p for some in evidence_photos.values() for p in some]
    )
    return [
        _row(reference, viewer, task, observations[task.observation_id], moves, now)
        | _details(
            reference,
            viewer,
            task,
            observations[task.observation_id],
            events[task.id],
            evidence_photos[task.id],
            people,
            imported,
            corrected[task.observation_id],
            now,
            known,
        )
        for task in tasks
    ]


def _details(
    reference: Reference,
    viewer: Viewer,
    task: Task,
    observation: Observation,
    events: list[TaskEvent],
    evidence_photos: list[Photo],
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
    named = viewer.role is not Role.HANDLER
    details: dict[str, Any] = {
        "move_forms": _forms(task_flow.steps_open_to(task, viewer, now)),
        "events": [
            _event(e, viewer, people) | rescues.told(by_hand, e.id, named=named) for e in events
        ],
        "evidence": [
            photo_queries.present(p, origin)
            | {"move_id": p.op_id if str(p.op_id) in of_moves else None}
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
    if viewer.role in access.OVERSEERS or viewer.id == reporter.id:
        details["reporter"] = {"id": str(reporter.id), "name": reporter.name}
        details["clock"] = {
            "offset_ms": observation.clock_offset_ms,
            "age_ms": observation.clock_age_ms,
        }
        details |= rescues.latest(corrected)
    # For those who judge, never for those who are judged 筛查提示.
    if viewer.role in access.OVERSEERS:
        details["hints"] = screening.hints(reference, task, observation, evidence_photos, known)
    return details


def _explain_deadline(reference: Reference, task: Task) -> list[str]:
    """Tell in words why a task is due when it is 时限说明."""
    if task.due_from is None or task.limit_minutes is None or task.limit_unit is None:
        return []
    deadline = deadlines.due_after_minutes(
        task.due_from, task.limit_minutes, task.limit_unit, reference.calendar
    )
    return deadlines.explain(deadline)


def _forms(steps: Sequence[task_flow.Step]) -> list[dict[str, Any]]:
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
                "decisions": [],
            },
        )
        if step.decision is not None:
            needs = [need.value for need in step.needs]
            form["needs"] = [need for need in form["needs"] if need in needs]
            form["decisions"].append({"decision": str(step.decision), "needs": needs})
    return list(forms.values())


def _event(event: TaskEvent, viewer: Viewer, people: dict[UUID, Person]) -> dict[str, Any]:
    return {
        "id": event.id,
        "move": event.move,
        "label": move_label(event.move),
        "from_": event.from_state,
        "to": event.to_state,
        "actor": _actor(event, viewer, people),
        "at": event.at,
        "reason": event.reason,
        "reason_label": _reason_label(event),
        "note": event.note,
        "photos": event.photo_ids or [],
        "version": event.version,
    }


def move_label(move: str) -> str:
    """Say a move or a happening in Chinese."""
    known: dict[str, str] = {str(w): w.zh for words in (Move, Happening) for w in words}
    return known.get(move, move)


def _reason_label(event: TaskEvent) -> str | None:
    if event.reason is None:
        return None
    if event.move == Happening.MOVE_PENDING:
        return move_label(event.reason)
    return REASON_LABELS.get(event.reason, event.reason)


def _actor(event: TaskEvent, viewer: Viewer, people: dict[UUID, Person]) -> str | None:
    """Name who did it: supervisors read names, everybody else reads roles."""
    if event.actor_id is None:
        return None
    person = people[event.actor_id]
    if viewer.role in access.OVERSEERS or person.id == viewer.id:
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
