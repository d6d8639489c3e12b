"""Checks for loss: ops, their effects and the bytes of photos."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.vocabulary import OpKind, OpStatus, PhotoState
from tests.reliability.checker.findings import Finding, Kind
from tests.reliability.checker.snapshot import SETTLED, Check, Snapshot

RETENTION = timedelta(days=14)


def answered_ops_are_kept(snapshot: Snapshot) -> Iterator[Finding]:
    """I2, I3, I7: an op that got a final answer is kept, with that answer and its content."""
    for dump in snapshot.dumps:
        for op_id, answer in dump.op_answers.items():
            kept = snapshot.rows.ops.get(UUID(op_id))
            if kept is None or str(kept.person_id) != dump.person_id:
                if snapshot.restored and op_id in dump.ops and not dump.quiet:
                    # The phone sends it again as soon as it learns of the restored backup.
                    continue
                yield Finding(Kind.LOST, "I2", f"op {op_id}", f"{dump.name} was answered {answer}")
            elif not snapshot.restored and _outcome(answer) != _outcome(str(kept.status)):
                yield Finding(
                    Kind.LOST,
                    "I3",
                    f"op {op_id}",
                    f"answered {answer}, the server has {kept.status}",
                )


def _outcome(status: str) -> str:
    """A duplicate is an accepted op that was sent again."""
    return "accepted" if status == "duplicate" else status


def saved_ops_exist(snapshot: Snapshot) -> Iterator[Finding]:
    """I2, I6, I12: what was shown as saved is in the phone's queue or on the server."""
    for dump in snapshot.dumps:
        for op_id in dump.saved:
            if op_id in dump.ops or UUID(op_id) in snapshot.rows.ops:
                continue
            yield Finding(Kind.LOST, "I6", f"op {op_id}", f"{dump.name} showed it as saved")


def ops_are_kept_unchanged(snapshot: Snapshot) -> Iterator[Finding]:
    """I2: the op the server keeps is the op the phone holds; a frozen op never changes."""
    for dump in snapshot.dumps:
        for op_id, row in dump.ops.items():
            kept = snapshot.rows.ops.get(UUID(op_id))
            if kept is None or "content" not in row:
                continue
            body = {k: v for k, v in kept.body.items() if k != "clock"}
            sent = {k: v for k, v in row["content"].items() if k != "clock"}
            if body != sent:
                different = sorted(k for k in {*body, *sent} if body.get(k) != sent.get(k))
                yield Finding(Kind.LOST, "I2", f"op {op_id}", f"kept with different {different}")


def photo_bytes_exist(snapshot: Snapshot) -> Iterator[Finding]:
    """I1: the bytes of every saved photo are on the phone or in the store, or were refused."""
    for dump in snapshot.dumps:
        saved = {photo_id for photos in dump.saved.values() for photo_id in photos}
        for photo_id in sorted(saved | set(dump.photos)):
            held = bool(dump.photos.get(photo_id, {}).get("held"))
            row = snapshot.rows.photos.get(UUID(photo_id))
            if held or (row is not None and row.state in SETTLED):
                continue
            if photo_id not in saved and dump.photos[photo_id].get("op_id") is None:
                continue
            state = row.state if row else "unknown"
            yield Finding(
                Kind.LOST, "I1", f"photo {photo_id}", f"not on {dump.name}, server: {state}"
            )


def photo_bytes_are_deleted_after_a_receipt(snapshot: Snapshot) -> Iterator[Finding]:
    """I1: bytes are deleted after the answer `stored` and when a backup has them, not earlier."""
    backed_up_to = snapshot.rows.backed_up_to
    for dump in snapshot.dumps:
        for photo_id, photo in dump.photos.items():
            if photo.get("held") or photo.get("op_id") is None:
                continue
            subject = f"photo {photo_id}"
            if dump.photo_answers.get(photo_id) != "stored":
                yield Finding(Kind.LOST, "I1", subject, f"deleted on {dump.name} without a receipt")
            elif photo.get("stored_at") and not snapshot.restored:
                stored_at = datetime.fromisoformat(photo["stored_at"])
                backed_up = backed_up_to is not None and stored_at < backed_up_to
                if not backed_up and datetime.now(UTC) - stored_at < RETENTION:
                    yield Finding(
                        Kind.LOST, "I1", subject, f"deleted on {dump.name} before a backup"
                    )


def receipted_photos_are_stored(snapshot: Snapshot) -> Iterator[Finding]:
    """I1, I9: a photo with the answer `stored` is stored, under the phone's own hash."""
    for dump in snapshot.dumps:
        for photo_id, answer in dump.photo_answers.items():
            row = snapshot.rows.photos.get(UUID(photo_id))
            on_phone = dump.photos.get(photo_id, {})
            if answer != "stored":
                continue
            if row is None or row.state is not PhotoState.STORED:
                if snapshot.restored and on_phone.get("held"):
                    continue
                state = row.state if row else "unknown"
                yield Finding(
                    Kind.LOST, "I1", f"photo {photo_id}", f"answered stored, server: {state}"
                )
            elif on_phone.get("sha256", row.sha256) != row.sha256:
                yield Finding(Kind.LOST, "I9", f"photo {photo_id}", "stored under another hash")


def refused_ops_are_shown(snapshot: Snapshot) -> Iterator[Finding]:
    """I7: what was not applied is kept unchanged in quarantine."""
    quarantined = {(q.person_id, q.digest) for q in snapshot.rows.quarantined}
    for op in snapshot.rows.ops.values():
        if op.status is not OpStatus.ACCEPTED and (op.person_id, op.digest) not in quarantined:
            yield Finding(Kind.LOST, "I7", f"op {op.op_id}", f"{op.status}, shown to nobody")


def accepted_ops_have_their_effects(snapshot: Snapshot) -> Iterator[Finding]:
    """I2: an accepted op has its record, photos, move or visit: all of them."""
    rows = snapshot.rows
    for op in rows.ops.values():
        if op.status is not OpStatus.ACCEPTED:
            continue
        has_effect: Any = True
        match op.kind:
            case OpKind.OBSERVATION_CREATE:
                record = rows.observations.get(op.entity_id) if op.entity_id else None
                has_effect = record is not None and record.op_id == op.op_id
            case OpKind.OBSERVATION_AMEND | OpKind.OBSERVATION_WITHDRAW:
                has_effect = op.entity_id in rows.observations
            case OpKind.TASK_MOVE:
                has_effect = op.op_id in rows.moves
            case OpKind.VISIT_RECORD:
                visit = rows.visits.get(op.entity_id) if op.entity_id else None
                has_effect = visit is not None and visit.op_id == op.op_id
        if not has_effect:
            yield Finding(
                Kind.LOST, "I2", f"op {op.op_id}", f"accepted, its {op.kind} had no effect"
            )
        for declared in op.body.get("photos") or ():
            photo = rows.photos.get(UUID(declared["photo_id"]))
            if photo is None or photo.op_id != op.op_id or photo.declared_at is None:
                yield Finding(
                    Kind.LOST, "I2", f"photo {declared['photo_id']}", f"not attached to {op.op_id}"
                )


CHECKS: tuple[Check, ...] = (
    answered_ops_are_kept,
    saved_ops_exist,
    ops_are_kept_unchanged,
    photo_bytes_exist,
    photo_bytes_are_deleted_after_a_receipt,
    receipted_photos_are_stored,
    refused_ops_are_shown,
    accepted_ops_have_their_effects,
)
