"""Deliveries 外发通知: one row per event and channel, written with the event, worked off later.

What a receiver refuses or cannot take is tried again with growing pauses and given up after a
day; the reason stands where an admin sees it. A receiver that is out of reach is left alone as a
whole, so that its messages hold up nobody else's. No move ever waits for any of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core import job_queue
from inspect_server.models import Channel, Delivery, Person, Task
from inspect_server.notifications import rules
from inspect_server.notifications.formats import messages
from inspect_server.notifications.rules import Scope
from inspect_server.notifications.transports import Letter, Undelivered
from schemas.vocabulary import ChannelKind, DeliveryState, NoticeKind

# The kind of job that delivers one notice.
DELIVER_JOB = "deliver"


@dataclass(frozen=True, slots=True)
class Errand:
    """What to hand to whom, as the rows said when it was taken up."""

    kind: ChannelKind
    address: str
    secret: str | None
    letter: Letter


def order(
    session: Session,
    kind: NoticeKind,
    title: str,
    body: str,
    now: datetime,
    *,
    task_id: UUID | None,
    person_ids: Sequence[UUID],
) -> None:
    """Have every channel that hears of this event be told; once, however many people were."""
    listening = session.scalars(sa.select(Channel).where(Channel.active)).all()
    if not listening:
        return
    scope = _scope(session, task_id, person_ids)
    event_id = uuid7()
    for channel in listening:
        if rules.hears(channel, kind, scope):
            add(session, channel, event_id, kind, title, body, now, task_id=task_id)


def add(
    session: Session,
    channel: Channel,
    event_id: UUID,
    kind: str,
    title: str,
    body: str,
    now: datetime,
    *,
    task_id: UUID | None = None,
) -> Delivery:
    """Write one delivery and order the work."""
    delivery = Delivery(
        id=uuid7(),
        channel_id=channel.id,
        event_id=event_id,
        kind=kind,
        title=title,
        body=body,
        task_id=task_id,
        at=now,
        state=DeliveryState.WAITING,
        attempts=0,
    )
    session.add(delivery)
    job_queue.order(session, DELIVER_JOB, delivery.id, now)
    return delivery


def take_up(
    session: Session, job: job_queue.Claimed, origin: str | None, now: datetime
) -> Errand | None:
    """Return what to send now; None when there is nothing to send, or not yet."""
    delivery = session.get(Delivery, job.subject_id)
    if delivery is None or delivery.state is not DeliveryState.WAITING:
        job_queue.finish(session, job, now)
        return None
    channel = session.get_one(Channel, delivery.channel_id)
    if not channel.active and delivery.kind != rules.TEST:
        _give_up(session, job, delivery, "渠道已停用", now)
        return None
    rests_until = channel.tries_again_at
    if rests_until is not None and rests_until > now and delivery.kind != rules.TEST:
        if now - delivery.at >= rules.GIVEN_UP_AFTER:
            _give_up(session, job, delivery, channel.last_error or "", now)
        else:
            job_queue.put_off_until(session, job, channel.last_error or "", rests_until)
        return None
    return Errand(channel.kind, channel.address, channel.secret, messages.compose(delivery, origin))


def arrived(session: Session, job: job_queue.Claimed, now: datetime) -> None:
    """Write down that the receiver has it; a second time changes nothing."""
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


def failed(session: Session, job: job_queue.Claimed, why: Undelivered, now: datetime) -> None:
    """Write down why it did not arrive; try again later, or give it up."""
    delivery = session.get(Delivery, job.subject_id, with_for_update=True)
    if delivery is None or delivery.state is not DeliveryState.WAITING:
        job_queue.finish(session, job, now)
        return
    delivery.attempts += 1
    delivery.last_error = why.reason
    again_at = rules.next_try(delivery.attempts, now)
    if why.of_channel and delivery.kind != rules.TEST:
        channel = session.get_one(Channel, delivery.channel_id, with_for_update=True)
        channel.failures += 1
        channel.last_error = why.reason
        channel.tries_again_at = rules.next_try(channel.failures, now)
        # The others first: what this receiver chokes on must not stand before them for ever.
        again_at = channel.tries_again_at + timedelta(seconds=1)
    if delivery.kind == rules.TEST or now - delivery.at >= rules.GIVEN_UP_AFTER:
        _give_up(session, job, delivery, why.reason, now)
    else:
        job_queue.put_off_until(session, job, why.reason, again_at)


def abandon(session: Session, delivery_id: UUID, reason: str, now: datetime) -> None:
    """Say that a delivery will never be made: its work failed in a way nobody foresaw."""
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is not None and delivery.state is DeliveryState.WAITING:
        _settle(delivery, reason, now)


def _give_up(
    session: Session, job: job_queue.Claimed, delivery: Delivery, reason: str, now: datetime
) -> None:
    _settle(delivery, reason, now)
    job_queue.give_up(session, job, reason, now)


def _settle(delivery: Delivery, reason: str, now: datetime) -> None:
    delivery.state = DeliveryState.GIVEN_UP
    delivery.settled_at = now
    delivery.last_error = reason[:300]


def _scope(session: Session, task_id: UUID | None, person_ids: Sequence[UUID]) -> Scope:
    """Whose business an event is: its case's, or that of the person it is about."""
    if task_id is not None:
        task = session.scalars(sa.select(Task).where(Task.id == task_id)).one()
        return Scope(task.unit_id if task.was_dispatched else None, task.district_code)
    person = session.get(Person, person_ids[0]) if person_ids else None
    return Scope(person.unit_id, person.district_code) if person else Scope()
