"""Checks of completeness: a record with a missing photo is marked, a queue becomes empty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from inspect_server.models import Photo
from schemas.vocabulary import (
    Move,
    MoveStatus,
    ObservationState,
    PhotoState,
    SystemEvent,
    TaskState,
)
from tests.reliability.checker.findings import Finding, Kind
from tests.reliability.checker.records import DatabaseRows
from tests.reliability.checker.snapshot import SETTLED, Check, Snapshot


def _photos_of_records(rows: DatabaseRows) -> dict[UUID, list[Photo]]:
    """Photos by the id of their record."""
    photos: dict[UUID, list[Photo]] = defaultdict(list)
    for photo in rows.photos.values():
        if photo.observation_id is not None:
            photos[photo.observation_id].append(photo)
    return photos


def records_are_complete_or_marked(snapshot: Snapshot) -> Iterator[Finding]:
    """I11: a record with a missing photo is marked incomplete; a complete one does not wait."""
    photos = _photos_of_records(snapshot.rows)
    by_record = {task.observation_id: task for task in snapshot.rows.tasks.values()}
    for record in snapshot.rows.observations.values():
        states = [photo.state for photo in photos[record.id]]
        complete = all(state is PhotoState.STORED for state in states)
        subject = f"record {record.id}"
        if record.state is ObservationState.COMPLETE and not complete:
            yield Finding(Kind.INCOMPLETE, "I11", subject, "shown as complete")
        if record.state is ObservationState.INCOMPLETE and complete:
            yield Finding(Kind.INCOMPLETE, "I11", subject, "complete, and marked incomplete")
        task = by_record.get(record.id)
        settled = all(state in SETTLED for state in states)
        if task and task.state is TaskState.AWAITING_EVIDENCE and settled:
            yield Finding(Kind.INCOMPLETE, "I11", subject, "its task waits for nothing")
        if task and task.state is not TaskState.AWAITING_EVIDENCE and not settled:
            moves = {event.move for event in snapshot.rows.events[task.id]}
            if not moves & {Move.PROCEED, Move.VOID, SystemEvent.WITHDRAWN, SystemEvent.AMENDED}:
                yield Finding(Kind.INCOMPLETE, "I11", subject, "its task did not wait for a photo")


def moves_wait_for_their_photos(snapshot: Snapshot) -> Iterator[Finding]:
    """I11: a move takes effect when its last photo is settled, neither earlier nor never."""
    declared: dict[UUID, list[Photo]] = defaultdict(list)
    for photo in snapshot.rows.photos.values():
        if photo.op_id is not None and photo.declared_at is not None:
            declared[photo.op_id].append(photo)
    for move in snapshot.rows.moves.values():
        settled = all(photo.state in SETTLED for photo in declared[move.id])
        task = snapshot.rows.tasks.get(move.task_id)
        waits = task is not None and task.pending_move_id == move.id
        subject = f"move {move.id}"
        if move.status is MoveStatus.APPLIED and not settled:
            yield Finding(Kind.INCOMPLETE, "I11", subject, "applied before its photos")
        if move.status is MoveStatus.PENDING and settled:
            yield Finding(Kind.INCOMPLETE, "I11", subject, "waits for nothing")
        if (move.status is MoveStatus.PENDING) != waits:
            yield Finding(Kind.INCOMPLETE, "I11", subject, f"{move.status}, its task disagrees")


def queues_are_empty(snapshot: Snapshot) -> Iterator[Finding]:
    """I12: a phone that has synced until it was done has nothing left to send."""
    for dump in snapshot.dumps:
        if not dump.quiet:
            continue
        for op_id, op in dump.ops.items():
            if op.get("state") in ("saved", "sending", "deferred"):
                yield Finding(Kind.INCOMPLETE, "I12", f"op {op_id}", f"still {op['state']}")
        for photo_id, photo in dump.photos.items():
            if photo.get("state") in ("waiting", "sent"):
                yield Finding(
                    Kind.INCOMPLETE, "I12", f"photo {photo_id}", f"still {photo['state']}"
                )
            if photo.get("state") == "lost":
                yield Finding(Kind.LOST, "I1", f"photo {photo_id}", f"{dump.name} lost its bytes")


CHECKS: tuple[Check, ...] = (
    records_are_complete_or_marked,
    moves_wait_for_their_photos,
    queues_are_empty,
)
