"""The inbox 通知 of one person, the newest first; SELECTs only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.pagination import newest_first
from inspect_server.core.sentences import translated
from inspect_server.models import Notice
from schemas.notices import NoticeFilter

# What the page shows of a notice.
_SHOWN = ("id", "kind", "title", "body", "task_id", "observation_id", "at", "read_at")


def page(session: Session, actor: Actor, filters: NoticeFilter, language: str) -> dict[str, Any]:
    """Return a page of my inbox and the number of unread notices.

    Notices are stored in Chinese. Those that are a sentence of the catalogue come in `language`;
    a sentence that was filled with a name or a number stays as it was written.
    """
    query = sa.select(Notice).where(Notice.person_id == actor.id)
    if filters.unread:
        query = query.where(Notice.read_at.is_(None))
    notices = newest_first(session, Notice, query, filters.limit, filters.cursor)
    items = [_shown(notice, language) for notice in notices["items"]]
    return notices | {"items": items, "unread": unread(session, actor)}


def _shown(notice: Notice, language: str) -> dict[str, Any]:
    shown = {name: getattr(notice, name) for name in _SHOWN}
    words = {name: translated(shown[name] or "", language) for name in ("title", "body")}
    return shown | words


def unread(session: Session, actor: Actor) -> int:
    """Return how many notices this person has not read."""
    query = sa.select(sa.func.count()).where(Notice.person_id == actor.id, Notice.read_at.is_(None))
    return session.scalar(query) or 0
