"""The rows that screens are made of: a task as a list shows it, an event of its history, and who
brought in what by a rescue zip 由管理员导入; SELECTs only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.geo import metres_between
from inspect_server.models import (
    Observation,
    Person,
    ReceivedOp,
    Rescue,
    RescuedEntry,
    RescuedKind,
    Task,
    TaskEvent,
    TaskMove,
)
from inspect_server.registry.reference import Reference
from inspect_server.tasks.rules import deadlines, flow_checks
from inspect_server.tasks.rules.flow import Step
from schemas.vocabulary import (
    REASON_LABELS,
    LandmarkKind,
    Move,
    OpStatus,
    Role,
    SystemEvent,
    TaskState,
)

Imported = dict[str, Any]
LABELS: Mapping[str, str] = {
    str(member): member.zh for enumeration in (Move, SystemEvent) for member in enumeration
}


# A unit does not learn of a visit beforehand, only its result.
HIDDEN_FROM_UNITS = frozenset({str(SystemEvent.VISIT_ASKED), str(SystemEvent.VISIT_WITHDRAWN)})


class Located(Protocol):
    """What is needed of a record, or of a row with its columns, to name what is nearest to it."""

    @property
    def nearest_point_id(self) -> UUID | None:
        """The nearest point."""

    @property
    def nearest_shop_id(self) -> UUID | None:
        """The nearest shop."""

    @property
    def nearest_m(self) -> float | None:
        """The distance in metres."""


def rows(
    session: Session,
    reference: Reference,
    actor: Actor,
    tasks: Sequence[Task],
    now: datetime,
) -> list[dict[str, Any]]:
    """Return tasks as a list shows them."""
    observations, pending = of_tasks(session, tasks)
    return [
        row(
            reference,
            actor,
            task,
            observations[task.observation_id],
            pending.get(task.id),
            flow_checks.steps_open_to(task, actor, now),
            now,
        )
        for task in tasks
    ]


def of_tasks(
    session: Session, tasks: Sequence[Task]
) -> tuple[dict[UUID, Observation], dict[UUID, TaskMove]]:
    """Return observations by their own ids, and pending moves by the ids of their tasks."""
    observations = by_id(session, Observation, (task.observation_id for task in tasks))
    moves = by_id(session, TaskMove, (t.pending_move_id for t in tasks if t.pending_move_id))
    return observations, {move.task_id: move for move in moves.values()}


def row(
    reference: Reference,
    actor: Actor,
    task: Task,
    observation: Observation,
    pending: TaskMove | None,
    steps: Sequence[Step],
    now: datetime,
) -> dict[str, Any]:
    """Return one task; `steps` are those open to this person."""
    number, overdue = task.number, deadlines.is_overdue(task, now)
    return {
        "id": task.id,
        "number": number,
        "state": task.state,
        "version": task.version,
        "category": task.category_code,
        "category_name": reference.categories[task.category_code].name_zh,
        "campaign": task.campaign,
        "severity": task.severity,
        **_where(reference, task, observation),
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
        "overdue": overdue,
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
        "moves": list(dict.fromkeys(str(step.move) for step in steps)),
        "demo": task.demo,
    } | ({"visit_due_at": task.visit_due_at} if actor.role in access.OVERSEERS else {})


def _where(reference: Reference, task: Task, observation: Observation) -> dict[str, Any]:
    """Return place and unit of a task, with position, address and note of its record."""
    return {
        "district": task.district_code,
        "district_name": name_of(reference.districts, task.district_code),
        "street": name_of(reference.streets, task.street_code),
        "community": name_of(reference.communities, task.community_code),
        "locality_basis": task.locality_basis,
        "locality_words": reference.locality_words(task),
        "nearest": nearest_of(reference, observation),
        "unit": named(reference.units, task.unit_id),
        "point": named(reference.points, task.point_id),
        "shop": named(reference.shops, task.shop_id),
        "place": place_of(observation),
        "address": observation.address,
        "note": observation.note,
    }


def place_of(observation: Observation) -> dict[str, Any] | None:
    """Return the position of a record, or None while it is unplaced."""
    if observation.lon is None or observation.lat is None:
        return None
    return {
        "lon": observation.lon,
        "lat": observation.lat,
        "accuracy_m": observation.accuracy_m,
        "source": observation.place_source,
        "fixed_at": observation.fixed_at,
    }


def measured_place(observation: Observation) -> dict[str, Any] | None:
    """Return what the phone had measured beside a place set by hand, and the metres between."""
    measured = observation.data.get("measured")
    if not isinstance(measured, dict) or observation.lon is None or observation.lat is None:
        return None
    lon, lat = measured.get("lon"), measured.get("lat")
    if lon is None or lat is None:
        return None
    return {
        "lon": lon,
        "lat": lat,
        "accuracy_m": measured.get("accuracy_m"),
        "source": measured.get("source"),
        "distance_m": round(metres_between((observation.lon, observation.lat), (lon, lat)), 1),
    }


def nearest_of(reference: Reference, located: Located) -> dict[str, Any] | None:
    """Return the nearest point or shop 最近地点 of a record, with its distance."""
    for kind, register, entry_id in (
        (LandmarkKind.POINT, reference.points, located.nearest_point_id),
        (LandmarkKind.SHOP, reference.shops, located.nearest_shop_id),
    ):
        if (spot := named(register, entry_id)) is not None:
            return {"kind": kind, **spot, "distance_m": located.nearest_m}
    return None


def named(register: Mapping[UUID, Any], entry_id: UUID | None) -> dict[str, str] | None:
    """Return an entry of a register as the wire names it."""
    entry = register.get(entry_id) if entry_id else None
    return {"id": str(entry.id), "name": entry.name} if entry is not None else None


def name_of(register: Mapping[Any, Any], key: Any) -> str | None:
    """Return the name of an entry of a register, or None."""
    entry = register.get(key) if key is not None else None
    return entry.name if entry is not None else None


def by_id(session: Session, model: Any, ids: Iterable[UUID]) -> dict[UUID, Any]:
    """Return rows of a model by their ids."""
    distinct = set(ids)
    if not distinct:
        return {}
    return {row.id: row for row in session.scalars(sa.select(model).where(model.id.in_(distinct)))}


# --- events --------------------------------------------------------------------------------------


def events_shown(
    events: Sequence[TaskEvent],
    actor: Actor,
    people: Mapping[UUID, Person],
    imported_moves: Mapping[UUID, Imported],
    imported_ops: Mapping[datetime, Imported],
) -> list[dict[str, Any]]:
    """Return the events of a case as this person may see them.

    Imports of moves are found by their id, those of a reporter's ops by the moment of applying.
    """
    shown = []
    for event in events:
        if actor.role is Role.HANDLER and event.move in HIDDEN_FROM_UNITS:
            continue
        imported = imported_ops.get(event.at)
        if event.move_id is not None:
            imported = imported_moves.get(event.move_id, imported)
        row = _event(event, actor, people)
        if imported is not None:
            # A unit sees no names, only the moment.
            row["imported"] = {"at": imported["at"]} if actor.role is Role.HANDLER else imported
        shown.append(row)
    return shown


def _event(event: TaskEvent, actor: Actor, people: Mapping[UUID, Person]) -> dict[str, Any]:
    person = people[event.actor_id] if event.actor_id else None
    reads_name = person is not None and (actor.role in access.OVERSEERS or person.id == actor.id)
    return {
        "id": event.id,
        "move": event.move,
        "label": LABELS.get(event.move, event.move),
        "from_": event.from_state,
        "to": event.to_state,
        "actor": person and (person.name if reads_name else person.role.zh),
        "at": event.at,
        "reason": event.reason,
        "reason_label": _reason_label(event),
        "note": event.note,
        "photos": event.photo_ids or [],
        "version": event.version,
    } | _additions(event, actor)


def _additions(event: TaskEvent, actor: Actor) -> dict[str, Any]:
    """Return what only some events have; hints are for those who review, never for the unit."""
    confirmed = event.confirmed_hints if actor.role in access.OVERSEERS else None
    return what_changed(event) | ({"confirmed_hints": confirmed} if confirmed else {})


def what_changed(event: TaskEvent) -> dict[str, Any]:
    """Return the annotations 圈注 of photos and the change of category 归类; no member for none."""
    changes = {"annotations": event.annotations, "category_change": event.category_change}
    return {name: change for name, change in changes.items() if change}


def _reason_label(event: TaskEvent) -> str | None:
    if event.reason is None:
        return None
    if event.move == SystemEvent.MOVE_PENDING:
        return LABELS.get(event.reason, event.reason)
    return REASON_LABELS.get(event.reason, event.reason)


# --- rescue zips ---------------------------------------------------------------------------------


def imports(session: Session, kind: RescuedKind, ids: Iterable[UUID]) -> dict[UUID, Imported]:
    """Return by whom and when entities were imported from a rescue zip, by id."""
    distinct = set(ids)
    if not distinct:
        return {}
    rows = session.execute(
        sa.select(RescuedEntry.entry_id, Rescue.imported_at, Person.id, Person.name)
        .join(Rescue, Rescue.id == RescuedEntry.rescue_id)
        .join(Person, Person.id == Rescue.imported_by_id)
        .where(RescuedEntry.kind == kind, RescuedEntry.entry_id.in_(distinct))
    )
    return {
        entry_id: {"by": {"id": str(person_id), "name": name}, "at": at}
        for entry_id, at, person_id, name in rows
    }


def about(session: Session, ids: Iterable[UUID]) -> dict[UUID, dict[datetime, Imported]]:
    """Return the imports of ops about these records, by the moment each op was applied.

    Ops of every kind count: corrections as well as records.
    """
    imported: dict[UUID, dict[datetime, Imported]] = {i: {} for i in ids}
    if not imported:
        return imported
    rows = session.execute(
        sa.select(
            ReceivedOp.entity_id,
            ReceivedOp.received_at,
            Rescue.imported_at,
            Person.id,
            Person.name,
        )
        .join(RescuedEntry, RescuedEntry.entry_id == ReceivedOp.op_id)
        .join(Rescue, Rescue.id == RescuedEntry.rescue_id)
        .join(Person, Person.id == Rescue.imported_by_id)
        .where(
            RescuedEntry.kind == RescuedKind.OP,
            ReceivedOp.entity_id.in_(imported),
            ReceivedOp.status == OpStatus.ACCEPTED,
        )
        .order_by(ReceivedOp.received_at)
    )
    for entity_id, applied_at, at, person_id, name in rows:
        if entity_id is not None:
            imported[entity_id][applied_at] = {"by": {"id": str(person_id), "name": name}, "at": at}
    return imported


def latest(imported: Mapping[datetime, Imported]) -> dict[str, Any]:
    """Return the member that says so of a record, or nothing."""
    return {"imported": imported[max(imported)]} if imported else {}


def member(imported: Mapping[UUID, Imported], entry_id: UUID) -> dict[str, Any]:
    """Return the member that says so of an entry, or nothing."""
    return {"imported": imported[entry_id]} if entry_id in imported else {}
