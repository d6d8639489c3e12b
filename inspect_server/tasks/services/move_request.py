"""Moves asked for at the desk 案件操作: their photos gathered, then `tasks.ask`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.problems import Invalid
from inspect_server.models import Photo, Task, TaskMove
from inspect_server.photos.services import photos
from inspect_server.registry.reference import Reference
from inspect_server.tasks.services import transitions
from schemas.photos import DeclaredPhoto
from schemas.tasks import WantedMove
from schemas.vocabulary import Move, PhotoRole, PhotoSource


def ask_at_desk(
    session: Session,
    reference: Reference,
    actor: Actor,
    task_id: UUID,
    wanted: WantedMove,
    now: datetime,
) -> tuple[Task, TaskMove]:
    """Take a step asked for online; photos may be named, declared, or uploaded with the move id.

    Raises what `tasks.ask` raises, and `Invalid` for a photo nobody uploaded or declared.
    """
    asked = transitions.Asked(
        move_id=wanted.move_id,
        move=wanted.move,
        seen_version=wanted.version,
        digest=_digest(wanted),
        reason=wanted.reason,
        note=wanted.note,
        unit_id=wanted.unit_id,
        place=wanted.place,
        photos=_gathered(session, actor, wanted),
        decision=wanted.decision,
        into=wanted.into,
        until=wanted.until,
        as_rule=wanted.as_rule,
        annotations=wanted.annotations,
    )
    return transitions.ask(session, reference, actor, task_id, asked, now)


def _gathered(session: Session, actor: Actor, wanted: WantedMove) -> list[DeclaredPhoto]:
    """Return every photo of the move: those listed, and those uploaded under its id."""
    role = PhotoRole.AFTER if wanted.move is Move.SUBMIT else PhotoRole.SCENE
    listed = [
        entry
        if isinstance(entry, DeclaredPhoto)
        else _uploaded(session, actor, entry, role, position)
        for position, entry in enumerate(wanted.photos)
    ]
    known = {photo.photo_id for photo in listed}
    sent = [
        _declaration(photo, role)
        for photo in photos.sent_for(session, actor, wanted.move_id)
        if photo.id not in known
    ]
    return [*listed, *sent]


def _uploaded(
    session: Session, actor: Actor, photo_id: UUID, role: PhotoRole, position: int
) -> DeclaredPhoto:
    photo = session.get(Photo, photo_id)
    if photo is None or photo.author_id != actor.id:
        pointer = f"/photos/{position}"
        raise Invalid(
            errors=[{"pointer": pointer, "detail": "请先上传这张照片,或给出 sha256 和 bytes"}]
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


def _digest(wanted: WantedMove) -> str:
    said = asdict(wanted)
    if not wanted.annotations:
        # As the release before wrote it: a move asked again across an update is the same move.
        del said["annotations"]
    content = json.dumps(said, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()
