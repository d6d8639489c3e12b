"""Schedule 定时任务: periodic jobs when they are due, idle jobs when no job is due."""

from __future__ import annotations

import time
from collections.abc import Iterable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from inspect_server.core.database import db
from inspect_server.core.registration import Clock, IdleJob, PeriodicJob
from media.store import StoreError

log = structlog.get_logger()


class Schedule:
    """The next run of each periodic job, by the monotonic clock of the machine."""

    def __init__(self, jobs: Iterable[PeriodicJob]) -> None:
        """Plan the first run of each job, counted from now."""
        begin = time.monotonic()
        self._next = [(job, begin + job.first_after.total_seconds()) for job in jobs]

    def run_due(self, clock: Clock) -> int:
        """Run the jobs that are due; return what the jobs with `every` zero returned, added up.

        A job that fails is logged, and runs again when it is due next; the other jobs still run.
        """
        done = 0
        for position, (job, due_at) in enumerate(self._next):
            if time.monotonic() < due_at:
                continue
            try:
                count = job.run(clock())
            except (SQLAlchemyError, StoreError, OSError):
                log.exception("periodic_job.failed", job=job.name)
                db.session.rollback()
                count = 0
            self._next[position] = (job, time.monotonic() + job.every.total_seconds())
            done += 0 if job.every else count
        return done


class IdleWork:
    """The idle jobs of one worker, with their progress."""

    def __init__(self, jobs: Iterable[IdleJob]) -> None:
        """Start each job."""
        self._jobs = [(job.name, job.start()) for job in jobs]

    def run(self, clock: Clock) -> int:
        """Run one portion of each job; return the sum of what they returned."""
        done = 0
        for name, run in self._jobs:
            try:
                done += run(clock())
            except SQLAlchemyError:
                log.exception("idle_job.failed", job=name)
                db.session.rollback()
        return done
