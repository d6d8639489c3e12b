"""The inbox 通知 of one person, the newest first; SELECTs only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.pagination import newest_first
from inspect_server.models import Notice
from schemas.notices import NoticeFilter


def page(session: Session, actor: Actor, filters: NoticeFilter) -> dict[str, Any]:
    """Return a page of my inbox and the number of unread notices."""
    query = sa.select(Notice).where(Notice.person_id == actor.id)
    if filters.unread:
        query = query.where(Notice.read_at.is_(None))
    notices = newest_first(session, Notice, query, filters.limit, filters.cursor)
    return notices | {"unread": unread(session, actor)}


def unread(session: Session, actor: Actor) -> int:
    """Return how many notices this person has not read."""
    query = sa.select(sa.func.count()).where(Notice.person_id == actor.id, Notice.read_at.is_(None))
    return session.scalar(query) or 0
