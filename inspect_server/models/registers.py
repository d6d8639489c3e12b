"""Changes of the registers 名册变更: who changed what, and when; rows are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Document, Instant, Serial, one_of
from schemas.vocabulary import Register, RegisterAction


class RegisterChange(Base):
    """One change of one entry of a register."""

    __tablename__ = "register_change"
    __table_args__ = (
        sa.Index("ix_register_change_entry", "register", "entry_id", "id"),
        sa.Index("ix_register_change_register", "register", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    register: Mapped[Register] = mapped_column(one_of(Register))
    # The entry's id; a category's code.
    entry_id: Mapped[str] = mapped_column(sa.String(64))
    # What was done; column and check keep the names they have in the migration.
    deed: Mapped[RegisterAction] = mapped_column(one_of(RegisterAction, "registerdeed"))
    # By field: the value before and the value after.
    fields: Mapped[dict[str, Any]] = mapped_column(Document)
    by_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    # The changes of one imported table share this.
    import_id: Mapped[UUID | None]
