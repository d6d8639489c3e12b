"""The door of the registers 名册: points, units, shops, categories, calendar, and the sketch."""

from __future__ import annotations

from typing import Any

from inspect_server import reference
from inspect_server.api.auth import signed_in
from inspect_server.api.wire import Blueprint
from inspect_server.extensions import db
from inspect_server.queries import places
from schemas.pages import (
    CalendarPageSchema,
    CategoryPageSchema,
    DistrictPageSchema,
    PageFrom,
    PageFromSchema,
    PairingPageSchema,
    PointPageSchema,
    ShopPageSchema,
    UnitPageSchema,
)
from schemas.places import MapSchema

bp = Blueprint("places", "名册 Registers")


@bp.get("/points")
@signed_in
@bp.arguments(PageFromSchema, location="query")
@bp.response(200, PointPageSchema)
def list_points(wanted: PageFrom) -> dict[str, Any]:
    """A page of points 点位."""
    return places.points(db.session(), wanted)


@bp.get("/units")
@signed_in
@bp.arguments(PageFromSchema, location="query")
@bp.response(200, UnitPageSchema)
def list_units(wanted: PageFrom) -> dict[str, Any]:
    """A page of units 责任单位."""
    return places.units(db.session(), wanted)


@bp.get("/shops")
@signed_in
@bp.arguments(PageFromSchema, location="query")
@bp.response(200, ShopPageSchema)
def list_shops(wanted: PageFrom) -> dict[str, Any]:
    """A page of shops 门店."""
    return places.shops(db.session(), wanted)


@bp.get("/categories")
@signed_in
@bp.response(200, CategoryPageSchema)
def list_categories() -> dict[str, Any]:
    """All categories 问题类别."""
    return places.categories(reference.current(db.session()))


@bp.get("/districts")
@signed_in
@bp.response(200, DistrictPageSchema)
def list_districts() -> dict[str, Any]:
    """The scoring districts 城区."""
    return places.districts(reference.current(db.session()))


@bp.get("/pairings")
@signed_in
@bp.response(200, PairingPageSchema)
def list_pairings() -> dict[str, Any]:
    """Who stands beside which place 包联."""
    session = db.session()
    return places.pairings(session, reference.current(session))


@bp.get("/calendar")
@signed_in
@bp.response(200, CalendarPageSchema)
def list_calendar() -> dict[str, Any]:
    """The days that break the Monday-to-Friday rule 工作日历."""
    return places.calendar(db.session())


@bp.get("/map")
@signed_in
@bp.response(200, MapSchema)
def show_map() -> dict[str, Any]:
    """What the map sketch is drawn from 示意图."""
    return places.sketch(reference.current(db.session()))
