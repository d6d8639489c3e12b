"""Whole cases as screens show them, with events, evidence and the moves open to a person; SELECTs
only. However many cases are asked for, they are loaded in a handful of queries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
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
from inspect_server.registry.rules.routing import CATEGORY, GROUNDS_IN_ENGLISH, STORED_REASON
from inspect_server.tasks.queries import rows
from inspect_server.tasks.queries import visits as visit_queries
from inspect_server.tasks.rules import evidence, flow_checks
from inspect_server.tasks.rules.flow import Need, Step
from schemas.vocabulary import (
    ANNOTATED_MOVES,
    MOVE_REASONS,
    OTHER_REASON,
    Move,
    PhotoState,
    SystemEvent,
)


def one(
    session: Session, reference: Reference, actor: Actor, task_id: UUID, now: datetime
) -> dict[str, Any]:
    """Return a whole case as this person may see it. Raises `NotFound`."""
    return whole(session, reference, actor, [_seen(session, actor, task_id)], now)[0]


def for_paper(
    session: Session, reference: Reference, actor: Actor, task_id: UUID, now: datetime
) -> dict[str, Any]:
    """Return a case as its unit may read it, for whoever may see it. Raises `NotFound`."""
    task = _seen(session, actor, task_id)
    reader = access.reader_of_unit(actor, task.unit_id)
    return whole(session, reference, reader, [task], now)[0]


def _seen(session: Session, actor: Actor, task_id: UUID) -> Task:
    task = session.scalar(sa.select(Task).where(Task.id == task_id))
    if task is None or not access.sees_task(actor, task):
        raise NotFound()
    return task


def after_move(
    session: Session,
    reference: Reference,
    actor: Actor,
    task: Task,
    task_move: TaskMove,
    now: datetime,
) -> dict[str, Any]:
    """Return the case after an own move.

    A move may take a case out of its mover's scope: a repeated move is then answered with the case
    as it was after the move.
    """
    if task.version == task_move.task_version or access.sees_task(actor, task):
        return whole(session, reference, actor, [task], now)[0]
    event = session.scalars(
        sa.select(TaskEvent).where(
            TaskEvent.task_id == task.id, TaskEvent.version == task_move.task_version
        )
    ).one()
    return {
        "id": task.id,
        "number": task.number,
        "state": event.to_state,
        "version": event.version,
        "moves": [],
    }


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The rows of some tasks, each kind by the id it is looked up by."""

    events: Mapping[UUID, list[TaskEvent]]
    photos: Mapping[UUID, list[Photo]]
    observations: Mapping[UUID, Observation]
    pending: Mapping[UUID, TaskMove]
    visits: Mapping[UUID, list[Visit]]
    people: Mapping[UUID, Person]
    imported_moves: Mapping[UUID, rows.Imported]
    imported_ops: Mapping[UUID, Mapping[datetime, rows.Imported]]
    screened: screening.ScreeningRows | None


def whole(
    session: Session,
    reference: Reference,
    actor: Actor,
    tasks: Sequence[Task],
    now: datetime,
) -> list[dict[str, Any]]:
    """Return whole cases with events, evidence and the moves open to this person."""
    loaded = _load(session, actor, tasks)
    return [_case(reference, actor, task, loaded, now) for task in tasks]


def _load(session: Session, actor: Actor, tasks: Sequence[Task]) -> _Loaded:
    ids = [task.id for task in tasks]
    people = {task.reporter_id for task in tasks}
    move_ids: set[UUID] = set()
    visited: set[UUID] = set()
    events: dict[UUID, list[TaskEvent]] = {task_id: [] for task_id in ids}
    for event in session.scalars(
        sa.select(TaskEvent).where(TaskEvent.task_id.in_(ids)).order_by(TaskEvent.version)
    ):
        events[event.task_id].append(event)
        if event.actor_id:
            people.add(event.actor_id)
        if event.move_id:
            move_ids.add(event.move_id)
        if event.move == SystemEvent.VISIT_ASKED:
            # The history has every visit.
            visited.add(event.task_id)
    visits: Mapping[UUID, list[Visit]] = {}
    if visited:
        visits = visit_queries.of_tasks(session, list(visited))
        people |= visit_queries.named_in([v for of_task in visits.values() for v in of_task])
    photos = photo_queries.of_tasks(session, ids)
    observations, pending = rows.of_tasks(session, tasks)
    return _Loaded(
        events=events,
        visits=visits,
        photos=photos,
        observations=observations,
        pending=pending,
        people=rows.by_id(session, Person, people),
        imported_moves=rows.imports(session, RescuedKind.OP, move_ids),
        imported_ops=rows.about(session, observations),
        screened=_screened(session, actor, photos),
    )


def _screened(
    session: Session, actor: Actor, photos: Mapping[UUID, list[Photo]]
) -> screening.ScreeningRows | None:
    """Return the screening 筛查 of the photos: for reviewing roles only, never for the unit."""
    if actor.role not in access.OVERSEERS:
        return None
    return screening.load(session, actor, [p for of_task in photos.values() for p in of_task])


