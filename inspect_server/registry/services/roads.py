"""Loading roads 道路: a file that the city brings replaces what was loaded before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import RoadSheet
from inspect_server.registry import reference
from inspect_server.registry.formats.road_lines import LoadedRoads
from inspect_server.registry.rules import road_sheets
from inspect_server.registry.rules.road_sheets import Sheet


def replace(session: Session, loaded: LoadedRoads, now: datetime) -> Sequence[Sheet]:
    """Replace all sheets by those of these roads, and return them.

    Where no road lies in a district nothing is replaced: the caller says so.
    """
    districts = reference.latest(session).atlas.boundaries.districts
    made = road_sheets.sheets(loaded.lines, districts)
    if not made:
        return made
    clear(session)
    session.add_all(
        RoadSheet(
            district=sheet.district,
            digest=sheet.digest,
            bytes=sheet.bytes,
            attribution=loaded.attribution,
            roads=sheet.roads,
            loaded_at=now,
        )
        for sheet in made
    )
    return made


def clear(session: Session) -> None:
    """Delete all sheets: sketches are drawn without roads."""
    session.execute(sa.delete(RoadSheet))
