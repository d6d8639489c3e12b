"""Tasks as a list shows them; SELECTs only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.models import Observation, Task, TaskMove
from inspect_server.registry.reference import Reference
from inspect_server.tasks.rules import deadlines, flow_checks
from inspect_server.tasks.rules.flow import Step
from schemas.vocabulary import TaskState


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
    district = reference.districts.get(task.district_code or "")
    street = reference.streets.get(task.street_code or "")
    community = reference.communities.get(task.community_code or "")
    return {
        "id": task.id,
        "number": task.number,
        "state": task.state,
        "version": task.version,
        "category": task.category_code,
        "category_name": reference.categories[task.category_code].name_zh,
        "campaign": task.campaign,
        "severity": task.severity,
        "district": task.district_code,
        "district_name": district.name if district else None,
        "street": street.name if street else None,
        "community": community.name if community else None,
        "unit": named(reference.units, task.unit_id),
        "point": named(reference.points, task.point_id),
        "shop": named(reference.shops, task.shop_id),
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
        "overdue": deadlines.is_overdue(task, now),
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


def named(register: Mapping[UUID, Any], entry_id: UUID | None) -> dict[str, str] | None:
    """Return an entry of a register as the wire names it."""
    entry = register.get(entry_id) if entry_id else None
    return {"id": str(entry.id), "name": entry.name} if entry is not None else None


def by_id(session: Session, model: Any, ids: Iterable[UUID]) -> dict[UUID, Any]:
    """Return rows of a model by their ids."""
    distinct = set(ids)
    if not distinct:
        return {}
    return {row.id: row for row in session.scalars(sa.select(model).where(model.id.in_(distinct)))}
