"""Effects on a task when one of its photos is settled or changed: listeners of
`photos.events`, since photos know nothing of tasks.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Observation, Photo, Task
from inspect_server.photos.services import photos
from inspect_server.registry import reference
from inspect_server.registry.reference import Reference
from inspect_server.tasks.services import joining, moves, transitions
from inspect_server.tasks.services.transitions import Event
from schemas.vocabulary import ObservationState, PhotoState, SystemEvent, TaskState


def photo_settled(photo: Photo, session: Session, now: datetime) -> None:
    """Continue the record, the task or the pending move that waited for this photo."""
    if photo.task_id is None:
        return
    task = transitions.lock(session, photo.task_id)
    if task is None:
        return
    edition = reference.current(session)
    if photo.observation_id is not None:
        _evidence_settled(session, edition, task, now)
    if photo.op_id is not None and photo.op_id == task.pending_move_id:
        moves.settle_pending(session, edition, task, now)
    transitions.choose_thumb(task, [photo])
    transitions.note_change(session, task)


def photo_changed(photo: Photo, session: Session) -> None:
    """Note that the copies of a photo are ready or cannot be made: its task shows them."""
    if photo.task_id is None:
        return
    task = session.scalar(sa.select(Task).where(Task.id == photo.task_id))
    if task is not None:
        transitions.note_change(session, task)


def _evidence_settled(session: Session, edition: Reference, task: Task, now: datetime) -> None:
    states = session.scalars(
        sa.select(Photo.state).where(Photo.observation_id == task.observation_id)
    ).all()
    if all(state is PhotoState.STORED for state in states):
        # No new version: what its author may still correct or withdraw has not changed.
        session.execute(
            sa.update(Observation)
            .where(
                Observation.id == task.observation_id,
                Observation.state == ObservationState.INCOMPLETE,
            )
            .values(state=ObservationState.COMPLETE)
        )
    settled = all(state in photos.SETTLED for state in states)
    if task.state is TaskState.AWAITING_EVIDENCE and settled:
        transitions.leave_awaiting_evidence(task, edition, now)
        complete = Event(SystemEvent.EVIDENCE_SETTLED, TaskState.AWAITING_EVIDENCE, now)
        transitions.record(session, task, complete)
        observation = session.get_one(Observation, task.observation_id)
        if observation.data.get("joins") is not None:
            joining.join(session, edition, task, observation, now)
    if settled:
        transitions.apply_rules(session, edition, task, now)
