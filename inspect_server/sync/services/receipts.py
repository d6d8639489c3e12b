"""Receipts 回执: what became of each op and photo a phone asks about."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.models import ReceivedOp
from inspect_server.photos.services import photos
from schemas.sync import Asked
from schemas.vocabulary import OpStatus


def receipts(session: Session, actor: Actor, asked: Asked) -> dict[str, dict[str, str]]:
    """Answer every asked id; another author's is as unknown as one never seen."""
    seen = session.execute(
        sa.select(ReceivedOp.op_id, ReceivedOp.status).where(
            ReceivedOp.op_id.in_(asked.ops), ReceivedOp.person_id == actor.id
        )
    ).all()
    ops: dict[UUID, OpStatus] = dict(seen)
    known = photos.receipts(session, actor, asked.photos)
    return {
        "ops": {str(i): str(ops.get(i, "unknown")) for i in asked.ops},
        "photos": {str(i): known.get(i, "unknown") for i in asked.photos},
    }
