"""Saved filters 常用筛选: kept, renamed and dropped by their owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.problems import NameTaken, NotFound, TooManyKept
from inspect_server.core.sentences import sentence
from inspect_server.models import SavedFilter
from schemas.filters import FilterForm

MOST = 50


def of(session: Session, actor: Actor) -> Sequence[SavedFilter]:
    """Return a person's filters, by name."""
    mine = SavedFilter.person_id == actor.id
    return session.scalars(sa.select(SavedFilter).where(mine).order_by(SavedFilter.name)).all()


def keep(session: Session, actor: Actor, body: FilterForm, now: datetime) -> SavedFilter:
    """Keep a filter under its name; an existing id is renamed or gets another query.

    Raises `NotFound`, `NameTaken`, `TooManyKept`.
    """
    name = body.name
    mine = of(session, actor)
    if any(other.name == name and other.id != body.id for other in mine):
        raise NameTaken(sentence("已有名为“{name}”的筛选。", name=name))
    saved = session.get(SavedFilter, body.id)
    if saved is not None and saved.person_id != actor.id:
        raise NotFound()
    if saved is None:
        if len(mine) >= MOST:
            raise TooManyKept(sentence("最多保存 {most} 个筛选。", most=MOST))
        saved = SavedFilter(id=body.id, person_id=actor.id)
        session.add(saved)
    saved.name, saved.query, saved.saved_at = name, body.query, now
    session.flush()
    return saved


def drop(session: Session, actor: Actor, filter_id: UUID) -> None:
    """Forget a filter; what is not there is forgotten already."""
    session.execute(
        sa.delete(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.person_id == actor.id)
    )
