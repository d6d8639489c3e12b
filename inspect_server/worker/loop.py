"""The worker 后台进程: claims jobs with a lease, does them, and sweeps what nobody came back for.

Killed at any moment it loses nothing: a lease runs out and the job is claimed again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import cast

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from inspect_server.core import failpoints, job_queue
from inspect_server.core.database import db
from inspect_server.core.transactions import read_tx, write_tx
from inspect_server.models import JobKind
from inspect_server.notifications.services import deliveries
from inspect_server.notifications.transports import OutgoingSettings, Undelivered
from inspect_server.notifications.transports import send as send_out
from inspect_server.photos.jobs import cleanup
from inspect_server.photos.jobs.fingerprints import Backfill
from inspect_server.photos.services import derivatives, screening
from inspect_server.photos.services.uploads import UploadService
from inspect_server.photos.spool import Spool
from inspect_server.tasks import jobs as alarms
from media.derive import DerivativeWorker, DeriveFailed
from media.store import ObjectMissing, ObjectStore, StoreError

BATCH = 8
# A receiver that says nothing takes seconds: one at a time, or the next ones' leases run out.
OUTGOING_BATCH = 1
OUTGOING = frozenset({JobKind.DELIVER})
AT_HOME = frozenset(JobKind) - OUTGOING
IDLE_SECONDS = 0.5
SWEEP_SECONDS = 600.0
STORE_SWEEP_SECONDS = 24 * 3600.0

log = structlog.get_logger()


def run(app: Flask, stop: threading.Event, now: Callable[[], datetime]) -> None:
    """Work until told to stop; the job in hand is finished first."""
    next_sweep = 0.0
    backfill = Backfill()
    next_store_sweep = time.monotonic() + SWEEP_SECONDS
    with DerivativeWorker() as derivative_worker, _messenger(app, derivative_worker, now):
        while not stop.is_set():
            with app.app_context():
                done = _round(app, derivative_worker, stop, now, AT_HOME) + _alarms(now)
                if time.monotonic() >= next_sweep:
                    _sweep(lambda: cleanup.run(_spool(app), now()))
                    next_sweep = time.monotonic() + SWEEP_SECONDS
                if time.monotonic() >= next_store_sweep:
                    _sweep(lambda: cleanup.run_store(_store(app), now()))
                    next_store_sweep = time.monotonic() + STORE_SWEEP_SECONDS
                if not done:
                    _backfill(backfill, now)
            if not done:
                stop.wait(IDLE_SECONDS)


@contextmanager
def _messenger(
    app: Flask, derivative_worker: DerivativeWorker, now: Callable[[], datetime]
) -> Iterator[None]:
    """A thread of its own for what leaves the house: a dead mail server must hold up no photo."""
    over = threading.Event()

    def carry() -> None:
        while not over.is_set():
            with app.app_context():
                done = _round(app, derivative_worker, over, now, OUTGOING, OUTGOING_BATCH)
            if not done:
                over.wait(IDLE_SECONDS)

    thread = threading.Thread(target=carry, name="messenger")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def drain(app: Flask, derivative_worker: DerivativeWorker, now: Callable[[], datetime]) -> int:
    """Do everything that is ready, alarms included; return how many jobs that were."""
    total = 0
    backfill = Backfill()
    with app.app_context():
        while True:
            done, rung = _round(app, derivative_worker, threading.Event(), now), _alarms(now)
            total += done
            if not done and not rung and not _backfill(backfill, now):
                return total


def _alarms(now: Callable[[], datetime]) -> int:
    """See to the cases that call for somebody."""
    try:
        return alarms.run(now())
    except SQLAlchemyError:
        log.exception("alarms.failed")
        db.session.rollback()
        return 0


def _backfill(backfill: Backfill, now: Callable[[], datetime]) -> int:
    """With nothing else to do: order some of the fingerprints that are missing."""
    try:
        return backfill.order(now())
    except SQLAlchemyError:
        log.exception("backfill.failed")
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
    app: Flask,
    derivative_worker: DerivativeWorker,
    stop: threading.Event,
    now: Callable[[], datetime],
    kinds: Collection[JobKind] = frozenset(JobKind),
    most: int = BATCH,
) -> int:
    try:
        claimed = write_tx(lambda session: job_queue.claim(session, now(), most, kinds))
    except SQLAlchemyError:
        # The database may be away for a moment; the worker is not.
        log.exception("jobs.claim_failed")
        db.session.rollback()
        return 0
    for job in claimed:
        if stop.is_set():
            break
        _do(app, derivative_worker, job, now)
    return len(claimed)


def _do(
    app: Flask,
    derivative_worker: DerivativeWorker,
    job: job_queue.Claimed,
    now: Callable[[], datetime],
) -> None:
    try:
        _HANDLERS[job.kind](app, derivative_worker, job, now)
    except Exception as error:
        db.session.rollback()
        reason = f"{type(error).__name__}: {error}"
        log.exception("job.failed", job=job.id, kind=str(job.kind))
        if job.attempts < job_queue.MAX_ATTEMPTS:
            write_tx(lambda session: job_queue.put_off(session, job, reason, now()))
        else:
            _give_up(job, "internal", reason, now())


def _give_up(job: job_queue.Claimed, told: str, reason: str, now: datetime) -> None:
    """Say that a job will never be done, and tell whoever waits for it."""

    def failed(session: Session) -> None:
        if job.kind is JobKind.DERIVE:
            derivatives.mark_failed(session, job.subject_id, told)
        if job.kind is JobKind.DELIVER:
            deliveries.abandon(session, job.subject_id, "发送程序出错,请联系管理员", now)
        job_queue.give_up(session, job, reason, now)

    write_tx(failed)


def _derive(
    app: Flask,
    derivative_worker: DerivativeWorker,
    job: job_queue.Claimed,
    now: Callable[[], datetime],
) -> None:
    """Make the copies of a photo; doing it twice makes the same copies."""
    store = _store(app)
    order = derivatives.ordered(db.session(), job.subject_id)
    db.session.rollback()
    if order is None:
        write_tx(lambda session: job_queue.finish(session, job, now()))
        return
    failpoints.reach("derive.claimed")
    try:
        taken = derivatives.render(store, derivative_worker, job.subject_id, order)
    except (DeriveFailed, ObjectMissing) as error:
        reason = error.reason if isinstance(error, DeriveFailed) else "original-missing"
        _give_up(job, reason, reason, now())
        return
    except StoreError as error:
        why = str(error)
        write_tx(lambda session: job_queue.put_off(session, job, why, now()))
        return

    # Kept before anything is looked for: of two workers at once, the later one sees both. The
    # comparing is no part of a writing transaction, which nobody else could write beside.
    write_tx(lambda session: screening.keep_print(session, job.subject_id, taken))
    found = read_tx(lambda session: screening.find(session, job.subject_id, taken))

    def ready(session: Session) -> None:
        screening.keep_likenesses(session, job.subject_id, found)
        if order.copies:
            derivatives.mark_ready(session, job.subject_id)
        job_queue.finish(session, job, now())

    write_tx(ready)
    failpoints.reach("derive.done")


def _deliver(
    app: Flask, _: DerivativeWorker, job: job_queue.Claimed, now: Callable[[], datetime]
) -> None:
    """Hand one notice to one receiver; nothing is held open while it thinks.

    Killed after the receiver took it and before the row says so, it is handed over again with
    the same key: at least once, and a receiver can tell.
    """
    origin = app.config["PUBLIC_ORIGIN"]
    errand = write_tx(lambda session: deliveries.take_up(session, job, origin, now()))
    if errand is None:
        return
    settings = cast(OutgoingSettings, app.extensions["outgoing"])
    failpoints.reach("notify.claimed")
    try:
        send_out(settings, errand.kind, errand.address, errand.secret, errand.letter, now())
    except Undelivered as undelivered:
        why = undelivered
        log.warning("delivery.failed", delivery=str(job.subject_id), reason=why.reason)
        write_tx(lambda session: deliveries.failed(session, job, why, now()))
        return
    failpoints.reach("notify.delivered")
    write_tx(lambda session: deliveries.arrived(session, job, now()))


_HANDLERS: dict[
    JobKind, Callable[[Flask, DerivativeWorker, job_queue.Claimed, Callable[[], datetime]], None]
] = {
    JobKind.DERIVE: _derive,
    JobKind.DELIVER: _deliver,
}


def _spool(app: Flask) -> Spool:
    return cast(UploadService, app.extensions["uploads"]).spool


def _store(app: Flask) -> ObjectStore:
    return cast(ObjectStore, app.extensions["store"])