def _case(
    reference: Reference, actor: Actor, task: Task, loaded: _Loaded, now: datetime
) -> dict[str, Any]:
    observation = loaded.observations[task.observation_id]
    photos, visits = loaded.photos[task.id], loaded.visits.get(task.id, [])
    events, imported = loaded.events[task.id], loaded.imported_ops[task.observation_id]
    pending = loaded.pending.get(task.id)
    steps = flow_checks.steps_open_to(task, actor, now)
    case = rows.row(reference, actor, task, observation, pending, steps, now)
    case["pairing_unit"] = rows.named(reference.units, task.pairing_unit_id)
    case["events"] = rows.events_shown(
        events, actor, loaded.people, loaded.imported_moves, imported
    )
    case["move_forms"] = _forms(steps, reference.categories[task.category_code].unsorted)
    case["missing_photos"] = [p.id for p in photos if p.state is not PhotoState.STORED]
    case["evidence_required"] = _evidence_required(reference, task)
    case["deadline"] = _deadline(reference, task)
    case["routing_reason"] = task.routing_reason
    case["routing_reason_en"] = reason_in_english(task.routing_reason)
    case["observation_state"] = str(observation.state)
    place = case["place"]
    origin = (place["lon"], place["lat"]) if place else None
    case["evidence"] = _evidence(events, photos, visits, origin)
    # The finder's identity is never shown to the judged unit (DOMAIN §9).
    if actor.role in access.OVERSEERS or actor.id == task.reporter_id:
        reporter = loaded.people[task.reporter_id]
        case["reporter"] = {"id": str(reporter.id), "name": reporter.name}
        case["measured_place"] = rows.measured_place(observation)
        case["clock"] = {
            "offset_ms": observation.clock_offset_ms,
            "age_ms": observation.clock_age_ms,
        }
        if imported:
            case["imported"] = imported[max(imported)]
    if loaded.screened is not None:
        case["visits"] = [
            visit_queries.present(visit, loaded.people, photos, origin, now) for visit in visits
        ]
        case["hints"] = screening.hints(reference, task, observation, photos, loaded.screened)
    return case


def _evidence(
    events: Sequence[TaskEvent],
    photos: Sequence[Photo],
    visits: Sequence[Visit],
    origin: tuple[float, float] | None,
) -> list[dict[str, Any]]:
    """Return the photos of a case, each with the move or the visit it came with."""
    move_ids = {event.move_id for event in events if event.move_id}
    visit_ids = {visit.op_id: visit.id for visit in visits if visit.op_id}
    shown = []
    for photo in photos:
        row = photo_queries.present(photo, origin)
        row["move_id"] = photo.op_id if photo.op_id in move_ids else None
        if photo.op_id in visit_ids:
            row["visit_id"] = visit_ids[photo.op_id]
        shown.append(row)
    return shown


def _evidence_required(reference: Reference, task: Task) -> dict[str, Any]:
    category = reference.categories[task.category_code]
    return {
        "open": {
            "code": category.evidence_open,
            "text": evidence.describe_open(category.evidence_open),
        },
        "close": {
            "code": category.evidence_close,
            "text": evidence.describe_close(category.evidence_close),
        },
    }


def reason_in_english(reason: str | None) -> str | None:
    """Return the reason of an assignment in English; what is not of that form stays as it is."""
    stored = STORED_REASON.fullmatch(reason or "")
    if stored is None:
        return reason
    grounds = [
        f"category {ground.removeprefix(CATEGORY)}"
        if ground.startswith(CATEGORY)
        else GROUNDS_IN_ENGLISH.get(ground, ground)
        for ground in stored["grounds"].split("、")
    ]
    return f"By routing rule{stored['title'] or ''}, because of {', '.join(grounds)}"


def _deadline(reference: Reference, task: Task) -> dict[str, Any] | None:
    """Return when a task is due, with the explanation 时限说明."""
    if task.due_at is None:
        return None
    explanation: list[str] = []
    in_english: list[str] = []
    if task.due_from and task.limit_minutes is not None and task.limit_unit:
        counted = working_time.due_after_minutes(
            task.due_from, task.limit_minutes, task.limit_unit, reference.calendar
        )
        explanation = working_time.explain(counted)
        in_english = working_time.explain(counted, "en")
    return {
        "due_at": task.due_at,
        "provisional": task.provisional,
        "explanation": explanation,
        "explanation_en": in_english,
    }


def _reasons(move: Move) -> list[dict[str, Any]]:
    """Return the reasons a move may name; 其他 needs a note."""
    return [
        {"code": code, "label": zh, "label_en": en}
        | ({"needs_note": True} if code == OTHER_REASON else {})
        for code, zh, en in MOVE_REASONS.get(move, ())
    ]


def _forms(steps: Sequence[Step], unsorted: bool) -> list[dict[str, Any]]:
    """Return what each move needs; of a deciding move, what each decision needs.

    Only a case that is 待归类 needs a category; any other one may get another.
    """
    forms: dict[Move, dict[str, Any]] = {}
    for step in steps:
        form = forms.setdefault(
            step.move,
            {
                "move": str(step.move),
                "label": step.move.zh,
                "needs": [n.value for n in step.needs if unsorted or n is not Need.CATEGORY],
                "classifies": Need.CATEGORY in step.needs,
                "reasons": _reasons(step.move),
                "annotates": step.move in ANNOTATED_MOVES,
                "decisions": [],
            },
        )
        if step.decision is not None:
            needs = [need.value for need in step.needs]
            form["needs"] = [need for need in form["needs"] if need in needs]
            form["decisions"].append({"decision": str(step.decision), "needs": needs})
    return list(forms.values())
