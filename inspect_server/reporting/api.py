"""API of the board 工作台, the trends 趋势 and the quarantine 隔离区."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from inspect_server.core.database import db, in_write_tx
from inspect_server.http.blueprint import Blueprint, now
from inspect_server.http.files import File
from inspect_server.identity.auth import allow, me
from inspect_server.registry import reference
from inspect_server.reporting import board, month, month_workbook, setup, trends
from inspect_server.sync.queries import quarantine
from inspect_server.sync.services import quarantine as quarantines
from schemas.months import MonthFilter, MonthFilterSchema, MonthSchema
from schemas.pages import (
    BoardSchema,
    QuarantinedSchema,
    QuarantineFilter,
    QuarantineFilterSchema,
    QuarantinePageSchema,
    Resolution,
    ResolutionSchema,
    SetupSchema,
    TrendFilter,
    TrendFilterSchema,
    TrendsSchema,
)
from schemas.vocabulary import Role

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
bp = Blueprint("board", "工作台与隔离区 Board and quarantine")


@bp.get("/board")
@allow(Role.SUPERVISOR, Role.ARBITER, Role.ADMIN)
@bp.response(200, BoardSchema)
def show_board() -> dict[str, Any]:
    """Counts and rates of each district, and what waits for me."""
    session = db.session()
    return board.board(session, reference.current(session), me(), now())


@bp.get("/setup")
@allow(Role.ADMIN)
@bp.response(200, SetupSchema)
def show_setup() -> dict[str, Any]:
    """How far the city is set up, step by step 开城进度."""
    return setup.progress(db.session())


@bp.get("/board/trends")
@allow(Role.HANDLER, Role.SUPERVISOR, Role.ARBITER, Role.ADMIN)
@bp.arguments(TrendFilterSchema, location="query")
@bp.response(200, TrendsSchema)
def show_trends(filters: TrendFilter) -> dict[str, Any]:
    """Tasks reported, closed and overdue by day, and by district, unit or category."""
    session = db.session()
    return trends.trends(session, reference.current(session), me(), filters, now())


@bp.get("/board/month")
@allow(Role.SUPERVISOR, Role.ARBITER, Role.ADMIN)
@bp.arguments(MonthFilterSchema, location="query")
@bp.response(200, MonthSchema)
def show_month(filters: MonthFilter) -> dict[str, Any]:
    """Districts and units of a month 按月 with counts and rates, without a rank."""
    session = db.session()
    return month.month(session, reference.current(session), me(), filters.month, now())


@bp.get("/board/month.xlsx")
@allow(Role.SUPERVISOR, Role.ARBITER, Role.ADMIN)
@bp.arguments(MonthFilterSchema, location="query")
@bp.file(XLSX)
def export_month(filters: MonthFilter) -> File:
    """The same as a workbook 月报表: rates as numbers, and what each number counts."""
    session = db.session()
    shown = month.month(session, reference.current(session), me(), filters.month, now())
    return File(
        content=month_workbook.workbook(shown),
        mimetype=XLSX,
        name=f"创文月报-{shown['month']}.xlsx",
        ascii_name=f"month-{shown['month']}.xlsx",
    )


@bp.get("/quarantine")
@allow(*quarantine.READERS)
@bp.arguments(QuarantineFilterSchema, location="query")
@bp.response(200, QuarantinePageSchema)
def list_quarantine(filters: QuarantineFilter) -> dict[str, Any]:
    """What phones sent and could not be applied, verbatim."""
    return quarantine.page(db.session(), me(), filters)


@bp.post("/quarantine/<uuid:item_id>/resolve")
@allow(Role.SUPERVISOR, Role.ADMIN)
@bp.arguments(ResolutionSchema)
@bp.response(200, QuarantinedSchema)
@in_write_tx
def resolve(resolution: Resolution, item_id: UUID) -> dict[str, Any]:
    """Mark an item as resolved, with a note."""
    session = db.session()
    item = quarantines.resolve(session, me(), item_id, resolution.note, now())
    return quarantine.present(session, [item])[0]
