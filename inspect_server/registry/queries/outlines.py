"""Outlines 界线 as the console lists them; SELECTs only."""

from __future__ import annotations

import math
from typing import Any

import shapely
import shapely.geometry
import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.geo import METRES_PER_DEGREE
from inspect_server.models import LocalityOutline, Person
from inspect_server.registry.reference import Reference
from schemas.vocabulary import LocalityLevel


def listed(session: Session, reference: Reference) -> dict[str, Any]:
    """Return all outlines, those of districts first, and how many localities have none."""
    rows = session.execute(
        sa.select(LocalityOutline, Person.name).outerjoin(
            Person, Person.id == LocalityOutline.imported_by_id
        )
    ).all()
    streets = [_street(reference, row, by) for row, by in rows if row.street_code]
    communities = [_community(reference, row, by) for row, by in rows if row.community_code]
    return {
        "items": [
            *_districts(reference),
            *sorted(streets, key=lambda item: item["code"]),
            *sorted(communities, key=lambda item: item["code"]),
        ],
        "streets_without": len(reference.streets) - len(streets),
        "communities_without": len(reference.communities) - len(communities),
    }


def _districts(reference: Reference) -> list[dict[str, Any]]:
    outlines = {
        district.code: shapely.geometry.shape(district.outline)
        for district in reference.districts.values()
    }
    return [
        {
            "level": LocalityLevel.DISTRICT,
            "code": district.code,
            "name": district.name,
            "within": None,
            "approximate": district.approximate,
            "datum": None,
            "file": None,
            "imported_at": None,
            "imported_by": None,
        }
        | _size(outlines[district.code])
        for district in reference.districts.values()
        if not outlines[district.code].is_empty
    ]


def _street(reference: Reference, row: LocalityOutline, by: str | None) -> dict[str, Any]:
    street = reference.streets[row.street_code or ""]
    within = reference.districts[street.district_code].name
    return _item(LocalityLevel.STREET, street, within, row, by)


def _community(reference: Reference, row: LocalityOutline, by: str | None) -> dict[str, Any]:
    community = reference.communities[row.community_code or ""]
    within = reference.streets[community.street_code].name
    return _item(LocalityLevel.COMMUNITY, community, within, row, by)


def _item(
    level: LocalityLevel, locality: Any, within: str, row: LocalityOutline, by: str | None
) -> dict[str, Any]:
    return {
        "level": level,
        "code": locality.code,
        "name": locality.name,
        "within": within,
        "approximate": False,
        "datum": row.datum,
        "file": row.file_name or None,
        "imported_at": row.imported_at,
        "imported_by": {"id": str(row.imported_by_id), "name": by} if by else None,
    } | _size(shapely.from_wkb(row.geometry))


def _size(geometry: Any) -> dict[str, Any]:
    """Return corners and square kilometres of an outline."""
    middle = geometry.centroid
    metres = METRES_PER_DEGREE
    narrower = math.cos(math.radians(middle.y))
    square_km = geometry.area * metres * metres * narrower / 1_000_000
    return {
        "corners": int(shapely.get_num_coordinates(geometry)),
        "square_km": round(square_km, 2),
    }
