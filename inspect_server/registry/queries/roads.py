"""Roads 道路 for sketches: which sheets there are, and one of them; SELECTs only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.problems import NotFound
from inspect_server.models import RoadSheet


def sheets(session: Session) -> list[dict[str, Any]]:
    """Return the sheets by district, without their roads: a phone asks for what it lacks."""
    columns = (RoadSheet.district, RoadSheet.digest, RoadSheet.bytes)
    rows = session.execute(sa.select(*columns).order_by(RoadSheet.district))
    return [row._asdict() for row in rows]


def sheet(session: Session, district: str) -> RoadSheet:
    """Return the sheet of a district. Raises `NotFound`."""
    found = session.get(RoadSheet, district)
    if found is None:
        raise NotFound()
    return found
