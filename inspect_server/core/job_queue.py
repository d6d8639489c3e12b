"""The job queue 后台任务: jobs are ordered in the transaction they belong to, claimed by lease."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Job, JobState

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job leased to this worker, with its values at that moment."""

    id: int
    kind: str
    subject_id: UUID
    attempts: int


def order(session: Session, kind: str, subject_id: UUID, now: datetime) -> None:
    """Order a job for a subject; the job exists if and only if this transaction commits."""
    session.add(
        Job(kind=kind, subject_id=subject_id, state=JobState.READY, run_after=now, created_at=now)
    )


def claim(session: Session, now: datetime, most: int, kinds: Collection[str]) -> list[ClaimedJob]:
    """Lease the oldest claimable jobs to the caller; a lease that ran out is claimable again."""
    claimable = (
        sa.select(Job.id)
        .where(
            Job.kind.in_(kinds),
            Job.state.in_((JobState.READY, JobState.LEASED)),
            Job.run_after <= now,
        )
        .order_by(Job.run_after, Job.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(claimable))
    if not ids:
        return []
    session.execute(
        sa.update(Job)
        .where(Job.id.in_(ids))
        .values(state=JobState.LEASED, run_after=now + LEASE, attempts=Job.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    leased = session.execute(
        sa.select(Job.id, Job.kind, Job.subject_id, Job.attempts)
        .where(Job.id.in_(ids))
        .order_by(Job.id)
    )
    return [ClaimedJob(*row) for row in leased]


def finish(session: Session, job: ClaimedJob, now: datetime) -> None:
    """Mark a job as done; calling it again changes nothing."""
    _write(session, job, state=JobState.DONE, done_at=now, last_error=None)


def give_up(session: Session, job: ClaimedJob, reason: str, now: datetime) -> None:
    """Mark a job as failed for good, with the reason."""
    _write(session, job, state=JobState.FAILED, done_at=now, last_error=reason[:500])


def put_off(session: Session, job: ClaimedJob, reason: str, now: datetime) -> None:
    """Try a job again later; the delay doubles with every attempt, up to 300 seconds."""
    wait = timedelta(seconds=min(300, 2**job.attempts))
    put_off_until(session, job, reason, now + wait)


def put_off_until(session: Session, job: ClaimedJob, reason: str, moment: datetime) -> None:
    """Try a job again at `moment`."""
    _write(session, job, state=JobState.READY, run_after=moment, last_error=reason[:500])


def _write(session: Session, job: ClaimedJob, **values: object) -> None:
    # No effect when the lease ran out and another worker claimed the job.
    session.execute(
        sa.update(Job)
        .where(Job.id == job.id, Job.attempts == job.attempts)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
