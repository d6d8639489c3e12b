"""Photos 照片: as declared, as received, and their copies; uploads in progress."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Document, Instant, one_of
from schemas.vocabulary import (
    Derivative,
    DerivativeState,
    PhotoRole,
    PhotoSource,
    PhotoState,
)


class Photo(Base):
    """One photo by the id the phone gave it; bytes under an id never change.

    The declaration (role, times, place) comes with an op, the bytes by tus; either may be first.
    """

    __tablename__ = "photo"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    # The op or move that declared it; before that, the one its upload named.
    op_id: Mapped[UUID | None] = mapped_column(index=True)
    observation_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("observation.id"), index=True)
    task_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("task.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    role: Mapped[PhotoRole | None] = mapped_column(one_of(PhotoRole))
    source: Mapped[PhotoSource | None] = mapped_column(one_of(PhotoSource))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    # As the phone declares it; a photo over the limit is refused when it is uploaded.
    bytes: Mapped[int] = mapped_column(sa.BigInteger)
    mime: Mapped[str | None] = mapped_column(sa.String(32))
    width: Mapped[int | None]
    height: Mapped[int | None]
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    place: Mapped[dict[str, Any] | None] = mapped_column(Document)
    exif: Mapped[dict[str, Any] | None] = mapped_column(Document)
    declared_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[PhotoState] = mapped_column(one_of(PhotoState))
    problem: Mapped[dict[str, Any] | None] = mapped_column(Document)
    created_at: Mapped[datetime] = mapped_column(Instant)
    stored_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    object_key: Mapped[str | None] = mapped_column(sa.String(200))
    derivative: Mapped[DerivativeState] = mapped_column(one_of(DerivativeState))
    derivative_problem: Mapped[str | None] = mapped_column(sa.String(200))
    review_key: Mapped[str | None] = mapped_column(sa.String(200))
    thumb_key: Mapped[str | None] = mapped_column(sa.String(200))


class Upload(Base):
    """An upload in progress: the bytes received so far, and which request may append."""

    __tablename__ = "upload"

    photo_id: Mapped[UUID] = mapped_column(sa.ForeignKey("photo.id"), primary_key=True)
    offset: Mapped[int] = mapped_column(default=0)
    # Increased by every PATCH and HEAD; a request with an older generation cannot append.
    generation: Mapped[int] = mapped_column(default=1)
    # The spool parts in order: [[name, bytes], …].
    parts: Mapped[list[list[Any]]] = mapped_column(Document)
    # The part that is being written; its bytes count even if the writer is interrupted.
    writing: Mapped[str | None] = mapped_column(sa.String(80))
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class PhotoLook(Base):
    """A record of who viewed a sealed original, and when 原件调阅记录."""

    __tablename__ = "photo_look"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    photo_id: Mapped[UUID] = mapped_column(sa.ForeignKey("photo.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    copy: Mapped[Derivative] = mapped_column(one_of(Derivative))
    at: Mapped[datetime] = mapped_column(Instant)
