"""Counts of the state of the service 运行状况; SELECTs only."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Delivery, Job, JobState, Photo, Quarantined, ServerState, Task
from schemas.vocabulary import OPEN_STATES, DeliveryState, PhotoState, QuarantineState


def check_database(session: Session) -> None:
    """Read one row. Raises `SQLAlchemyError` if the database or its tables are missing."""
    session.scalars(sa.select(ServerState.epoch)).one()


def figures(session: Session, now: datetime) -> dict[str, int]:
    """Return the counts for the status page and the metrics."""
    by_state = session.execute(sa.select(Job.state, sa.func.count()).group_by(Job.state)).all()
    jobs: dict[JobState, int] = dict(by_state)
    oldest = session.scalar(
        sa.select(sa.func.min(Job.created_at)).where(Job.state == JobState.READY)
    )
    return {
        "tasks_open": _count(session, Task.state.in_(OPEN_STATES)),
        "photos_stored": _count(session, Photo.state == PhotoState.STORED),
        "photos_awaited": _count(
            session, Photo.state.in_((PhotoState.DECLARED, PhotoState.PARTIAL))
        ),
        "quarantine_open": _count(session, Quarantined.state == QuarantineState.OPEN),
        "notices_waiting": _count(session, Delivery.state == DeliveryState.WAITING),
        "notices_given_up": _count(session, Delivery.state == DeliveryState.GIVEN_UP),
        "jobs_ready": jobs.get(JobState.READY, 0),
        "jobs_leased": jobs.get(JobState.LEASED, 0),
        "jobs_failed": jobs.get(JobState.FAILED, 0),
        "oldest_ready_job_seconds": int((now - oldest).total_seconds()) if oldest else 0,
    }


def _count(session: Session, condition: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).where(condition)) or 0
