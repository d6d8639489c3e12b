"""The history of a case as people read it: its events in words, and who brought in what by a rescue
zip 由管理员导入; SELECTs only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.models import (
    Person,
    ReceivedOp,
    Rescue,
    RescuedEntry,
    RescuedKind,
    TaskEvent,
)
from schemas.vocabulary import REASON_LABELS, Move, OpStatus, Role, SystemEvent

Imported = dict[str, Any]
LABELS: Mapping[str, str] = {str(word): word.zh for words in (Move, SystemEvent) for word in words}


# Nobody is told beforehand that somebody comes to look; the result of a visit is told.
HIDDEN_FROM_UNITS = frozenset({str(SystemEvent.VISIT_ASKED), str(SystemEvent.VISIT_WITHDRAWN)})


def events_shown(
    events: Sequence[TaskEvent],
    actor: Actor,
    people: Mapping[UUID, Person],
    imported_moves: Mapping[UUID, Imported],
    imported_ops: Mapping[datetime, Imported],
) -> list[dict[str, Any]]:
    """Return the events of a case as this person may see them.

    Moves are known by their id; what a reporter did, by the moment it was applied.
    """
    shown = []
    for event in events:
        if actor.role is Role.HANDLER and event.move in HIDDEN_FROM_UNITS:
            continue
        imported = imported_ops.get(event.at)
        if event.move_id is not None:
            imported = imported_moves.get(event.move_id, imported)
        row = _event(event, actor, people)
        if imported is not None:
            # A unit reads no names: it learns the moment only.
            row["imported"] = {"at": imported["at"]} if actor.role is Role.HANDLER else imported
        shown.append(row)
    return shown


def _event(event: TaskEvent, actor: Actor, people: Mapping[UUID, Person]) -> dict[str, Any]:
    person = people[event.actor_id] if event.actor_id else None
    reads_name = person is not None and (actor.role in access.OVERSEERS or person.id == actor.id)
    return {
        "id": event.id,
        "move": event.move,
        "label": LABELS.get(event.move, event.move),
        "from_": event.from_state,
        "to": event.to_state,
        "actor": person and (person.name if reads_name else person.role.zh),
        "at": event.at,
        "reason": event.reason,
        "reason_label": _reason_label(event),
        "note": event.note,
        "photos": event.photo_ids or [],
        "version": event.version,
    } | drawings(event)


def drawings(event: TaskEvent) -> dict[str, Any]:
    """Return what was drawn over photos 圈注; nothing at all where nothing was."""
    return {"annotations": event.annotations} if event.annotations else {}


def _reason_label(event: TaskEvent) -> str | None:
    if event.reason is None:
        return None
    if event.move == SystemEvent.MOVE_PENDING:
        return LABELS.get(event.reason, event.reason)
    return REASON_LABELS.get(event.reason, event.reason)


# --- rescue zips ---------------------------------------------------------------------------------


def imports(session: Session, kind: RescuedKind, ids: Iterable[UUID]) -> dict[UUID, Imported]:
    """Return by whom and when those of these were brought in that a phone did not send itself."""
    distinct = set(ids)
    if not distinct:
        return {}
    rows = session.execute(
        sa.select(RescuedEntry.entry_id, Rescue.imported_at, Person.id, Person.name)
        .join(Rescue, Rescue.id == RescuedEntry.rescue_id)
        .join(Person, Person.id == Rescue.imported_by_id)
        .where(RescuedEntry.kind == kind, RescuedEntry.entry_id.in_(distinct))
    )
    return {
        entry_id: {"by": {"id": str(person_id), "name": name}, "at": at}
        for entry_id, at, person_id, name in rows
    }


def about(session: Session, ids: Iterable[UUID]) -> dict[UUID, dict[datetime, Imported]]:
    """Return what was brought in about these records, by the moment each op was applied.

    An op of any kind counts: a correction by other hands shows as much as a record by them.
    """
    imported: dict[UUID, dict[datetime, Imported]] = {i: {} for i in ids}
    if not imported:
        return imported
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
            ReceivedOp.entity_id.in_(imported),
            ReceivedOp.status == OpStatus.ACCEPTED,
        )
        .order_by(ReceivedOp.received_at)
    )
    for entity_id, applied_at, at, person_id, name in rows:
        if entity_id is not None:
            imported[entity_id][applied_at] = {"by": {"id": str(person_id), "name": name}, "at": at}
    return imported


def latest(imported: Mapping[datetime, Imported]) -> dict[str, Any]:
    """Return the member that says so of a record, or nothing."""
    return {"imported": imported[max(imported)]} if imported else {}


def member(imported: Mapping[UUID, Imported], entry_id: UUID) -> dict[str, Any]:
    """Return the member that says so of an entry, or nothing."""
    return {"imported": imported[entry_id]} if entry_id in imported else {}
