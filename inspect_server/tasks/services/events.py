"""Events 案件事件: the rows that tell who did what to a task, and the change log of a task.

Whoever changes a task locks its row first, raises its version, records one event for that version
and notes the change for the phones and consoles that show the task. Services never commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core import access, change_log
from inspect_server.models import Task, TaskEvent, Visit
from inspect_server.tasks.rules import deadlines
from inspect_server.tasks.services import recipients
from schemas.vocabulary import Collection, Move, SystemEvent, TaskState, VisitState


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a task, from which state, by whom; without actor it is the system's."""

    move: Move | SystemEvent
    from_state: TaskState | None
    at: datetime
    actor_id: UUID | None = None
    reason: str | None = None
    note: str | None = None
    move_id: UUID | None = None
    photo_ids: Sequence[UUID | str] = ()
    annotations: Sequence[dict[str, Any]] = ()


def lock(session: Session, task_id: UUID) -> Task | None:
    """Read a task and lock its row until the transaction ends."""
    return session.scalar(_locked().where(Task.id == task_id))


def lock_of_observation(session: Session, observation_id: UUID) -> Task | None:
    """Lock and return the task an observation opened."""
    return session.scalar(_locked().where(Task.observation_id == observation_id))


def _locked() -> sa.Select[Task]:
    return sa.select(Task).with_for_update().execution_options(populate_existing=True)


def record(session: Session, task: Task, event: Event) -> None:
    """Write down what happened as the version the task has now."""
    if event.from_state is not task.state:
        _lapse_visit(session, task, event.at)
    session.add(
        TaskEvent(
            id=uuid7(),
            task_id=task.id,
            version=task.version,
            move=str(event.move),
            from_state=event.from_state,
            to_state=task.state,
            actor_id=event.actor_id,
            unit_id=task.unit_id if task.dispatched_at is not None else None,
            at=event.at,
            reason=event.reason,
            note=event.note,
            move_id=event.move_id,
            photo_ids=[str(photo_id) for photo_id in event.photo_ids] or None,
            annotations=list(event.annotations) or None,
            due_at=task.due_at,
        )
    )


def record_as_next_version(session: Session, task: Task, event: Event) -> None:
    """Write down what is no move as the next version of the task."""
    task.version += 1
    record(session, task, event)


def note_change(session: Session, task: Task) -> None:
    """Note for every audience of a task that it changed; its reporter's record changed with it."""
    reporter = access.person_audience(task.reporter_id)
    audiences = [reporter, access.district_audience(task.district_code)]
    if task.unit_id and task.dispatched_at is not None:
        audiences.append(access.unit_audience(task.unit_id))
    change_log.note(session, Collection.TASKS, task.id, audiences, version=task.version)
    change_log.note(session, Collection.OBSERVATIONS, task.observation_id, [reporter])


def _lapse_visit(session: Session, task: Task, now: datetime) -> None:
    """End a requested visit 现场复核 when the case goes on; a late result is kept all the same."""
    if task.visit_due_at is None:
        return
    task.visit_due_at = None
    deadlines.schedule_next_alarm(task)
    visit = session.scalar(
        sa.select(Visit).where(Visit.task_id == task.id, Visit.state == VisitState.ASKED)
    )
    if visit is None:
        return
    visit.state = VisitState.LAPSED
    visit.version += 1
    observer = [access.person_audience(visit.observer_id)]
    change_log.note(session, Collection.VISITS, visit.id, observer, deleted=True)
    recipients.notify_visit_ended(session, task, visit, now)
