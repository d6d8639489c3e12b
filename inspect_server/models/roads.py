"""Roads 道路 for sketches, as they are delivered: one document a district, bounded in size."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Document, Instant


class RoadSheet(Base):
    """The roads of a district, simplified; without a district where no district has an outline.

    A load replaces all sheets. No foreign key: a sheet is a drawing, nothing depends on it.
    """

    __tablename__ = "road_sheet"

    district: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    # Of the document: a client that has it does not ask again.
    digest: Mapped[str] = mapped_column(sa.String(16))
    bytes: Mapped[int]
    attribution: Mapped[str | None] = mapped_column(sa.String(100))
    # [{name, rank, line}]; see `registry.rules.road_sheets`.
    roads: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    loaded_at: Mapped[datetime] = mapped_column(Instant)
