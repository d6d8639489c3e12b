"""The registers as screens list them: points, shops, units, categories, calendar, people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import (
    CalendarDay,
    District,
    Pairing,
    Person,
    Point,
    Shop,
    Unit,
)
from inspect_server.queries import people
from inspect_server.queries.pages import read_cursor, text, write_cursor
from inspect_server.reference import Reference
from inspect_server.rules.access import Viewer
from schemas.pages import PageFrom


def point(row: Point) -> dict[str, Any]:
    """Return a point as the wire shows it."""
    return {
        "id": row.id,
        "code": row.code,
        "name": row.name,
        "type": row.type,
        "district": row.district_code,
        "street": row.street_code,
        "community": row.community_code,
        "lon": row.lon,
        "lat": row.lat,
        "address": row.address,
        "demo": row.demo,
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
        "version": row.version,
    }


def calendar_days(session: Session) -> list[CalendarDay]:
    """Return every day that breaks the Monday-to-Friday rule."""
    return list(session.scalars(sa.select(CalendarDay).order_by(CalendarDay.day)))


def points(session: Session, wanted: PageFrom) -> dict[str, Any]:
    """Return a page of points by code."""
    return _page(session, Point, Point.code, wanted, point)


def shops(session: Session, wanted: PageFrom) -> dict[str, Any]:
    """Return a page of shops by plate."""
    return _page(session, Shop, Shop.plate_code, wanted, shop)


def units(session: Session, wanted: PageFrom) -> dict[str, Any]:
    """Return a page of units by code."""
    return _page(session, Unit, Unit.code, wanted, unit)


def categories(reference: Reference) -> dict[str, Any]:
    """Return all categories in their order."""
    return {"items": list(reference.categories.values()), "next": None}


def districts(reference: Reference) -> dict[str, Any]:
    """Return the scoring districts in their order."""
    return {"items": list(reference.districts.values()), "next": None}


def calendar(session: Session) -> dict[str, Any]:
    """Return the exceptions of the working calendar."""
    return {"items": calendar_days(session), "next": None}


def pairings(session: Session, reference: Reference) -> dict[str, Any]:
    """Return who stands beside which place 包联."""
    return {
        "items": [
            {
                "id": row.id,
                "unit": {"id": str(row.unit_id), "name": reference.units[row.unit_id].name},
                "point_id": row.point_id,
                "community": row.community_code,
                "street": row.street_code,
                "starts_on": row.starts_on,
                "ends_on": row.ends_on,
            }
            for row in session.scalars(sa.select(Pairing).order_by(Pairing.id))
        ],
        "next": None,
    }


def people_in_scope(session: Session, viewer: Viewer, wanted: PageFrom) -> dict[str, Any]:
    """Return a page of the people an admin or a supervisor looks after."""
    query = sa.select(Person)
    if viewer.district_code is not None:
        query = query.where(Person.district_code == viewer.district_code)
    if wanted.cursor:
        # Two people may have the same name: the id tells them apart.
        name, person_id = read_cursor(wanted.cursor, text, UUID)
        query = query.where(
            sa.or_(Person.name > name, sa.and_(Person.name == name, Person.id > person_id))
        )
    found = list(session.scalars(query.order_by(Person.name, Person.id).limit(wanted.limit + 1)))
    more, found = len(found) > wanted.limit, found[: wanted.limit]
    unit_rows = {u.id: u for u in session.scalars(sa.select(Unit))}
    district_rows = {d.code: d for d in session.scalars(sa.select(District))}
    return {
        "items": [
            people.describe_with(
                p,
                unit_rows.get(p.unit_id) if p.unit_id else None,
                district_rows.get(p.district_code) if p.district_code else None,
            )
            for p in found
        ],
        "next": write_cursor(found[-1].name, str(found[-1].id)) if more else None,
    }


def sketch(reference: Reference) -> dict[str, Any]:
    """Return what the map sketch is drawn from: outlines and points, no tiles."""
    boxes = [outline.bounds for _, outline in reference.outlines]
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
            ],
        },
        "points": [point(p) for p in reference.points.values()],
        "bounds": [
            min(b[0] for b in boxes),
            min(b[1] for b in boxes),
            max(b[2] for b in boxes),
            max(b[3] for b in boxes),
        ]
        if boxes
        else [],
    }


def _page(
    session: Session,
    model: Any,
    key: Any,
    wanted: PageFrom,
    present: Callable[[Any], dict[str, Any]],
) -> dict[str, Any]:
    query = sa.select(model)
    if wanted.cursor:
        (after,) = read_cursor(wanted.cursor, text)
        query = query.where(key > after)
    found = list(session.scalars(query.order_by(key).limit(wanted.limit + 1)))
    more, found = len(found) > wanted.limit, found[: wanted.limit]
    return {
        "items": [present(row) for row in found],
        "next": write_cursor(getattr(found[-1], key.key)) if more else None,
    }
