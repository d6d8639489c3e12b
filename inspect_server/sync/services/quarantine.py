"""The quarantine 隔离区: a person looks at what could not be applied, and says what was done."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.problems import NotFound
from inspect_server.models import Quarantined
from schemas.vocabulary import QuarantineState


def resolve(session: Session, actor: Actor, item_id: UUID, note: str, now: datetime) -> Quarantined:
    """Mark an item as looked after; what came stays kept. Raises `NotFound`."""
    item = session.get(Quarantined, item_id, with_for_update=True)
    if item is None or not access.oversees(actor, item.district_code):
        raise NotFound()
    if item.state is QuarantineState.OPEN:
        item.state = QuarantineState.RESOLVED
        item.note = note
        item.resolved_by_id = actor.id
        item.resolved_at = now
    return item
