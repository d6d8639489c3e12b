"""The inbox 通知: one notice for one person about one thing that happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core import access, change_log, failpoints
from inspect_server.core.access import Actor
from inspect_server.models import Channel, Notice, Person
from inspect_server.notifications.rules import NoticeContent
from inspect_server.notifications.services import deliveries
from schemas.vocabulary import Collection, Role


def notify(
    session: Session, person_ids: Iterable[UUID], content: NoticeContent, now: datetime
) -> None:
    """Put a notice into each person's inbox and order its deliveries to the channels."""
    recipients = list(person_ids)
    for person_id in recipients:
        notice = Notice(
            id=uuid7(),
            person_id=person_id,
            kind=content.kind,
            title=content.title,
            body=content.body,
            task_id=content.task_id,
            observation_id=content.observation_id,
            at=now,
        )
        session.add(notice)
        change_log.note(session, Collection.NOTICES, notice.id, [access.person_audience(person_id)])
        failpoints.reach("notify.told")
    channels = session.scalars(sa.select(Channel).where(Channel.active)).all()
    if channels:
        deliveries.order(session, channels, content, recipients, now)


def mark_read(
    session: Session,
    actor: Actor,
    notice_ids: Sequence[UUID],
    until: datetime | None,
    now: datetime,
) -> None:
    """Record that a person has read these notices, or all up to a moment; only their own."""
    condition: sa.ColumnElement[bool] = Notice.id.in_(notice_ids)
    if until is not None:
        # The wire carries milliseconds: a notice within that millisecond counts as read.
        condition = sa.or_(condition, Notice.at < until + timedelta(milliseconds=1))
    unread = session.scalars(
        sa.select(Notice)
        .where(Notice.person_id == actor.id, Notice.read_at.is_(None), condition)
        .with_for_update()
    )
    for notice in unread:
        notice.read_at = now
        audiences = [access.person_audience(actor.id)]
        change_log.note(session, Collection.NOTICES, notice.id, audiences, version=2)
    session.flush()


def supervisors_of(session: Session, district_code: str | None) -> list[UUID]:
    """Return a district's supervisors; for none, or where there are none, the whole city's."""
    overseers = sa.select(Person.id).where(
        Person.role.in_((Role.SUPERVISOR, Role.ARBITER)), Person.disabled_at.is_(None)
    )
    if district_code is not None:
        of_district = list(session.scalars(overseers.where(Person.district_code == district_code)))
        if of_district:
            return of_district
    return list(session.scalars(overseers.where(Person.district_code.is_(None))))


def handlers_of(session: Session, unit_id: UUID) -> list[UUID]:
    """Return the people who handle tasks for a unit."""
    return list(
        session.scalars(
            sa.select(Person.id).where(
                Person.unit_id == unit_id,
                Person.role == Role.HANDLER,
                Person.disabled_at.is_(None),
            )
        )
    )
