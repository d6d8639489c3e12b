"""What the server must hold at the end of a history, by the actions of the people in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Observation, Photo, ReceivedOp, Task, TaskEvent, TaskMove
from inspect_server.tasks.rules.evidence import MAX_PHOTOS
from schemas.vocabulary import (
    MoveStatus,
    ObservationState,
    OpKind,
    OpStatus,
    PhotoState,
    TaskState,
)

# The content of a photo that is no image.
NO_IMAGE = b"no image at all" * 40

# Moves of the supervisor that may conflict with a correction or with a handler's move.
_SUPERVISOR_MOVES = {"file", "reject", "void", "dispatch", "pass", "fail", "proceed"}


def find_deviations(
    session: Session, actions: dict[str, dict[str, Any]], restored: bool
) -> list[str]:
    """Compare the rows of the server with the actions: the same records, photos, moves, each once.

    `actions` are the ops that people made, by id. After a restore an op may be refused for other
    reasons.
    """
    ops = {str(op.op_id): op for op in session.scalars(sa.select(ReceivedOp))}
    deviations = [f"op {i} was never made" for i in sorted(set(ops) - set(actions))]
    deviations += [f"op {i} never arrived" for i in sorted(set(actions) - set(ops))]
    received = {i: ops[i] for i in actions if i in ops}
    tasks = {t.id: t for t in session.scalars(sa.select(Task))}
    of_record = {t.observation_id: t for t in tasks.values()}
    supervised: dict[UUID, datetime] = {}
    for event in session.scalars(sa.select(TaskEvent).order_by(TaskEvent.at.desc())):
        if event.move in _SUPERVISOR_MOVES:
            supervised[event.task_id] = event.at
    for op_id, op in received.items():
        other_ops = [o for o in received.values() if o.entity_id == op.entity_id and o is not op]
        deviations += _check_refusal(
            op, actions[op_id], tasks, of_record, supervised, other_ops, restored
        )
    deviations += _check_records(session, received, actions, of_record)
    deviations += _check_photos(session, received, actions)
    deviations += _check_moves(session, received, actions, supervised)
    return deviations


def _check_refusal(
    op: ReceivedOp,
    action: dict[str, Any],
    tasks: dict[UUID, Task],
    of_record: dict[UUID, Task],
    supervised: dict[UUID, datetime],
    other_ops: list[ReceivedOp],
    restored: bool,
) -> list[str]:
    """An op is refused only if another person changed the same thing first."""
    if op.status is OpStatus.ACCEPTED:
        return []
    slug = op.answer.get("problem", {}).get("slug")
    refused = f"op {op.op_id} ({action['kind']}): {op.status} {slug}"
    if action["kind"] == OpKind.OBSERVATION_CREATE:
        return [refused]
    if restored:
        return []
    if action["kind"] == OpKind.VISIT_RECORD and slug == "visit-withdrawn":
        # The checker makes sure that it is kept and shown.
        return []
    entity = UUID(action["entity_id"])
    task = tasks.get(entity) or of_record.get(entity)
    if task is None:
        return [f"{refused}, and its task does not exist"]
    changed_before = [
        other
        for other in other_ops
        if other.device_id != op.device_id or other.kind == OpKind.OBSERVATION_WITHDRAW
    ]
    photo_count = sum(len(o.body["photos"]) for o in [op, *other_ops])
    too_many = slug == "too-many-photos" and photo_count > MAX_PHOTOS
    parent_refused = slug == "parent-quarantined" and any(
        str(o.op_id) in action.get("after", ()) and o.status is not OpStatus.ACCEPTED
        for o in other_ops
    )
    # A supervisor never changes a record: only another phone of its author makes a version stale.
    stale_record = slug == "stale-version" and action["kind"] != OpKind.TASK_MOVE
    moved_before = (
        not stale_record and task.id in supervised and supervised[task.id] <= op.received_at
    )
    if moved_before or changed_before or too_many or parent_refused:
        return []
    return [f"{refused}, though nobody changed it before"]


def _check_records(
    session: Session,
    received: dict[str, ReceivedOp],
    actions: dict[str, dict[str, Any]],
    of_record: dict[UUID, Task],
) -> list[str]:
    """Every record has the last data of its author."""
    deviations = []
    records = {str(o.id): o for o in session.scalars(sa.select(Observation))}
    created = {d["entity_id"] for d in actions.values() if d["kind"] == OpKind.OBSERVATION_CREATE}
    deviations += [f"record {i} was never made" for i in sorted(set(records) - created)]
    for record_id in sorted(created & set(records)):
        record = records[record_id]
        own = [
            (op.answer["version"], actions[i])
            for i, op in received.items()
            if actions[i]["entity_id"] == record_id and op.status is OpStatus.ACCEPTED
        ]
        own.sort(key=lambda pair: pair[0])
        if [version for version, _ in own] != list(range(1, len(own) + 1)):
            deviations.append(f"record {record_id} has versions {[v for v, _ in own]}")
        data: dict[str, Any] = {}
        withdrawn = False
        for _, action in own:
            data |= action["data"].get("fields", action["data"])
            withdrawn = withdrawn or action["kind"] == OpKind.OBSERVATION_WITHDRAW
        if record.data != data or record.note != data.get("note"):
            deviations.append(f"record {record_id} has {record.data}, not {data}")
        task = of_record.get(record.id)
        is_withdrawn = record.state is ObservationState.WITHDRAWN
        if is_withdrawn != withdrawn or (withdrawn and task and task.state is not TaskState.VOID):
            deviations.append(f"record {record_id} is {record.state}, withdrawn: {withdrawn}")
    return deviations


def _check_photos(
    session: Session, received: dict[str, ReceivedOp], actions: dict[str, dict[str, Any]]
) -> list[str]:
    """Every photo of every op arrived, under its op, and no other did."""
    photos = {str(p.id): p for p in session.scalars(sa.select(Photo))}
    declared = {p["photo_id"]: (i, p) for i, d in actions.items() for p in d["photos"]}
    deviations = [f"photo {i} was never taken" for i in sorted(set(photos) - set(declared))]
    for photo_id, (op_id, declaration) in declared.items():
        photo = photos.get(photo_id)
        if photo is None:
            deviations.append(f"photo {photo_id} of {op_id} never arrived")
            continue
        image = declaration["bytes"] != len(NO_IMAGE)
        expected = PhotoState.STORED if image else PhotoState.REJECTED
        if photo.state is not expected or photo.sha256 != declaration["sha256"]:
            deviations.append(f"photo {photo_id} is {photo.state}, should be {expected}")
        if str(photo.op_id) != op_id:
            deviations.append(f"photo {photo_id} belongs to {photo.op_id}, not {op_id}")
    return deviations


def _check_moves(
    session: Session,
    received: dict[str, ReceivedOp],
    actions: dict[str, dict[str, Any]],
    supervised: dict[UUID, datetime],
) -> list[str]:
    """Every accepted move of a phone was applied once, or lapsed after a move of the supervisor."""
    deviations = []
    moves = {str(m.id): m for m in session.scalars(sa.select(TaskMove))}
    for op_id, op in received.items():
        if actions[op_id]["kind"] != OpKind.TASK_MOVE or op.status is not OpStatus.ACCEPTED:
            continue
        move = moves.get(op_id)
        if move is None or move.status is MoveStatus.PENDING:
            deviations.append(f"move {op_id} is {move.status if move else 'missing'}")
        elif move.status is MoveStatus.LAPSED and move.task_id not in supervised:
            deviations.append(f"move {op_id} lapsed, though nobody changed it before")
    return deviations
