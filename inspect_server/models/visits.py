"""Visits 现场复核: requests to an observer to check on the spot, and their findings."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Document, Instant, one_of
from schemas.vocabulary import SiteFinding, VisitKind, VisitState


class Visit(Base):
    """One visit by one observer: 核实 before filing or 核查 after disposal."""

    __tablename__ = "visit"
    __table_args__ = (
        # At most one open visit per task.
        sa.Index(
            "ix_visit_under_way",
            "task_id",
            unique=True,
            sqlite_where=sa.text("state = 'asked'"),
            postgresql_where=sa.text("state = 'asked'"),
        ),
        sa.Index("ix_visit_observer_state", "observer_id", "state"),
    )

    # Made by the client; a request with the same id is the same visit.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(sa.ForeignKey("task.id"), index=True)
    kind: Mapped[VisitKind] = mapped_column(one_of(VisitKind))
    state: Mapped[VisitState] = mapped_column(one_of(VisitState))
    version: Mapped[int] = mapped_column(default=1)
    asked_by_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    observer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(sa.String(64))
    # What to look for.
    note: Mapped[str | None] = mapped_column(sa.Text)
    due_at: Mapped[datetime] = mapped_column(Instant)
    provisional: Mapped[bool] = mapped_column(default=False)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    # The finding, and the op that reported it.
    op_id: Mapped[UUID | None] = mapped_column(unique=True)
    finding: Mapped[SiteFinding | None] = mapped_column(one_of(SiteFinding))
    found_note: Mapped[str | None] = mapped_column(sa.Text)
    place: Mapped[dict[str, Any] | None] = mapped_column(Document)
    # The clock of the phone, raw: a hint, never used for order (I8).
    captured_at: Mapped[datetime | None] = mapped_column(Instant)
    clock_offset_ms: Mapped[int | None] = mapped_column(sa.BigInteger)
    clock_age_ms: Mapped[int | None] = mapped_column(sa.BigInteger)
    received_at: Mapped[datetime | None] = mapped_column(Instant)
    # Whether the task had moved on before the finding arrived; it is still evidence.
    late: Mapped[bool] = mapped_column(default=False)
