"""The job that makes the copies 审阅件 and the fingerprint 照片指纹 of one photo."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from inspect_server.core import failpoints, job_queue
from inspect_server.core.database import read_tx, write_tx
from inspect_server.core.job_queue import ClaimedJob
from inspect_server.core.registration import Clock
from inspect_server.photos.services import derivatives, photos, screening
from media.derive import DerivativeWorker, DeriveFailed
from media.store import ObjectMissing, ObjectStore, StoreError


class DeriveJob:
    """Makes the copies and the fingerprint of a photo from its original in the object store."""

    kind = photos.DERIVE_JOB
    calls_outside = False

    def __init__(self, store: ObjectStore, derivative_worker: DerivativeWorker) -> None:
        """Use this object store, and the child process of `derivative_worker` for decoding."""
        self._store = store
        self._derivative_worker = derivative_worker

    def run(self, job: ClaimedJob, clock: Clock) -> None:
        """Make the copies of a photo; running it again makes the same copies."""
        photo_id = job.subject_id
        order = read_tx(lambda session: derivatives.order_for(session, photo_id))
        if order is None:
            write_tx(lambda session: job_queue.finish(session, job, clock()))
            return
        failpoints.reach("derive.claimed")
        try:
            fingerprint = derivatives.render(self._store, self._derivative_worker, photo_id, order)
        except (DeriveFailed, ObjectMissing) as error:
            reason = error.reason if isinstance(error, DeriveFailed) else "original-missing"
            self._fail(job, reason, clock())
            return
        except StoreError as error:
            reason = str(error)
            write_tx(lambda session: job_queue.put_off(session, job, reason, clock()))
            return

        # The fingerprint is stored before the comparison: of two workers at the same time, the
        # later one sees both. The comparison takes long, so it is not part of a write transaction.
        write_tx(lambda session: screening.store_fingerprint(session, photo_id, fingerprint))
        matches = read_tx(lambda session: screening.find(session, photo_id, fingerprint))

        def write_results(session: Session) -> None:
            screening.replace_likenesses(session, photo_id, matches)
            if order.copies:
                derivatives.mark_ready(session, photo_id)
            job_queue.finish(session, job, clock())

        write_tx(write_results)
        failpoints.reach("derive.done")

    def give_up(self, session: Session, subject_id: UUID, now: datetime) -> None:
        """Mark the copies of the photo as failed."""
        derivatives.mark_failed(session, subject_id, "internal")

    def _fail(self, job: ClaimedJob, reason: str, now: datetime) -> None:
        def failed(session: Session) -> None:
            derivatives.mark_failed(session, job.subject_id, reason)
            job_queue.give_up(session, job, reason, now)

        write_tx(failed)
