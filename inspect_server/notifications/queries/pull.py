"""Notices 通知 as a phone pulls them: a person's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.models import Notice
from inspect_server.registry.reference import Reference
from schemas.fields import zulu


def notices(
    session: Session, reference: Reference, actor: Actor, ids: Sequence[str], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return those notices of this person."""
    rows = session.scalars(
        sa.select(Notice).where(Notice.id.in_([UUID(i) for i in ids]), Notice.person_id == actor.id)
    )
    return {
        str(notice.id): {
            "id": str(notice.id),
            "kind": str(notice.kind),
            "title": notice.title,
            "body": notice.body,
            "task_id": str(notice.task_id) if notice.task_id else None,
            "observation_id": str(notice.observation_id) if notice.observation_id else None,
            "at": zulu(notice.at),
            "read_at": zulu(notice.read_at) if notice.read_at else None,
        }
        for notice in rows
    }
