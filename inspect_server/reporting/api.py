"""API of the board 工作台, the trends 趋势 and the quarantine 隔离区."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from inspect_server.core.database import db, in_write_tx
from inspect_server.http.blueprint import Blueprint, now
from inspect_server.identity.auth import allow, me
from inspect_server.registry import reference
from inspect_server.reporting import board, setup, trends
from inspect_server.sync.queries import quarantine
from inspect_server.sync.services import quarantine as quarantines
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
