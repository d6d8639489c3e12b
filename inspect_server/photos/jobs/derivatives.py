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
    """Renders the copies of a photo from its original in the store."""

    kind = photos.DERIVE_JOB
    calls_outside = False

    def __init__(self, store: ObjectStore, derivative_worker: DerivativeWorker) -> None:
        """Read from and write to `store`; decode in the bounded child of `derivative_worker`."""
        self._store = store
        self._derivative_worker = derivative_worker

    def run(self, job: ClaimedJob, clock: Clock) -> None:
        """Make the copies of a photo; doing it twice makes the same copies."""
        photo_id = job.subject_id
        order = read_tx(lambda session: derivatives.ordered(session, photo_id))
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

        # Kept before likenesses are looked for: of two workers at once, the later one sees both.
        # Comparing is no part of a writing transaction, beside which nobody else could write.
        write_tx(lambda session: screening.keep_print(session, photo_id, fingerprint))
        likenesses = read_tx(lambda session: screening.find(session, photo_id, fingerprint))

        def ready(session: Session) -> None:
            screening.keep_likenesses(session, photo_id, likenesses)
            if order.copies:
                derivatives.mark_ready(session, photo_id)
            job_queue.finish(session, job, clock())

        write_tx(ready)
        failpoints.reach("derive.done")

    def give_up(self, session: Session, subject_id: UUID, now: datetime) -> None:
        """Say on the photo that no copy can be made."""
        derivatives.mark_failed(session, subject_id, "internal")

    def _fail(self, job: ClaimedJob, reason: str, now: datetime) -> None:
        def failed(session: Session) -> None:
            derivatives.mark_failed(session, job.subject_id, reason)
            job_queue.give_up(session, job, reason, now)

        write_tx(failed)
