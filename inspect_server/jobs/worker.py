"""The worker 后台进程: claims jobs with a lease, does them, and sweeps what nobody came back for.

Killed at any moment it loses nothing: a lease runs out and the job is claimed again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import cast

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from inspect_server import failpoints
from inspect_server.extensions import db
from inspect_server.jobs import alarms, sweep
from inspect_server.models import JobKind
from inspect_server.services import derivatives, jobs, screening
from inspect_server.services.spool import Spool
from inspect_server.services.uploads import Receiver
from inspect_server.transactions import glance, transact
from media.derive import Darkroom, DeriveFailed
from media.store import ObjectMissing, ObjectStore, StoreError

BATCH = 8
IDLE_SECONDS = 0.5
SWEEP_SECONDS = 600.0
STORE_SWEEP_SECONDS = 24 * 3600.0

log = structlog.get_logger()


def run(app: Flask, stop: threading.Event, now: Callable[[], datetime]) -> None:
    """Work until told to stop; the job in hand is finished first."""
    next_sweep = 0.0
    next_store_sweep = time.monotonic() + SWEEP_SECONDS
    with Darkroom() as darkroom:
        while not stop.is_set():
            with app.app_context():
                done = _round(app, darkroom, stop, now) + _alarms(now)
                if time.monotonic() >= next_sweep:
                    _sweep(lambda: sweep.run(_spool(app), now()))
                    next_sweep = time.monotonic() + SWEEP_SECONDS
                if time.monotonic() >= next_store_sweep:
                    _sweep(lambda: sweep.run_store(_store(app), now()))
                    next_store_sweep = time.monotonic() + STORE_SWEEP_SECONDS
            if not done:
                stop.wait(IDLE_SECONDS)


def drain(app: Flask, now: Callable[[], datetime]) -> int:
    """Do everything that is ready, alarms included; return how many jobs that were."""
    total = 0
    with Darkroom() as darkroom, app.app_context():
        while True:
            done, rung = _round(app, darkroom, threading.Event(), now), _alarms(now)
            total += done
            if not done and not rung:
                return total


def _alarms(now: Callable[[], datetime]) -> int:
    """See to the cases that call for somebody."""
    try:
        return alarms.run(now())
    except SQLAlchemyError:
        log.exception("alarms.failed")
        db.session.rollback()
        return 0


def _sweep(run: Callable[[], object]) -> None:
    try:
        run()
    except (SQLAlchemyError, StoreError, OSError):
        # There is another one later; the copies do not wait for it.
        log.exception("sweep.failed")
        db.session.rollback()


def _round(
    app: Flask, darkroom: Darkroom, stop: threading.Event, now: Callable[[], datetime]
) -> int:
    try:
        claimed = transact(lambda session: jobs.claim(session, now(), BATCH))
    except SQLAlchemyError:
        # The database may be away for a moment; the worker is not.
        log.exception("jobs.claim_failed")
        db.session.rollback()
        return 0
    for job in claimed:
        if stop.is_set():
            break
        _do(app, darkroom, job, now)
    return len(claimed)


def _do(app: Flask, darkroom: Darkroom, job: jobs.Claimed, now: Callable[[], datetime]) -> None:
    try:
        _HANDLERS[job.kind](app, darkroom, job, now)
    except Exception as error:
        db.session.rollback()
        reason = f"{type(error).__name__}: {error}"
        log.exception("job.failed", job=job.id, kind=str(job.kind))
        if job.attempts < jobs.MAX_ATTEMPTS:
            transact(lambda session: jobs.put_off(session, job, reason, now()))
        else:
            _give_up(job, "internal", reason, now())


def _give_up(job: jobs.Claimed, told: str, reason: str, now: datetime) -> None:
    """Say that a job will never be done, and tell whoever waits for its photo."""

    def failed(session: Session) -> None:
        if job.kind is JobKind.DERIVE:
            derivatives.mark_failed(session, job.subject_id, told)
        jobs.give_up(session, job, reason, now)

    transact(failed)


def _derive(app: Flask, darkroom: Darkroom, job: jobs.Claimed, now: Callable[[], datetime]) -> None:
    """Make the copies of a photo; doing it twice makes the same copies."""
    store = _store(app)
    key = derivatives.original_key(db.session(), job.subject_id)
    db.session.rollback()
    if key is None:
        transact(lambda session: jobs.finish(session, job, now()))
        return
    failpoints.reach("derive.claimed")
    try:
        taken = derivatives.develop(store, darkroom, job.subject_id, key)
    except (DeriveFailed, ObjectMissing) as error:
        reason = error.reason if isinstance(error, DeriveFailed) else "original-missing"
        _give_up(job, reason, reason, now())
        return
    except StoreError as error:
        why = str(error)
        transact(lambda session: jobs.put_off(session, job, why, now()))
        return

    # Kept before anything is looked for: of two workers at once, the later one sees both. The
    # comparing is no part of a writing transaction, which nobody else could write beside.
    transact(lambda session: screening.keep_print(session, job.subject_id, taken))
    found = glance(lambda session: screening.find(session, job.subject_id, taken))

    def ready(session: Session) -> None:
        screening.keep_likenesses(session, job.subject_id, found)
        derivatives.mark_ready(session, job.subject_id)
        jobs.finish(session, job, now())

    transact(ready)
    failpoints.reach("derive.done")


_HANDLERS: dict[
    JobKind, Callable[[Flask, Darkroom, jobs.Claimed, Callable[[], datetime]], None]
] = {
    JobKind.DERIVE: _derive,
}


def _spool(app: Flask) -> Spool:
    return cast(Receiver, app.extensions["receiver"]).spool


def _store(app: Flask) -> ObjectStore:
    return cast(ObjectStore, app.extensions["store"])
