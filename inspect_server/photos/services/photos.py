"""Photos 照片: declared by an op, stored from an upload, and what follows when one settles.

S3 before the row: an orphan object is harmless, a row without bytes is not. Whoever declares
a photo and whoever stores it both lock its row, so neither misses the other.
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
    """What photos are declared for: an op, and the record or task they belong to."""

    op_id: UUID
    observation_id: UUID | None = None
    task_id: UUID | None = None
    # How many photos it has already.
    photos: int = 0


def declare(
    session: Session,
    actor: Actor,
    owner: PhotoOwner,
    declared: Sequence[DeclaredPhoto],
    now: datetime,
) -> list[Photo]:
    """Attach photos to what an op made; those not here yet are then wanted.

    Raises `PhotoIdReused` (another author's or another op's) and `PhotoMismatch` (other hash
    or size than what already arrived).
    """
    known = {p.id: p for p in _locked(session, [d.photo_id for d in declared])}
    photos = []
    for position, wanted in enumerate(declared, owner.photos):
        photo = known.get(wanted.photo_id)
        if photo is None:
            photo = Photo(
                id=wanted.photo_id,
                author_id=actor.id,
                sha256=wanted.sha256,
                bytes=wanted.bytes,
                state=PhotoState.DECLARED,
                derivative=DerivativeState.PENDING,
                created_at=now,
            )
            session.add(photo)
            # The same id twice in one op meets its own row.
            known[photo.id] = photo
        elif photo.author_id != actor.id or photo.declared_at is not None:
            raise PhotoIdReused(sentence("照片 {id} 已属于另一条记录。", id=photo.id))
        elif (photo.sha256, photo.bytes) != (wanted.sha256, wanted.bytes):
            raise PhotoMismatch(
                sentence("照片 {id} 已收到的内容与登记的哈希或大小不同。", id=photo.id)
            )
        photo.op_id = owner.op_id
        photo.observation_id = owner.observation_id
        photo.task_id = owner.task_id
        photo.position = position
        photo.role = wanted.role
        photo.source = wanted.source
        photo.mime = photo.mime or wanted.mime
        photo.width = photo.width or wanted.width
        photo.height = photo.height or wanted.height
        photo.taken_at = wanted.taken_at
        photo.place = place_document(wanted.place)
        photo.exif = wanted.exif
        photo.declared_at = now
        photos.append(photo)
    session.flush()
    return photos


def keep_for_quarantine(
    session: Session,
    actor: Actor,
    op_id: UUID,
    declared: Iterable[DeclaredPhoto],
    now: datetime,
) -> list[Photo]:
    """Register the photos of an op that could not be applied: they are wanted all the same.

    What clashes with a photo already known is passed over; the op's text is kept verbatim.
    """
    kept: list[Photo] = []
    wanted = {d.photo_id: d for d in declared}
    known = {p.id: p for p in _locked(session, list(wanted))}
    for photo_id, photo in wanted.items():
        there = known.get(photo_id)
        if there is not None:
            same = (there.sha256, there.bytes) == (photo.sha256, photo.bytes)
            if there.author_id == actor.id and there.declared_at is None and same:
                there.op_id = op_id
                kept.append(there)
            elif there.op_id == op_id and there.author_id == actor.id:
                kept.append(there)
            continue
        fresh = Photo(
            id=photo_id,
            author_id=actor.id,
            op_id=op_id,
            sha256=photo.sha256,
            bytes=photo.bytes,
            mime=photo.mime,
            width=photo.width,
            height=photo.height,
            role=photo.role,
            source=photo.source,
            taken_at=photo.taken_at,
            place=place_document(photo.place),
            exif=photo.exif,
            state=PhotoState.DECLARED,
            derivative=DerivativeState.PENDING,
            created_at=now,
        )
        session.add(fresh)
        kept.append(fresh)
    session.flush()
    return kept


def wanted_of(photos: Iterable[Photo]) -> list[str]:
    """Name the photos whose bytes are still to come (PITFALLS 21)."""
    return [str(p.id) for p in photos if p.state not in SETTLED]


def wanted_by(session: Session, op_id: UUID) -> list[str]:
    """Name the photos of an op whose bytes are still to come, in order."""
    found = session.scalars(
        sa.select(Photo.id)
        .where(
            Photo.op_id == op_id,
            Photo.declared_at.is_not(None),
            Photo.state.not_in(SETTLED),
        )
        .order_by(Photo.position, Photo.id)
    )
    return [str(photo_id) for photo_id in found]


def of_op(session: Session, op_id: UUID) -> list[Photo]:
    """Return the photos an op or a move declared, in order.

    What an upload merely says it belongs to is not among them: nothing waits for that.
    """
    return list(
        session.scalars(
            sa.select(Photo)
            .where(Photo.op_id == op_id, Photo.declared_at.is_not(None))
            .order_by(Photo.position, Photo.id)
        )
    )


def of_task(session: Session, task_id: UUID) -> list[Photo]:
    """Return a task's whole evidence, in order."""
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
    """Record that a photo's bytes are in the object store, and order its copies."""
    photo.state = PhotoState.STORED
    photo.object_key = keys.original(photo.id, photo.sha256)
    photo.mime, photo.width, photo.height = mime, width, height
    photo.stored_at = now
    photo.problem = None
    job_queue.order(session, DERIVE_JOB, photo.id, now)


def mark_rejected(session: Session, photo: Photo, problem: Problem, now: datetime) -> None:
    """Record that a photo was looked at and refused; its author is told why."""
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
    """Say whether a record, a move or a quarantined op counts on this photo."""
    if photo.declared_at is not None:
        return True
    if photo.op_id is None:
        return False
    if session.get(ReceivedOp, photo.op_id) is not None:
        return True
    # What was set aside untried has no op yet, and counts on its photos all the same.
    aside = sa.select(Quarantined.id).where(
        Quarantined.op_id == photo.op_id, Quarantined.person_id == photo.author_id
    )
    return session.scalar(aside.limit(1)) is not None


def drop(session: Session, photo: Photo) -> None:
    """Forget a photo that belongs to nothing, and the work ordered for it."""
    session.execute(sa.delete(Job).where(Job.subject_id == photo.id))
    session.delete(photo)
    session.flush()


def locked(session: Session, photo_id: UUID) -> Photo | None:
    """Read a photo and lock its row until the transaction ends."""
    return next(iter(_locked(session, [photo_id])), None)


def receipts(session: Session, actor: Actor, photo_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Say of each own photo how far it came; only `stored` frees bytes on a phone (I1)."""
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
    """Write a position the way a JSON column keeps it."""
    if place is None:
        return None
    document = asdict(place)
    document["source"] = str(place.source)
    document["fixed_at"] = zulu(place.fixed_at) if place.fixed_at else None
    return document


def _locked(session: Session, photo_ids: Sequence[UUID]) -> list[Photo]:
    # Always in the same order: two batches must not wait for each other.
    return list(
        session.scalars(
            sa.select(Photo)
            .where(Photo.id.in_(photo_ids))
            .order_by(Photo.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def log_look(
    session: Session, photo_id: UUID, person_id: UUID, copy: Derivative, now: datetime
) -> None:
    """Remember who looked at a sealed original 原件调阅."""
    session.add(PhotoLook(id=uuid7(), photo_id=photo_id, person_id=person_id, copy=copy, at=now))
