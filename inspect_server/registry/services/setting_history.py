"""The history of settings 设置变更: one line a change, with author, summary and reason."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.models import SettingEdit
from inspect_server.registry import reference

CALENDAR = "calendar"
ROUTING = "routing"
OUTLINES = "outlines"


def changed(
    session: Session, by_id: UUID, subject: str, summary: str, note: str | None, now: datetime
) -> None:
    """Record a change, and make every process read the reference data again."""
    session.add(
        SettingEdit(
            id=uuid7(), subject=subject, at=now, by_id=by_id, words=summary[:300], note=note
        )
    )
    session.flush()
    reference.touch(session)
