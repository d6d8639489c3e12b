"""Deliveries 外发通知: one row per event and channel, written with the event, sent by a job.

A delivery that fails is retried with growing waits and given up after a day; an admin sees the
reason. A channel that is out of reach rests as a whole, so that its messages do not delay those
of other channels. No move ever waits for a delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core import job_queue
from inspect_server.core.sentences import sentence
from inspect_server.models import Channel, Delivery, Person, Task
from inspect_server.notifications import rules
from inspect_server.notifications.formats import messages
from inspect_server.notifications.rules import NoticeContent, Scope
from inspect_server.notifications.transports.outbound import Outbound, Undelivered
from schemas.vocabulary import DeliveryState

# The kind of job that delivers one notice.
DELIVER_JOB = "deliver"


def order(
    session: Session,
    channels: Sequence[Channel],
    content: NoticeContent,
    person_ids: Sequence[UUID],
    now: datetime,
) -> None:
    """Order one delivery to every channel that gets this notice, however many people got it."""
    scope = _scope(session, content.task_id, person_ids)
    event_id = uuid7()
    for channel in channels:
        if rules.is_subscribed(channel, content.kind, scope):
            add(session, channel, event_id, content, now)


def add(
    session: Session, channel: Channel, event_id: UUID, content: NoticeContent, now: datetime
) -> Delivery:
    """Write one delivery and order the job that sends it."""
    delivery = Delivery(
        id=uuid7(),
        channel_id=channel.id,
        event_id=event_id,
        kind=content.kind,
        title=content.title,
        body=content.body,
        task_id=content.task_id,
        at=now,
        state=DeliveryState.WAITING,
        attempts=0,
    )
    session.add(delivery)
    job_queue.order(session, DELIVER_JOB, delivery.id, now)
    return delivery


def prepare(
    session: Session, job: job_queue.ClaimedJob, origin: str | None, now: datetime
) -> Outbound | None:
    """Return what to send now; None when there is nothing to send, or not yet."""
    delivery = session.get(Delivery, job.subject_id)
    if delivery is None or delivery.state is not DeliveryState.WAITING:
        job_queue.finish(session, job, now)
        return None
    channel = session.get_one(Channel, delivery.channel_id)
    if not channel.active and delivery.kind != rules.TEST:
        _give_up(session, job, delivery, sentence("渠道已停用"), now)
        return None
    resting_until = channel.tries_again_at
    if resting_until is not None and resting_until > now and delivery.kind != rules.TEST:
        if now - delivery.at >= rules.GIVEN_UP_AFTER:
            _give_up(session, job, delivery, channel.last_error or "", now)
        else:
            job_queue.put_off_until(session, job, channel.last_error or "", resting_until)
        return None
    message = messages.compose(delivery, origin)
    return Outbound(channel.kind, channel.address, channel.secret, message)


def mark_delivered(session: Session, job: job_queue.ClaimedJob, now: datetime) -> None:
    """Record that the receiver has it; a second time changes nothing."""
    delivery = session.get(Delivery, job.subject_id, with_for_update=True)
    if delivery is not None and delivery.state is DeliveryState.WAITING:
        delivery.state = DeliveryState.DELIVERED
        delivery.attempts += 1
        delivery.settled_at = now
        delivery.last_error = None
        channel = session.get_one(Channel, delivery.channel_id, with_for_update=True)
        channel.failures, channel.tries_again_at, channel.last_error = 0, None, None
        channel.last_delivered_at = now
    job_queue.finish(session, job, now)


def record_failure(
    session: Session, job: job_queue.ClaimedJob, error: Undelivered, now: datetime
) -> None:
    """Record why it did not arrive; try again later, or give it up."""
    delivery = session.get(Delivery, job.subject_id, with_for_update=True)
    if delivery is None or delivery.state is not DeliveryState.WAITING:
        job_queue.finish(session, job, now)
        return
    delivery.attempts += 1
    delivery.last_error = error.reason
    retry_at = rules.next_try(delivery.attempts, now)
    if error.of_channel and delivery.kind != rules.TEST:
        channel = session.get_one(Channel, delivery.channel_id, with_for_update=True)
        channel.failures += 1
        channel.last_error = error.reason
        channel.tries_again_at = rules.next_try(channel.failures, now)
        # After the channel's other messages: one that always fails must not hold them up.
        retry_at = channel.tries_again_at + timedelta(seconds=1)
    if delivery.kind == rules.TEST or now - delivery.at >= rules.GIVEN_UP_AFTER:
        _give_up(session, job, delivery, error.reason, now)
    else:
        job_queue.put_off_until(session, job, error.reason, retry_at)


def abandon(session: Session, delivery_id: UUID, reason: str, now: datetime) -> None:
    """Give a delivery up because its job failed with an unexpected error."""
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is not None and delivery.state is DeliveryState.WAITING:
        _settle(delivery, reason, now)


def _give_up(
    session: Session, job: job_queue.ClaimedJob, delivery: Delivery, reason: str, now: datetime
) -> None:
    _settle(delivery, reason, now)
    job_queue.give_up(session, job, reason, now)


def _settle(delivery: Delivery, reason: str, now: datetime) -> None:
    delivery.state = DeliveryState.GIVEN_UP
    delivery.settled_at = now
    delivery.last_error = reason[:300]


def _scope(session: Session, task_id: UUID | None, person_ids: Sequence[UUID]) -> Scope:
    """The unit and district of an event: those of its case, or of the person it is about."""
    if task_id is not None:
        task = session.scalars(sa.select(Task).where(Task.id == task_id)).one()
        return Scope(task.unit_id if task.dispatched_at is not None else None, task.district_code)
    person = session.get(Person, person_ids[0]) if person_ids else None
    return Scope(person.unit_id, person.district_code) if person else Scope()
