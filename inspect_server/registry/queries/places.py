"""Places as the wire shows them: points, shops, units, the calendar, the map sketch."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import CalendarDay, Point, Shop, Unit
from inspect_server.registry.reference import Reference


def point(reference: Reference, row: Point) -> dict[str, Any]:
    """Return a point as the wire shows it."""
    street = reference.streets.get(row.street_code or "")
    community = reference.communities.get(row.community_code or "")
    return {
        "id": row.id,
        "code": row.code,
        "name": row.name,
        "type": row.type,
        "district": row.district_code,
        "street": row.street_code,
        "community": row.community_code,
        # By name as well: a phone has no register of streets and communities.
        "street_name": street.name if street else None,
        "community_name": community.name if community else None,
        "lon": row.lon,
        "lat": row.lat,
        "address": row.address,
        "demo": row.demo,
        "active": row.active,
        "version": row.version,
    }


def shop(row: Shop) -> dict[str, Any]:
    """Return a shop as the wire shows it."""
    return {
        "id": row.id,
        "plate_code": row.plate_code,
        "name": row.name,
        "point_id": row.point_id,
        "unit_id": row.unit_id,
        "lon": row.lon,
        "lat": row.lat,
        "address": row.address,
        "duties": row.duties,
        "demo": row.demo,
        "active": row.active,
        "version": row.version,
    }


def unit(row: Unit) -> dict[str, Any]:
    """Return a unit as the wire shows it."""
    return {
        "id": row.id,
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "district": row.district_code,
        "demo": row.demo,
        "active": row.active,
        "version": row.version,
    }


def calendar_days(session: Session) -> list[CalendarDay]:
    """Return every day that breaks the Monday-to-Friday rule."""
    return list(session.scalars(sa.select(CalendarDay).order_by(CalendarDay.day)))


def districts(reference: Reference) -> dict[str, Any]:
    """Return the scoring districts in their order."""
    return {"items": list(reference.districts.values()), "next": None}


def streets(reference: Reference) -> dict[str, Any]:
    """Return every street."""
    return {"items": list(reference.streets.values()), "next": None}


def communities(reference: Reference) -> dict[str, Any]:
    """Return every community."""
    return {"items": list(reference.communities.values()), "next": None}


def calendar(session: Session) -> dict[str, Any]:
    """Return the exceptions of the working calendar."""
    return {"items": calendar_days(session), "next": None}


def sketch(reference: Reference) -> dict[str, Any]:
    """Return what the map sketch is drawn from: outlines and points, no tiles."""
    # A city may begin with the names of its districts only: those outlines are empty.
    outlines = reference.atlas.boundaries.districts.geometries
    boxes = [outline.bounds for outline in outlines if not outline.is_empty] or [
        (p.lon, p.lat, p.lon, p.lat) for p in reference.points.values() if p.active
    ]
    return {
        "districts": {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {
                        "code": d.code,
                        "name": d.name,
                        "approximate": d.approximate,
                    },
                    "geometry": d.outline,
                }
                for d in reference.districts.values()
                if d.outline.get("coordinates")
            ],
        },
        "points": [point(reference, p) for p in reference.points.values() if p.active],
        "streets": _street_names(reference),
        "bounds": [
            min(b[0] for b in boxes),
            min(b[1] for b in boxes),
            max(b[2] for b in boxes),
            max(b[3] for b in boxes),
        ]
        if boxes
        else [],
    }


def _street_names(reference: Reference) -> list[dict[str, Any]]:
    """Return the names of streets 街道 for the sketch, each in the middle of its own points."""
    spots: dict[str, list[Point]] = {}
    for row in reference.points.values():
        if row.active and row.street_code and row.street_code in reference.streets:
            spots.setdefault(row.street_code, []).append(row)
    return [
        {
            "code": code,
            "name": reference.streets[code].name,
            "lon": round(sum(p.lon for p in rows) / len(rows), 6),
            "lat": round(sum(p.lat for p in rows) / len(rows), 6),
        }
        for code, rows in sorted(spots.items())
    ]
