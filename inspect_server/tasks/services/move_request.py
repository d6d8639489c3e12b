"""Move requests 案件操作: what the console and a phone send becomes a `MoveRequest`.

The request is passed along as it is. A `TaskMove` row keeps it as JSON; it is read again from there
when the photos it waited for have come.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.problems import Invalid
from inspect_server.core.sentences import sentence
from inspect_server.models import Photo, TaskMove
from inspect_server.photos.services.photos import place_document
from schemas.photos import DeclaredPhoto
from schemas.sync import Op
from schemas.tasks import MoveRequest
from schemas.vocabulary import Decision, HintKind, Move, PhotoRole, PhotoSource


def from_console(session: Session, actor: Actor, request: MoveRequest) -> MoveRequest:
    """Return a request of the console with its digest and with all its photos declared.

    Raises `Invalid` for a photo that is neither uploaded nor declared.
    """
    declared = _declared(session, actor, request)
    return replace(request, photos=declared, digest=_digest(request))


def from_op(op: Op, version: int, digest: str, data: Mapping[str, Any]) -> MoveRequest:
    """Return the request of a `task.move` op; `version` is the one its author saw."""
    return MoveRequest(move_id=op.op_id, version=version, digest=digest, photos=op.photos, **data)


def to_json(request: MoveRequest) -> dict[str, Any]:
    """Return a request as JSON for its row; the keys never change."""
    return {
        "reason": request.reason,
        "note": request.note,
        "unit_id": str(request.unit_id) if request.unit_id else None,
        "place": place_document(request.place) if request.place else None,
        "photos": [str(photo.photo_id) for photo in request.photos],
        "decision": request.decision and str(request.decision),
        "into": request.into and str(request.into),
        "until": request.until and request.until.isoformat(),
        "as_rule": request.as_rule,
        "annotations": [one.document() for one in request.annotations],
        "confirmed": [str(kind) for kind in request.confirmed],
        "category": request.category,
    }


def from_row(row: TaskMove) -> MoveRequest:
    """Return the request stored in a row, without its photos and annotations."""
    stored = row.request
    return MoveRequest(
        move_id=row.id,
        move=Move(row.move),
        version=row.seen_version,
        digest=row.digest,
        reason=stored.get("reason"),
        note=stored.get("note"),
        unit_id=UUID(stored["unit_id"]) if stored.get("unit_id") else None,
        decision=Decision(stored["decision"]) if stored.get("decision") else None,
        into=UUID(stored["into"]) if stored.get("into") else None,
        until=date.fromisoformat(stored["until"]) if stored.get("until") else None,
        as_rule=bool(stored.get("as_rule")),
        confirmed=[HintKind(kind) for kind in stored.get("confirmed", ())],
        category=stored.get("category"),
    )


def _declared(session: Session, actor: Actor, request: MoveRequest) -> list[DeclaredPhoto]:
    """Return every photo of the move: those listed, and those uploaded under its id."""
    role = PhotoRole.AFTER if request.move is Move.SUBMIT else PhotoRole.SCENE
    named: Sequence[DeclaredPhoto | UUID] = request.photos
    listed = [
        photo
        if isinstance(photo, DeclaredPhoto)
        else _uploaded(session, actor, photo, role, position)
        for position, photo in enumerate(named)
    ]
    ids = {photo.photo_id for photo in listed}
    sent = session.scalars(
        sa.select(Photo)
        .where(Photo.op_id == request.move_id, Photo.author_id == actor.id)
        .order_by(Photo.position, Photo.id)
    )
    return [*listed, *(_declaration(photo, role) for photo in sent if photo.id not in ids)]


def _uploaded(
    session: Session, actor: Actor, photo_id: UUID, role: PhotoRole, position: int
) -> DeclaredPhoto:
    photo = session.get(Photo, photo_id)
    if photo is None or photo.author_id != actor.id:
        pointer = f"/photos/{position}"
        raise Invalid(
            errors=[
                {"pointer": pointer, "detail": sentence("请先上传这张照片，或给出 sha256 和 bytes")}
            ]
        )
    return _declaration(photo, role)


def _declaration(photo: Photo, role: PhotoRole) -> DeclaredPhoto:
    return DeclaredPhoto(
        photo_id=photo.id,
        role=photo.role or role,
        sha256=photo.sha256,
        bytes=photo.bytes,
        source=photo.source or PhotoSource.INPUT,
    )


def _digest(request: MoveRequest) -> str:
    """Hash the content of a request by the names of its fields, which therefore never change."""
    content = asdict(request)
    del content["digest"]
    # As earlier releases wrote it: a move repeated after an update has the same digest.
    for newer in ("annotations", "confirmed", "category"):
        if not content[newer]:
            del content[newer]
    text = json.dumps(content, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
