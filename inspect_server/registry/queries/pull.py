"""Registers 名册 and the calendar as every phone pulls them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.registry.queries import places as place_queries
from inspect_server.registry.reference import Reference
from schemas.places import (
    CalendarDaySchema,
    CategorySchema,
    PointSchema,
    ShopSchema,
    UnitSchema,
)


def points(
    session: Session, reference: Reference, actor: Actor, ids: Sequence[str], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return those points 点位."""
    return _register(ids, reference.points, partial(place_queries.point, reference), PointSchema())


def shops(
    session: Session, reference: Reference, actor: Actor, ids: Sequence[str], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return those shops 门店."""
    return _register(ids, reference.shops, place_queries.shop, ShopSchema())


def units(
    session: Session, reference: Reference, actor: Actor, ids: Sequence[str], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return those units 责任单位."""
    return _register(ids, reference.units, place_queries.unit, UnitSchema())


def _register(
    ids: Sequence[str], entries: Any, present: Any, schema: Any
) -> dict[str, dict[str, Any]]:
    rows = {i: entries.get(UUID(i)) for i in ids}
    return {i: schema.dump(present(row)) for i, row in rows.items() if row is not None}


def categories(
    session: Session, reference: Reference, actor: Actor, ids: Sequence[str], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return those categories 类别."""
    schema = CategorySchema()
    return {i: schema.dump(reference.categories[i]) for i in ids if i in reference.categories}


def calendar(
    session: Session, reference: Reference, actor: Actor, ids: Sequence[str], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return those days of the calendar."""
    schema = CalendarDaySchema()
    days = {str(d.day): d for d in place_queries.calendar_days(session)}
    return {i: schema.dump(days[i]) for i in ids if i in days}
