"""Routes of the inbox 通知: reading notices and marking them as read."""

from __future__ import annotations

from typing import Any

from inspect_server.core.database import db, in_write_tx
from inspect_server.http.answers import preferred_language
from inspect_server.http.blueprint import Blueprint, now
from inspect_server.identity.auth import me, signed_in
from inspect_server.notifications.queries import inbox as notice_queries
from inspect_server.notifications.services import inbox
from schemas.notices import (
    NoticeFilter,
    NoticeFilterSchema,
    NoticePageSchema,
    ReadNotices,
    ReadNoticesSchema,
    UnreadSchema,
)

bp = Blueprint("notices", "通知 Notices")


@bp.get("/me/notices")
@signed_in
@bp.arguments(NoticeFilterSchema, location="query")
@bp.response(200, NoticePageSchema)
def list_notices(filters: NoticeFilter) -> dict[str, Any]:
    """A page of my inbox, the newest first, in the language of its reader where it can be."""
    return notice_queries.page(db.session(), me(), filters, preferred_language())


@bp.post("/me/notices/read")
@signed_in
@bp.arguments(ReadNoticesSchema)
@bp.response(200, UnreadSchema)
@in_write_tx
def read_notices(request: ReadNotices) -> dict[str, Any]:
    """Say what I have read; saying it again changes nothing."""
    session = db.session()
    inbox.mark_read(session, me(), request.ids, request.until, now())
    return {"unread": notice_queries.unread(session, me())}
