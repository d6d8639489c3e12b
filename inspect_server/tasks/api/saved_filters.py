"""Saved filters 常用筛选 over HTTP: each person's own, kept on the server."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from inspect_server.core.database import db, in_write_tx
from inspect_server.http.blueprint import Blueprint, now
from inspect_server.identity.auth import me, signed_in
from inspect_server.models import SavedFilter
from inspect_server.tasks.services import saved_filters
from schemas.filters import (
    FilterForm,
    FilterFormSchema,
    SavedFilterSchema,
    SavedFiltersSchema,
)

bp = Blueprint("filters", "常用筛选 Saved filters", "/me/filters")


@bp.get("")
@signed_in
@bp.response(200, SavedFiltersSchema)
def list_filters() -> dict[str, Any]:
    """The filters I keep."""
    return {"items": saved_filters.of(db.session(), me())}


@bp.post("")
@signed_in
@bp.arguments(FilterFormSchema)
@bp.response(200, SavedFilterSchema)
@in_write_tx
def keep_filter(body: FilterForm) -> SavedFilter:
    """Keep a filter, or give one I have another name or content."""
    return saved_filters.keep(db.session(), me(), body, now())


@bp.delete("/<uuid:filter_id>")
@signed_in
@bp.response(204)
@in_write_tx
def drop_filter(filter_id: UUID) -> Response:
    """Forget a filter."""
    saved_filters.drop(db.session(), me(), filter_id)
    return Response(status=204)
