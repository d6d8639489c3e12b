"""The inbox 通知 of one person, the newest first; SELECTs only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.pagination import newest_first
from inspect_server.models import Notice
from schemas.notices import NoticeFilter


def page(session: Session, actor: Actor, wanted: NoticeFilter) -> dict[str, Any]:
    """Return a page of my inbox, and how much of it I have not read."""
    query = sa.select(Notice).where(Notice.person_id == actor.id)
    if wanted.unread:
        query = query.where(Notice.read_at.is_(None))
    found = newest_first(session, Notice, query, wanted.limit, wanted.cursor)
    return found | {"unread": unread(session, actor)}


def unread(session: Session, actor: Actor) -> int:
    """Return how many notices this person has not read."""
    query = sa.select(sa.func.count()).where(Notice.person_id == actor.id, Notice.read_at.is_(None))
    return session.scalar(query) or 0
