"""Routes of the outlines 界线 of districts, streets and communities: an admin imports them."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.exceptions import ClientDisconnected

from inspect_server.core.database import db, read_tx, write_tx
from inspect_server.core.problems import NotFound, RequestUnfinished, TooLarge
from inspect_server.core.sentences import sentence
from inspect_server.http.blueprint import Blueprint, now
from inspect_server.identity.auth import allow, me
from inspect_server.registry import reference
from inspect_server.registry.formats.outlines import MAX_BYTES
from inspect_server.registry.queries import calendar as calendar_queries
from inspect_server.registry.queries import outlines as outline_queries
from inspect_server.registry.services import outlines, setting_history
from inspect_server.registry.services.outlines import Report
from schemas.calendar import EditPageSchema
from schemas.outlines import (
    OutlineImport,
    OutlineImportSchema,
    OutlineReportSchema,
    OutlinesSchema,
)
from schemas.pages import PageFrom, PageFromSchema
from schemas.vocabulary import LocalityLevel, Role

bp = Blueprint("outlines", "界线 Outlines")

_FILE = {
    "content": {"application/geo+json": {"schema": {"type": "string", "format": "binary"}}},
    "required": True,
}


@bp.get("/outlines")
@allow(Role.ADMIN, Role.SUPERVISOR, Role.ARBITER)
@bp.response(200, OutlinesSchema)
def list_outlines() -> dict[str, Any]:
    """The outlines of districts, streets and communities, and how many localities have none."""
    session = db.session()
    return outline_queries.listed(session, reference.latest(session))


@bp.post("/outlines")
@allow(Role.ADMIN)
@bp.doc(requestBody=_FILE)
@bp.arguments(OutlineImportSchema, location="query")
@bp.response(200, OutlineReportSchema)
def import_outlines(form: OutlineImport) -> Report:
    """Import a GeoJSON file of outlines, all of it or nothing; no case is changed by it."""
    file, moment = outlines.read(_received(), form), now()

    def bring_in(session: Session) -> Report:
        edition = reference.latest(session)
        return outlines.bring_in(session, edition, file, form, me().id, moment)

    return read_tx(bring_in) if form.dry_run else write_tx(bring_in)


@bp.delete("/outlines/<level>/<code>")
@allow(Role.ADMIN)
@bp.response(204)
def remove_outline(level: str, code: str) -> None:
    """Remove the outline of a street or community; that of a district is part of it."""
    if level not in (LocalityLevel.STREET, LocalityLevel.COMMUNITY):
        raise NotFound()
    area_level = LocalityLevel(level)
    if not write_tx(lambda session: outlines.remove(session, me().id, area_level, code, now())):
        raise NotFound()


@bp.get("/outlines/edits")
@allow(Role.ADMIN)
@bp.arguments(PageFromSchema, location="query")
@bp.response(200, EditPageSchema)
def list_outline_edits(start: PageFrom) -> dict[str, Any]:
    """Who imported or removed outlines, and when."""
    return calendar_queries.edits(db.session(), setting_history.OUTLINES, start)


def _received() -> bytes:
    """Return the file of this request, up to a limit. Raises `TooLarge`, `RequestUnfinished`."""
    try:
        content: bytes = request.stream.read(MAX_BYTES + 1)
    except (OSError, ClientDisconnected) as error:
        raise RequestUnfinished() from error
    if len(content) > MAX_BYTES:
        raise TooLarge(sentence("文件超过 {most} MB。", most=MAX_BYTES // 1024 // 1024))
    return content
