"""The job that hands one notice 通知 to one channel outside the product: mail or a group robot."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from inspect_server.core import failpoints
from inspect_server.core.database import write_tx
from inspect_server.core.job_queue import ClaimedJob
from inspect_server.core.registration import Clock
from inspect_server.core.sentences import sentence
from inspect_server.notifications.services import deliveries
from inspect_server.notifications.settings import NotificationSettings
from inspect_server.notifications.transports import dispatcher
from inspect_server.notifications.transports.outbound import Undelivered

log = structlog.get_logger()


class DeliverJob:
    """Delivers one notice; no transaction is open while the receiver answers."""

    kind = deliveries.DELIVER_JOB
    calls_outside = True

    def __init__(self, settings: NotificationSettings, public_origin: str | None) -> None:
        """Send by `settings`; links in a message begin with `public_origin`."""
        self.settings = settings
        self.public_origin = public_origin

    def run(self, job: ClaimedJob, clock: Clock) -> None:
        """Hand one notice to one receiver, at least once.

        Killed after the receiver took it and before the row says so, it is handed over again
        with the same key, by which a receiver can tell.
        """
        outbound = write_tx(
            lambda session: deliveries.prepare(session, job, self.public_origin, clock())
        )
        if outbound is None:
            return
        failpoints.reach("notify.claimed")
        try:
            dispatcher.send(self.settings, outbound, clock())
        except Undelivered as undelivered:
            failure = undelivered
            log.warning("delivery.failed", delivery=str(job.subject_id), reason=failure.reason)
            write_tx(lambda session: deliveries.record_failure(session, job, failure, clock()))
            return
        failpoints.reach("notify.delivered")
        write_tx(lambda session: deliveries.mark_delivered(session, job, clock()))

    def give_up(self, session: Session, subject_id: UUID, now: datetime) -> None:
        """Say on the delivery that it will never be made."""
        reason = sentence("发送程序出错，请联系管理员")
        deliveries.abandon(session, subject_id, reason, now)
