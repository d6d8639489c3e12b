"""Photos 照片: declared by an op, stored from an upload or rejected, with receipts for phones.

Declaring a photo and storing it may happen at the same time: both lock the row of the photo.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core import job_queue
from inspect_server.core.access import Actor
from inspect_server.core.problems import PhotoIdReused, PhotoMismatch, Problem
from inspect_server.core.sentences import sentence
from inspect_server.models import Job, Photo, PhotoLook, Quarantined, ReceivedOp, Upload
from inspect_server.notifications.rules import NoticeContent
from inspect_server.notifications.services import inbox
from media import keys
from schemas.fields import zulu
from schemas.photos import DeclaredPhoto
from schemas.places import Place
from schemas.vocabulary import Derivative, DerivativeState, NoticeKind, PhotoState

# The kind of job that makes the copies of a photo.
DERIVE_JOB = "derive"
SETTLED = (PhotoState.STORED, PhotoState.REJECTED)


@dataclass(frozen=True, slots=True)
class PhotoOwner:
    """The op that declares photos, and the record or task they belong to."""

    op_id: UUID
    observation_id: UUID | None = None
    task_id: UUID | None = None
    # How many photos the record or task has already.
    photos: int = 0


def declare(
    session: Session,
    actor: Actor,
    owner: PhotoOwner,
    declarations: Sequence[DeclaredPhoto],
    now: datetime,
) -> list[Photo]:
    """Attach photos to the record or task of an op and return their rows, in the given order.

    Raises `PhotoIdReused` (the photo of another author or op) and `PhotoMismatch` (another hash
    or size than the photo that has already arrived).
    """
    by_id = {
        photo.id: photo
        for photo in _locked(session, [declaration.photo_id for declaration in declarations])
    }
    photos = []
    for position, declaration in enumerate(declarations, owner.photos):
        photo = by_id.get(declaration.photo_id)
        if photo is None:
            photo = Photo(
                id=declaration.photo_id,
                author_id=actor.id,
                sha256=declaration.sha256,
                bytes=declaration.bytes,
                state=PhotoState.DECLARED,
                derivative=DerivativeState.PENDING,
                created_at=now,
            )
            session.add(photo)
            # If the op declares the same id twice, the second finds this row.
            by_id[photo.id] = photo
        elif photo.author_id != actor.id or photo.declared_at is not None:
            raise PhotoIdReused(sentence("照片 {id} 已属于另一条记录。", id=photo.id))
        elif (photo.sha256, photo.bytes) != (declaration.sha256, declaration.bytes):
            raise PhotoMismatch(
                sentence("照片 {id} 已收到的内容与登记的哈希或大小不同。", id=photo.id)
            )
        photo.op_id = owner.op_id
        photo.observation_id = owner.observation_id
        photo.task_id = owner.task_id
        photo.position = position
        photo.role = declaration.role
        photo.source = declaration.source
        photo.mime = photo.mime or declaration.mime
        photo.width = photo.width or declaration.width
        photo.height = photo.height or declaration.height
        photo.taken_at = declaration.taken_at
        photo.place = place_document(declaration.place)
        photo.exif = declaration.exif
        photo.declared_at = now
        photos.append(photo)
    session.flush()
    return photos


def keep_for_quarantine(
    session: Session,
    actor: Actor,
    op_id: UUID,
    declarations: Iterable[DeclaredPhoto],
    now: datetime,
) -> list[Photo]:
    """Register the photos of an op in quarantine and return their rows; the phone sends them too.

    A declaration that conflicts with an existing photo is left out: the quarantine stores the
    text of the op verbatim.
    """
    photos: list[Photo] = []
    by_photo_id = {declaration.photo_id: declaration for declaration in declarations}
    existing = {photo.id: photo for photo in _locked(session, list(by_photo_id))}
    for photo_id, declaration in by_photo_id.items():
        row = existing.get(photo_id)
        if row is not None:
            same = (row.sha256, row.bytes) == (declaration.sha256, declaration.bytes)
            if row.author_id == actor.id and row.declared_at is None and same:
                row.op_id = op_id
                photos.append(row)
            elif row.op_id == op_id and row.author_id == actor.id:
                photos.append(row)
            continue
        row = Photo(
            id=photo_id,
            author_id=actor.id,
            op_id=op_id,
            sha256=declaration.sha256,
            bytes=declaration.bytes,
            mime=declaration.mime,
            width=declaration.width,
            height=declaration.height,
            role=declaration.role,
            source=declaration.source,
            taken_at=declaration.taken_at,
            place=place_document(declaration.place),
            exif=declaration.exif,
            state=PhotoState.DECLARED,
            derivative=DerivativeState.PENDING,
            created_at=now,
        )
        session.add(row)
        photos.append(row)
    session.flush()
    return photos


def missing_photo_ids(photos: Iterable[Photo]) -> list[str]:
    """Return the ids of the photos whose bytes have not arrived yet (PITFALLS 21)."""
    return [str(p.id) for p in photos if p.state not in SETTLED]


def missing_photo_ids_of_op(session: Session, op_id: UUID) -> list[str]:
    """Return the ids of the photos of an op whose bytes have not arrived yet, in order."""
    ids = session.scalars(
        sa.select(Photo.id)
        .where(
            Photo.op_id == op_id,
            Photo.declared_at.is_not(None),
            Photo.state.not_in(SETTLED),
        )
        .order_by(Photo.position, Photo.id)
    )
    return [str(photo_id) for photo_id in ids]


def of_op(session: Session, op_id: UUID) -> list[Photo]:
    """Return the photos an op or a move declared, in order.

    A photo whose upload only names the op is not among them.
    """
    return list(
        session.scalars(
            sa.select(Photo)
            .where(Photo.op_id == op_id, Photo.declared_at.is_not(None))
            .order_by(Photo.position, Photo.id)
        )
    )


def of_task(session: Session, task_id: UUID) -> list[Photo]:
    """Return all photos of a task, in order."""
    return list(
        session.scalars(
            sa.select(Photo)
            .where(Photo.task_id == task_id)
            .order_by(Photo.declared_at, Photo.position, Photo.id)
        )
    )


def is_settled(photos: Iterable[Photo]) -> bool:
    """Say whether every photo is stored or rejected."""
    return all(photo.state in SETTLED for photo in photos)


def mark_stored(
    session: Session, photo: Photo, mime: str, width: int, height: int, now: datetime
) -> None:
    """Mark a photo as stored in the object store, and order the job that makes its copies."""
    photo.state = PhotoState.STORED
    photo.object_key = keys.original(photo.id, photo.sha256)
    photo.mime, photo.width, photo.height = mime, width, height
    photo.stored_at = now
    photo.problem = None
    job_queue.order(session, DERIVE_JOB, photo.id, now)


def mark_rejected(session: Session, photo: Photo, problem: Problem, now: datetime) -> None:
    """Mark a photo as rejected, and notify its author of the reason."""
    photo.state = PhotoState.REJECTED
    photo.derivative = DerivativeState.FAILED
    photo.problem = problem.document()
    content = NoticeContent(
        NoticeKind.PHOTO_REJECTED,
        problem.title,
        problem.detail,
        task_id=photo.task_id,
        observation_id=photo.observation_id,
    )
    inbox.notify(session, [photo.author_id], content, now)


def is_claimed(session: Session, photo: Photo) -> bool:
    """Say whether a record, a move or a quarantined op needs this photo."""
    if photo.declared_at is not None:
        return True
    if photo.op_id is None:
        return False
    if session.get(ReceivedOp, photo.op_id) is not None:
        return True
    # An op that was quarantined without being tried has no row of its own, but needs its photos.
    in_quarantine = sa.select(Quarantined.id).where(
        Quarantined.op_id == photo.op_id, Quarantined.person_id == photo.author_id
    )
    return session.scalar(in_quarantine.limit(1)) is not None


def drop(session: Session, photo: Photo) -> None:
    """Delete a photo that nothing needs, and its jobs."""
    session.execute(sa.delete(Job).where(Job.subject_id == photo.id))
    session.delete(photo)
    session.flush()


def locked(session: Session, photo_id: UUID) -> Photo | None:
    """Read a photo and lock its row until the transaction ends."""
    return next(iter(_locked(session, [photo_id])), None)


def receipts(session: Session, actor: Actor, photo_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the receipts of own photos; a phone may delete bytes only after `stored` (I1)."""
    rows = session.execute(
        sa.select(Photo.id, Photo.state, Photo.problem, Upload.offset)
        .outerjoin(Upload, Upload.photo_id == Photo.id)
        .where(Photo.id.in_(photo_ids), Photo.author_id == actor.id)
    )
    return {photo_id: _receipt(state, problem, offset) for photo_id, state, problem, offset in rows}


def _receipt(state: PhotoState, problem: dict[str, Any] | None, offset: int | None) -> str:
    match state:
        case PhotoState.REJECTED:
            return f"{state}:{(problem or {}).get('slug', 'unknown')}"
        case PhotoState.PARTIAL:
            return f"{state}:{offset or 0}"
        case _:
            return str(state)


def place_document(place: Place | None) -> dict[str, Any] | None:
    """Return a place in the form of a JSON column."""
    if place is None:
        return None
    document = asdict(place)
    document["source"] = str(place.source)
    document["fixed_at"] = zulu(place.fixed_at) if place.fixed_at else None
    return document


def _locked(session: Session, photo_ids: Sequence[UUID]) -> list[Photo]:
    # Always in the same order, so that two batches cannot deadlock.
    return list(
        session.scalars(
            sa.select(Photo)
            .where(Photo.id.in_(photo_ids))
            .order_by(Photo.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def log_access(
    session: Session, photo_id: UUID, person_id: UUID, copy: Derivative, now: datetime
) -> None:
    """Log that a person viewed a sealed original 原件调阅."""
    session.add(PhotoLook(id=uuid7(), photo_id=photo_id, person_id=person_id, copy=copy, at=now))
