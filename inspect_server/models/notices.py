"""Notices 通知: messages for one person, in that person's inbox."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Instant, one_of
from schemas.vocabulary import NoticeKind


class Notice(Base):
    """One message for one person about one event."""

    __tablename__ = "notice"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[NoticeKind] = mapped_column(one_of(NoticeKind))
    title: Mapped[str] = mapped_column(sa.String(120))
    body: Mapped[str] = mapped_column(sa.Text)
    task_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("task.id"))
    observation_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("observation.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
