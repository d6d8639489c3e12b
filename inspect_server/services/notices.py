"""Telling people 通知: one notice for one person about one thing that happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server import failpoints
from inspect_server.models import Notice, Person
from inspect_server.rules import access
from inspect_server.services import changes
from schemas.vocabulary import Collection, NoticeKind, Role


def tell(
    session: Session,
    person_ids: Iterable[UUID],
    kind: NoticeKind,
    title: str,
    body: str,
    now: datetime,
    *,
    task_id: UUID | None = None,
    observation_id: UUID | None = None,
) -> None:
    """Put a notice into each person's inbox."""
    for person_id in person_ids:
        notice = Notice(
            id=uuid7(),
            person_id=person_id,
            kind=kind,
            title=title,
            body=body,
            task_id=task_id,
            observation_id=observation_id,
            at=now,
        )
        session.add(notice)
        changes.note(session, Collection.NOTICES, notice.id, [access.person_audience(person_id)])
        failpoints.reach("notify.told")


def supervisors_of(session: Session, district_code: str | None) -> list[UUID]:
    """Return a district's supervisors; for none, or where there are none, the whole city's."""
    overseers = sa.select(Person.id).where(
        Person.role.in_((Role.SUPERVISOR, Role.ARBITER)), Person.disabled_at.is_(None)
    )
    if district_code is not None:
        found = list(session.scalars(overseers.where(Person.district_code == district_code)))
        if found:
            return found
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
