"""Tasks, observations and visits as a phone pulls them: those that are this person's to see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.models import Observation, Task
from inspect_server.registry.reference import Reference
from inspect_server.tasks.queries import conditions, details, past
from inspect_server.tasks.queries import observations as observation_queries
from inspect_server.tasks.queries import visits as visit_queries
from schemas.observations import ObservationSchema
from schemas.past_tasks import PastTaskSchema
from schemas.tasks import TaskSchema
from schemas.visits import RequestedVisitSchema

_task_schema = TaskSchema()
_past_task_schema = PastTaskSchema()
_observation_schema = ObservationSchema()
_visit_schema = RequestedVisitSchema()


def tasks(
    session: Session, reference: Reference, actor: Actor, ids: Sequence[str], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return those tasks that this person sees."""
    rows = session.scalars(
        sa.select(Task).where(Task.id.in_([UUID(i) for i in ids]), conditions.visible_to(actor))
    ).all()
    return {
        str(row["id"]): _task_schema.dump(row)
        for row in details.whole(session, reference, actor, rows, now)
    }


def past_tasks(
    session: Session, reference: Reference, actor: Actor, ids: Sequence[str], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return what this person's unit did with those tasks before it handed them back."""
    rows = past.of_tasks(session, reference, actor, [UUID(i) for i in ids])
    return {str(row["id"]): _past_task_schema.dump(row) for row in rows}


def observations(
    session: Session, reference: Reference, actor: Actor, ids: Sequence[str], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return those records that this person made."""
    rows = session.scalars(
        sa.select(Observation).where(
            Observation.id.in_([UUID(i) for i in ids]), Observation.author_id == actor.id
        )
    ).all()
    return {
        str(row["id"]): _observation_schema.dump(row)
        for row in observation_queries.whole(session, reference, rows)
    }


def visits(
    session: Session, reference: Reference, actor: Actor, ids: Sequence[str], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return those visits that are requested of this person."""
    rows = visit_queries.requested(session, reference, actor, [UUID(i) for i in ids])
    return {visit_id: _visit_schema.dump(row) for visit_id, row in rows.items()}
