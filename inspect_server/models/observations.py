"""Observations 上报问题: what a person saw, where and when, as recorded by the phone."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Document, Instant, one_of
from schemas.vocabulary import LocalityBasis, ObservationState, Outcome, PlaceSource


class Observation(Base):
    """One reported problem; its id is made on the phone."""

    __tablename__ = "observation"
    # Maps and nearby searches read a band of latitude; the index also holds the other columns.
    __table_args__ = (sa.Index("ix_observation_lat_lon", "lat", "lon", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    device_id: Mapped[str] = mapped_column(sa.String(64))
    op_id: Mapped[UUID] = mapped_column(unique=True)
    state: Mapped[ObservationState] = mapped_column(one_of(ObservationState))
    version: Mapped[int] = mapped_column(default=1)
    category_code: Mapped[str] = mapped_column(sa.ForeignKey("category.code"))
    outcome: Mapped[Outcome] = mapped_column(one_of(Outcome))
    severity: Mapped[int]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    place_source: Mapped[PlaceSource] = mapped_column(one_of(PlaceSource))
    fixed_at: Mapped[datetime | None] = mapped_column(Instant)
    district_code: Mapped[str | None] = mapped_column(sa.ForeignKey("district.code"), index=True)
    street_code: Mapped[str | None] = mapped_column(sa.ForeignKey("street.code"))
    community_code: Mapped[str | None] = mapped_column(sa.ForeignKey("community.code"))
    locality_basis: Mapped[LocalityBasis] = mapped_column(
        one_of(LocalityBasis),
        default=LocalityBasis.UNDECIDED,
        server_default=LocalityBasis.UNDECIDED.value,
    )
    point_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("point.id"))
    shop_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("shop.id"))
    # The nearest point or shop 最近地点 of all, when the record was located, and how far it is.
    nearest_point_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("point.id"))
    nearest_shop_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("shop.id"))
    nearest_m: Mapped[float | None]
    address: Mapped[str | None] = mapped_column(sa.String(200))
    note: Mapped[str | None] = mapped_column(sa.Text)
    tags: Mapped[list[str] | None] = mapped_column(Document)
    data: Mapped[dict[str, Any]] = mapped_column(Document)
    # The clock of the phone, raw: a hint for reviewers, never used for order (I8).
    captured_at: Mapped[datetime] = mapped_column(Instant)
    clock_offset_ms: Mapped[int | None] = mapped_column(sa.BigInteger)
    clock_age_ms: Mapped[int | None] = mapped_column(sa.BigInteger)
    received_at: Mapped[datetime] = mapped_column(Instant, index=True)
    demo: Mapped[bool] = mapped_column(default=False)
