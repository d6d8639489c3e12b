"""What comes with time 定时任务: periodic jobs when they are due, idle jobs when nothing is."""

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
    """When each periodic job runs next, by this machine's monotonic clock."""

    def __init__(self, jobs: Iterable[PeriodicJob]) -> None:
        """Begin now."""
        begin = time.monotonic()
        self._next = [(job, begin + job.first_after.total_seconds()) for job in jobs]

    def run_due(self, clock: Clock) -> int:
        """Run what is due; return how much the jobs of every round did.

        A job that fails is logged and runs again when it is due next; the others do not wait.
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
    """The idle jobs of one worker, each as far as it has come."""

    def __init__(self, jobs: Iterable[IdleJob]) -> None:
        """Begin each of them."""
        self._jobs = [(job.name, job.start()) for job in jobs]

    def run(self, clock: Clock) -> int:
        """Do one portion of each; return how much that was."""
        done = 0
        for name, run in self._jobs:
            try:
                done += run(clock())
            except SQLAlchemyError:
                log.exception("idle_job.failed", job=name)
                db.session.rollback()
        return done
