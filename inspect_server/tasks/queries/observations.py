"""Observations as their authors and supervisors read them; SELECTs only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.problems import NotFound
from inspect_server.models import Observation, Person, ReceivedOp, RescuedKind, Task, TaskEvent
from inspect_server.photos.queries import photos as photo_queries
from inspect_server.registry.reference import Reference
from inspect_server.tasks.queries import rows
from schemas.fields import zulu
from schemas.vocabulary import (
    REASON_LABELS,
    Move,
    ObservationState,
    OpKind,
    OpStatus,
    SystemEvent,
)

# The steps that show an observer how a record was judged, the last such step first.
VERDICTS = (
    Move.REJECT,
    Move.VOID,
    Move.MERGE,
    Move.PASS,
    Move.FAIL,
    Move.FILE,
    Move.ASK_MORE,
    Move.REOPEN,
    SystemEvent.CLOSED_BY_RULE,
    SystemEvent.FILED_BY_RULE,
    SystemEvent.MERGED_BY_RULE,
    SystemEvent.WITHDRAWN,
)


def one(
    session: Session, reference: Reference, actor: Actor, observation_id: UUID
) -> dict[str, Any]:
    """Return an observation to its author or a supervisor in scope. Raises `NotFound`."""
    observation = session.get(Observation, observation_id)
    if observation is None:
        return _in_quarantine(session, actor, observation_id)
    mine = observation.author_id == actor.id
    if not mine and not access.oversees(actor, observation.district_code):
        raise NotFound()
    return whole(session, reference, [observation])[0]


def _in_quarantine(session: Session, actor: Actor, observation_id: UUID) -> dict[str, Any]:
    """Return an own record that could not be applied, as it was sent (I10)."""
    received = session.scalar(
        sa.select(ReceivedOp).where(
            ReceivedOp.entity_id == observation_id,
            ReceivedOp.person_id == actor.id,
            ReceivedOp.kind == OpKind.OBSERVATION_CREATE,
            ReceivedOp.status == OpStatus.QUARANTINED,
        )
    )
    if received is None:
        raise NotFound()
    sent = received.body.get("data")
    photos = photo_queries.of_ops(session, [received.op_id])[received.op_id]
    imported = rows.imports(session, RescuedKind.OP, [received.op_id])
    return {
        "id": observation_id,
        "category": sent.get("category") if isinstance(sent, dict) else None,
        "state": ObservationState.QUARANTINED,
        "task_id": None,
        "received_at": received.received_at,
        "data": sent if isinstance(sent, dict) else {},
        "photos": [photo_queries.present(p) for p in photos],
        "author": {"id": str(actor.id), "name": actor.name},
        "task": None,
        "problem": received.answer.get("problem"),
    } | rows.member(imported, received.op_id)


def whole(
    session: Session, reference: Reference, observations: Sequence[Observation]
) -> list[dict[str, Any]]:
    """Return observations with their photos and the progress of their tasks."""
    ids = [o.id for o in observations]
    tasks = {
        t.observation_id: t
        for t in session.scalars(sa.select(Task).where(Task.observation_id.in_(ids)))
    }
    events: dict[UUID, list[TaskEvent]] = {t.id: [] for t in tasks.values()}
    for event in session.scalars(
        sa.select(TaskEvent).where(TaskEvent.task_id.in_(events)).order_by(TaskEvent.version)
    ):
        events[event.task_id].append(event)
    targets = rows.by_id(
        session, Task, (t.merged_into_id for t in tasks.values() if t.merged_into_id)
    )
    authors = {
        p.id: p
        for p in session.scalars(
            sa.select(Person).where(Person.id.in_({o.author_id for o in observations}))
        )
    }
    photos = photo_queries.of_observations(session, ids)
    imported = rows.about(session, ids)
    return [
        {
            "id": o.id,
            "category": o.category_code,
            "state": o.state,
            "task_id": tasks[o.id].id if o.id in tasks else None,
            "captured_at": o.captured_at,
            "received_at": o.received_at,
            "outcome": o.outcome,
            "data": o.data,
            "place": rows.place_of(o),
            "district": o.district_code,
            "street": o.street_code,
            "community": o.community_code,
            "district_name": rows.name_of(reference.districts, o.district_code),
            "street_name": rows.name_of(reference.streets, o.street_code),
            "community_name": rows.name_of(reference.communities, o.community_code),
            "locality_basis": o.locality_basis,
            "nearest": rows.nearest_of(reference, o),
            "point_id": o.point_id,
            "shop_id": o.shop_id,
            "address": o.address,
            "note": o.note,
            "version": o.version,
            "photos": [photo_queries.present(p) for p in photos[o.id]],
            "author": {"id": str(o.author_id), "name": authors[o.author_id].name},
            "task": _task(tasks[o.id], events[tasks[o.id].id], targets) if o.id in tasks else None,
            "clock": {"offset_ms": o.clock_offset_ms, "age_ms": o.clock_age_ms},
        }
        | rows.latest(imported[o.id])
        for o in observations
    ]


def _task(task: Task, events: list[TaskEvent], targets: Mapping[UUID, Task]) -> dict[str, Any]:
    """Return the progress of a record: steps and verdicts, without names."""
    judged = [e for e in events if e.move in VERDICTS]
    target = targets.get(task.merged_into_id) if task.merged_into_id else None
    return {
        "id": str(task.id),
        "number": task.number,
        "state": str(task.state),
        "version": task.version,
        "due_at": zulu(task.due_at) if task.due_at else None,
        "asked_more_at": zulu(task.asked_more_at) if task.asked_more_at else None,
        "verdict": _step(judged[-1]) if judged else None,
        "events": [_step(e) for e in events],
        "into": {"number": target.number, "state": str(target.state)} if target else None,
    }


def _step(event: TaskEvent) -> dict[str, Any]:
    return {
        "move": event.move,
        "label": rows.LABELS.get(event.move, event.move),
        "to": str(event.to_state),
        "at": zulu(event.at),
        "reason": event.reason,
        "reason_label": REASON_LABELS.get(event.reason or "", event.reason),
        "note": event.note,
        "photos": event.photo_ids or [],
    } | rows.what_changed(event)
