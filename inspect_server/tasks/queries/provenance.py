"""Who brought what in by a rescue zip 由管理员导入; SELECTs only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Person, ReceivedOp, Rescue, RescuedEntry, RescuedKind
from schemas.vocabulary import OpStatus


def imports(session: Session, kind: RescuedKind, ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return by whom and when those of these were brought in that a phone did not send itself."""
    wanted = set(ids)
    if not wanted:
        return {}
    found = session.execute(
        sa.select(RescuedEntry.entry_id, Rescue.imported_at, Person.id, Person.name)
        .join(Rescue, Rescue.id == RescuedEntry.rescue_id)
        .join(Person, Person.id == Rescue.imported_by_id)
        .where(RescuedEntry.kind == kind, RescuedEntry.entry_id.in_(wanted))
    )
    return {
        entry_id: {"by": {"id": str(person_id), "name": name}, "at": at}
        for entry_id, at, person_id, name in found
    }


def about(session: Session, ids: Iterable[UUID]) -> dict[UUID, dict[datetime, dict[str, Any]]]:
    """Return what was brought in about these records, by the moment each op was applied.

    An op of any kind counts: a correction by other hands shows as much as a record by them.
    """
    wanted = set(ids)
    found: dict[UUID, dict[datetime, dict[str, Any]]] = {i: {} for i in wanted}
    if not wanted:
        return found
    rows = session.execute(
        sa.select(
            ReceivedOp.entity_id,
            ReceivedOp.received_at,
            Rescue.imported_at,
            Person.id,
            Person.name,
        )
        .join(RescuedEntry, RescuedEntry.entry_id == ReceivedOp.op_id)
        .join(Rescue, Rescue.id == RescuedEntry.rescue_id)
        .join(Person, Person.id == Rescue.imported_by_id)
        .where(
            RescuedEntry.kind == RescuedKind.OP,
            ReceivedOp.entity_id.in_(wanted),
            ReceivedOp.status == OpStatus.ACCEPTED,
        )
        .order_by(ReceivedOp.received_at)
    )
    for entity_id, applied_at, at, person_id, name in rows:
        if entity_id is not None:
            found[entity_id][applied_at] = {"by": {"id": str(person_id), "name": name}, "at": at}
    return found


def latest(imported: dict[datetime, dict[str, Any]]) -> dict[str, Any]:
    """Return the member that says so of a record, or nothing."""
    return {"imported": imported[max(imported)]} if imported else {}


def told(
    imported: dict[UUID, dict[str, Any]], entry_id: UUID | None, *, named: bool = True
) -> dict[str, Any]:
    """Return the member that says so, or nothing; whoever is told no names learns the moment."""
    one = imported.get(entry_id) if entry_id else None
    if one is None:
        return {}
    return {"imported": one if named else {"at": one["at"]}}
