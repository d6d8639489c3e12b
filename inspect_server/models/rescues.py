"""Rescues 抢救包: the zips that were brought in for phones that could not sync, and what they
brought. What stands here came through an admin's hands, not from a phone's own session.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Instant, one_of
from schemas.vocabulary import LabelledEnum


class RescuedKind(LabelledEnum):
    """What a rescue brought: an op, a photo's bytes, something now in quarantine."""

    OP = "op", "操作", "Op"
    PHOTO = "photo", "照片", "Photo"
    QUARANTINED = "quarantined", "隔离内容", "Quarantined item"


class Rescue(Base):
    """One zip 抢救包, by the hash of its bytes: who brought it in, and whose phone made it."""

    __tablename__ = "rescue"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    bytes: Mapped[int] = mapped_column(sa.BigInteger)
    # As the zip says; None where nobody of that id is known here.
    author_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    device_id: Mapped[str] = mapped_column(sa.String(64))
    app_version: Mapped[str] = mapped_column(sa.String(32))
    made_at: Mapped[datetime] = mapped_column(Instant)
    imported_by_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    imported_at: Mapped[datetime] = mapped_column(Instant)


class RescuedEntry(Base):
    """One thing that stands on the server because a rescue brought it 由管理员导入."""

    __tablename__ = "rescued_entry"

    kind: Mapped[RescuedKind] = mapped_column(one_of(RescuedKind), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    rescue_id: Mapped[UUID] = mapped_column(sa.ForeignKey("rescue.id"), index=True)
