"""Rescues 抢救包: the zips an admin has imported for phones that could not sync, and the rows that
were imported from them.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Instant, one_of
from schemas.vocabulary import LabelledEnum


class RescuedKind(LabelledEnum):
    """The kind of an imported row: an op, the bytes of a photo, an item in quarantine."""

    OP = "op", "操作", "Op"
    PHOTO = "photo", "照片", "Photo"
    QUARANTINED = "quarantined", "隔离内容", "Quarantined item"


class Rescue(Base):
    """One zip 抢救包 by its SHA-256: who imported it, and whose phone made it."""

    __tablename__ = "rescue"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    bytes: Mapped[int] = mapped_column(sa.BigInteger)
    # The author in the zip; None if there is no person with that id.
    author_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    device_id: Mapped[str] = mapped_column(sa.String(64))
    app_version: Mapped[str] = mapped_column(sa.String(32))
    made_at: Mapped[datetime] = mapped_column(Instant)
    imported_by_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    imported_at: Mapped[datetime] = mapped_column(Instant)


class RescuedEntry(Base):
    """One row that was imported from a zip 由管理员导入."""

    __tablename__ = "rescued_entry"

    kind: Mapped[RescuedKind] = mapped_column(one_of(RescuedKind), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    rescue_id: Mapped[UUID] = mapped_column(sa.ForeignKey("rescue.id"), index=True)
