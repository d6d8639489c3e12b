"""Reads the words for which a search found no category 查不到的词."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import CategoryMiss

SHOWN = 200


def undecided(session: Session) -> dict[str, Any]:
    """Return the most frequent texts that nobody has decided about, and how many there are."""
    waits = CategoryMiss.decided_at.is_(None)
    misses = session.scalars(
        sa.select(CategoryMiss)
        .where(waits)
        .order_by(CategoryMiss.count.desc(), CategoryMiss.last_on.desc(), CategoryMiss.text)
        .limit(SHOWN)
    )
    total = session.scalar(sa.select(sa.func.count()).select_from(CategoryMiss).where(waits))
    return {"items": list(misses), "total": total or 0}
