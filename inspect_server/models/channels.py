"""Channels 通知渠道 outside the product, and the deliveries of notices to them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Document, Instant, one_of
from schemas.vocabulary import ChannelKind, DeliveryState


class Channel(Base):
    """A mailbox or a group robot that gets some of the notices; switched off, never deleted."""

    __tablename__ = "channel"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[ChannelKind] = mapped_column(one_of(ChannelKind))
    name: Mapped[str] = mapped_column(sa.String(64))
    address: Mapped[str] = mapped_column(sa.String(500))
    # Signs the messages; it can be written, and no answer ever contains it.
    secret: Mapped[str | None] = mapped_column(sa.String(200))
    # The kinds of notices it gets; an empty list means all.
    kinds: Mapped[list[str]] = mapped_column(Document)
    # Whose cases: a unit's, a district's, or with neither the whole city's.
    district_code: Mapped[str | None] = mapped_column(sa.ForeignKey("district.code"))
    unit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("unit.id"))
    active: Mapped[bool] = mapped_column(default=True)
    # Consecutive failures of the receiver, and until when it rests because of them.
    failures: Mapped[int] = mapped_column(default=0)
    tries_again_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(sa.String(300))
    last_delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(default=1)


class Delivery(Base):
    """One event for one channel, written in the transaction of the event.

    Its id travels with the message (Message-ID, Idempotency-Key): a receiver that gets it twice
    can tell. A group gets an event once, however many people got a notice of it.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "channel_id"),
        sa.Index("ix_delivery_channel_state_at", "channel_id", "state", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(sa.ForeignKey("channel.id"))
    event_id: Mapped[UUID]
    # A NoticeKind, or `test` for the test message of an admin.
    kind: Mapped[str] = mapped_column(sa.String(32))
    title: Mapped[str] = mapped_column(sa.String(120))
    body: Mapped[str] = mapped_column(sa.Text)
    task_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("task.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[DeliveryState] = mapped_column(one_of(DeliveryState))
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(sa.String(300))
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
