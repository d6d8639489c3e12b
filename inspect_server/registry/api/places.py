"""Routes of the places: districts, the working calendar, and the map sketch."""

from __future__ import annotations

from typing import Any

from inspect_server.core.database import db
from inspect_server.http.blueprint import Blueprint, settings_of
from inspect_server.identity.auth import signed_in
from inspect_server.models import RoadSheet
from inspect_server.registry import reference
from inspect_server.registry.queries import places, roads
from inspect_server.registry.settings import RegistrySettings
from schemas.pages import (
    CalendarPageSchema,
    CommunityPageSchema,
    DistrictPageSchema,
    StreetPageSchema,
)
from schemas.places import MapSchema, RoadSheetSchema

bp = Blueprint("places", "地点与日历 Places and calendar")


@bp.get("/districts")
@signed_in
@bp.response(200, DistrictPageSchema)
def list_districts() -> dict[str, Any]:
    """The scoring districts 城区."""
    return places.districts(reference.current(db.session()))


@bp.get("/streets")
@signed_in
@bp.response(200, StreetPageSchema)
def list_streets() -> dict[str, Any]:
    """The streets, towns and townships 街道."""
    return places.streets(reference.current(db.session()))


@bp.get("/communities")
@signed_in
@bp.response(200, CommunityPageSchema)
def list_communities() -> dict[str, Any]:
    """The communities and villages 社区."""
    return places.communities(reference.current(db.session()))


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
    """What the map sketch is drawn from 示意图, and the base map where one is configured."""
    sketch = places.sketch(reference.current(db.session()))
    more = {"roads": roads.sheets(db.session()), "tianditu": settings_of(RegistrySettings).tianditu}
    return sketch | more


@bp.get("/map/roads/<district>")
@signed_in
@bp.response(200, RoadSheetSchema)
def show_roads(district: str) -> RoadSheet:
    """The roads of a district 道路 that the city has loaded; `/map` lists which there are."""
    return roads.sheet(db.session(), district)
