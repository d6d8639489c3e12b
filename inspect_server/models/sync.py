"""The tables of sync: received ops, the quarantine, the change log, the epoch of the server."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Document, Instant, one_of
from schemas.vocabulary import Collection, Installation, OpStatus, QuarantineState


class ReceivedOp(Base):
    """A received op with its answer; when it is sent again, it gets the same answer (I2)."""

    __tablename__ = "received_op"

    op_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    device_id: Mapped[str] = mapped_column(sa.String(64))
    batch_id: Mapped[str | None] = mapped_column(sa.String(64))
    kind: Mapped[str] = mapped_column(sa.String(32))
    entity_id: Mapped[UUID | None] = mapped_column(index=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    body: Mapped[dict[str, Any]] = mapped_column(Document)
    status: Mapped[OpStatus] = mapped_column(one_of(OpStatus))
    answer: Mapped[dict[str, Any]] = mapped_column(Document)
    received_at: Mapped[datetime] = mapped_column(Instant)


class Quarantined(Base):
    """An item that could not be applied 隔离, stored verbatim until a person resolves it."""

    __tablename__ = "quarantined"
    __table_args__ = (sa.UniqueConstraint("person_id", "digest"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    device_id: Mapped[str] = mapped_column(sa.String(64))
    op_id: Mapped[UUID | None] = mapped_column(index=True)
    kind: Mapped[str | None] = mapped_column(sa.String(64))
    entity_id: Mapped[UUID | None]
    district_code: Mapped[str | None] = mapped_column(sa.ForeignKey("district.code"))
    digest: Mapped[str] = mapped_column(sa.String(64))
    reason: Mapped[str] = mapped_column(sa.String(64))
    problem: Mapped[dict[str, Any]] = mapped_column(Document)
    # Verbatim text, because it may not be valid JSON.
    body: Mapped[str] = mapped_column(sa.Text)
    received_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[QuarantineState] = mapped_column(one_of(QuarantineState), index=True)
    note: Mapped[str | None] = mapped_column(sa.Text)
    resolved_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)


class Change(Base):
    """The latest change of one entity for one audience; `seq` is in commit order (I4).

    A later change of the same entity moves its row to the end, so a first pull reads no
    more rows than there are entities.
    """

    __tablename__ = "change"
    __table_args__ = (sa.Index("ix_change_audience_seq", "audience", "seq"),)

    audience: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    collection: Mapped[Collection] = mapped_column(one_of(Collection), primary_key=True)
    entity_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    deleted: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


# The names of the counters: changes for phones, editions of the registers.
CHANGE_LOG = "log"
REFERENCE_EDITION = "reference"


class Counter(Base):
    """A counter that is increased last in a transaction: one row, locked until the commit."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    value: Mapped[int] = mapped_column(sa.BigInteger)


class ServerState(Base):
    """The epoch of the server, the moment a verified backup covers, the installation: one row.

    While `installation` is None nothing was loaded yet: `up` makes it a demonstration.
    """

    __tablename__ = "server_state"
    ONLY: ClassVar[int] = 1

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[str] = mapped_column(sa.String(64))
    backed_up_to: Mapped[datetime | None] = mapped_column(Instant)
    installation: Mapped[Installation | None] = mapped_column(one_of(Installation))
    city_name: Mapped[str | None] = mapped_column(sa.String(64))
