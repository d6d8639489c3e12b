"""Receipts 回执: the status of each op and photo a phone asks about."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.models import ReceivedOp
from inspect_server.photos.services import photos
from schemas.sync import ReceiptsQuery
from schemas.vocabulary import OpStatus


def receipts(session: Session, actor: Actor, query: ReceiptsQuery) -> dict[str, dict[str, str]]:
    """Return the status of every id, `unknown` also for ids of other authors."""
    rows = session.execute(
        sa.select(ReceivedOp.op_id, ReceivedOp.status).where(
            ReceivedOp.op_id.in_(query.ops), ReceivedOp.person_id == actor.id
        )
    ).all()
    ops: dict[UUID, OpStatus] = dict(rows)
    photo_receipts = photos.receipts(session, actor, query.photos)
    return {
        "ops": {str(i): str(ops.get(i, "unknown")) for i in query.ops},
        "photos": {str(i): photo_receipts.get(i, "unknown") for i in query.photos},
    }
