"""Routes of the working calendar 工作日历: offices read it, an admin publishes and changes it."""

from __future__ import annotations

from typing import Any

from inspect_server.core.database import db, in_write_tx
from inspect_server.http.blueprint import Blueprint, now
from inspect_server.identity.auth import allow, me
from inspect_server.registry.formats import holidays
from inspect_server.registry.queries import calendar as calendar_queries
from inspect_server.registry.services import calendar, setting_history
from schemas.calendar import (
    DayForm,
    DayFormSchema,
    EditPageSchema,
    PeriodDrop,
    PeriodDropSchema,
    PeriodForm,
    PeriodFormSchema,
    PeriodsSchema,
    Publication,
    PublicationSchema,
    PublishedSchema,
    RecountedSchema,
    YearsSchema,
)
from schemas.pages import PageFrom, PageFromSchema
from schemas.vocabulary import Role

bp = Blueprint("calendar", "工作日历 Working calendar")

OFFICE = (Role.SUPERVISOR, Role.ARBITER, Role.ADMIN)


@bp.get("/calendar/years")
@allow(*OFFICE)
@bp.response(200, YearsSchema)
def list_years() -> dict[str, Any]:
    """The published years, and the one that is missing."""
    return _years()


@bp.post("/calendar/years")
@allow(Role.ADMIN)
@bp.arguments(PublicationSchema)
@bp.response(200, PublishedSchema)
@in_write_tx
def publish_year(request: Publication) -> dict[str, Any]:
    """Publish a year from the library or a pasted list; open cases are counted again."""
    recounted = calendar.publish(db.session(), me(), request, now())
    return {"years": _years(), "recounted": recounted}


@bp.post("/calendar/days")
@allow(Role.ADMIN)
@bp.arguments(DayFormSchema)
@bp.response(200, RecountedSchema)
@in_write_tx
def set_day(request: DayForm) -> dict[str, Any]:
    """Say whether one day is worked."""
    return {"recounted": calendar.set_day(db.session(), me(), request, now())}


@bp.get("/calendar/periods")
@allow(*OFFICE)
@bp.response(200, PeriodsSchema)
def list_periods() -> dict[str, Any]:
    """The working hours 作息, the latest first."""
    return calendar_queries.periods(db.session(), now())


@bp.post("/calendar/periods")
@allow(Role.ADMIN)
@bp.arguments(PeriodFormSchema)
@bp.response(200, RecountedSchema)
@in_write_tx
def set_period(request: PeriodForm) -> dict[str, Any]:
    """Write the working hours from a day on."""
    return {"recounted": calendar.set_period(db.session(), me(), request, now())}


@bp.post("/calendar/periods/drop")
@allow(Role.ADMIN)
@bp.arguments(PeriodDropSchema)
@bp.response(200, RecountedSchema)
@in_write_tx
def drop_period(request: PeriodDrop) -> dict[str, Any]:
    """Take working hours back that have not begun yet."""
    return {"recounted": calendar.drop_period(db.session(), me(), request.starts_on, now())}


@bp.get("/calendar/edits")
@allow(Role.ADMIN)
@bp.arguments(PageFromSchema, location="query")
@bp.response(200, EditPageSchema)
def list_edits(request: PageFrom) -> dict[str, Any]:
    """Who changed the calendar, and what."""
    return calendar_queries.edits(db.session(), setting_history.CALENDAR, request)


def _years() -> dict[str, Any]:
    return calendar_queries.years(db.session(), holidays.last_library_year(), now())
