"""The worker 后台进程: claims jobs with a lease, runs them, and runs periodic jobs when due.

It may be killed at any moment: when the lease of a job expires, the job is claimed again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from inspect_server.core import job_queue
from inspect_server.core.database import db, write_tx
from inspect_server.core.job_queue import ClaimedJob
from inspect_server.core.registration import Clock, JobHandler
from inspect_server.worker.registry import Registry
from inspect_server.worker.schedule import IdleWork, Schedule

BATCH = 8
# A call of another server may take seconds until it times out. Jobs are claimed one at a time, so
# that no lease expires while its job waits.
OUTSIDE_BATCH = 1
IDLE_SECONDS = 0.5

log = structlog.get_logger()


def run(app: Flask, stop: threading.Event, clock: Clock) -> None:
    """Run jobs until `stop` is set; the current job is finished first."""
    registry: Registry = app.extensions["worker"]
    schedule = Schedule(registry.periodic_jobs)
    idle = IdleWork(registry.idle_jobs)
    with closing(app.extensions["derivative_worker"]), _outside_thread(app, registry, clock):
        while not stop.is_set():
            with app.app_context():
                done = work_round(registry.inside, stop, clock, BATCH)
                done += schedule.run_due(clock)
                if not done:
                    idle.run(clock)
            if not done:
                stop.wait(IDLE_SECONDS)


@contextmanager
def _outside_thread(app: Flask, registry: Registry, clock: Clock) -> Iterator[None]:
    """Run the jobs that call other servers in a thread, so that no other job waits for them."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            with app.app_context():
                done = work_round(registry.outside, over, clock, OUTSIDE_BATCH)
            if not done:
                over.wait(IDLE_SECONDS)

    thread = threading.Thread(target=work, name="outside-jobs")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def drain(app: Flask, clock: Clock) -> int:
    """Run everything that is ready, alarms included; return the number of jobs."""
    registry: Registry = app.extensions["worker"]
    schedule = Schedule([job for job in registry.periodic_jobs if not job.every])
    idle = IdleWork(registry.idle_jobs)
    total = 0
    with app.app_context():
        while True:
            done = work_round(registry.handlers, threading.Event(), clock, BATCH)
            periodic = schedule.run_due(clock)
            total += done
            if not done and not periodic and not idle.run(clock):
                return total


def work_round(
    handlers: Sequence[JobHandler], stop: threading.Event, clock: Clock, most: int
) -> int:
    """Claim up to `most` jobs of these handlers and run them; return how many were claimed."""
    by_kind = {handler.kind: handler for handler in handlers}
    try:
        claimed = write_tx(lambda session: job_queue.claim(session, clock(), most, list(by_kind)))
    except SQLAlchemyError:
        # The database may be unavailable for a moment; the worker continues.
        log.exception("jobs.claim_failed")
        db.session.rollback()
        return 0
    for job in claimed:
        if stop.is_set():
            break
        work(by_kind[job.kind], job, clock)
    return len(claimed)


def work(handler: JobHandler, job: ClaimedJob, clock: Clock) -> None:
    """Run one job; after an unexpected error it is tried again, at most MAX_ATTEMPTS times."""
    try:
        handler.run(job, clock)
    except Exception as error:
        db.session.rollback()
        reason = f"{type(error).__name__}: {error}"
        log.exception("job.failed", job=job.id, kind=job.kind)
        write_tx(_after_fault(handler, job, reason, clock()))


def _after_fault(
    handler: JobHandler, job: ClaimedJob, reason: str, now: datetime
) -> Callable[[Session], None]:
    def put_off(session: Session) -> None:
        job_queue.put_off(session, job, reason, now)

    def give_up(session: Session) -> None:
        handler.give_up(session, job.subject_id, now)
        job_queue.give_up(session, job, reason, now)

    return put_off if job.attempts < job_queue.MAX_ATTEMPTS else give_up
