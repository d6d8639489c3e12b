"""What tasks hands in: ops and collections of a phone, alarms, and what follows from photos."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.registration import Area, PeriodicJob, PullCollection
from inspect_server.models import Photo, Task
from inspect_server.photos.events import photo_changed, photo_settled
from inspect_server.registry import reference
from inspect_server.registry.events import calendar_changed
from inspect_server.tasks import jobs
from inspect_server.tasks.ops import OP_KINDS
from inspect_server.tasks.queries import pull
from inspect_server.tasks.services import alarms, transitions
from schemas.vocabulary import Collection

LAPSE_EVERY = timedelta(minutes=10)


def area() -> Area:
    """Return the area of tasks 案件 and the observations that open them."""
    return Area(
        name="tasks",
        op_kinds=OP_KINDS,
        collections=(
            PullCollection(Collection.TASKS, pull.tasks, personal=True),
            PullCollection(Collection.OBSERVATIONS, pull.observations, personal=True),
            PullCollection(Collection.VISITS, pull.visits, personal=True),
        ),
        periodic_jobs=(
            PeriodicJob("alarms", jobs.ring_alarms),
            PeriodicJob("lapse-pending-moves", jobs.lapse_pending_moves, every=LAPSE_EVERY),
        ),
        listeners=(
            (photo_settled, _photo_settled),
            (photo_changed, _photo_changed),
            (calendar_changed, _calendar_changed),
        ),
    )


def _photo_settled(photo: Photo, session: Session, now: datetime) -> None:
    if photo.task_id is not None:
        transitions.photo_settled(session, reference.current(session), photo, now)


def _photo_changed(photo: Photo, session: Session) -> None:
    if photo.task_id is None:
        return
    task = session.scalar(sa.select(Task).where(Task.id == photo.task_id))
    if task is not None:
        transitions.note_task(session, task)


def _calendar_changed(session: Session, now: datetime) -> int:
    return alarms.calendar_changed(session, now)
