"""Photos 照片 in the form of the API, and the object of a copy a person may see. Only reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.geo import metres_between
from inspect_server.core.problems import NotFound, PhotoFailed, PhotoNotReady
from inspect_server.core.sentences import sentence
from inspect_server.models import Photo, Quarantined, Task, Visit
from schemas.vocabulary import Derivative, DerivativeState, PhotoState, VisitState


def present(photo: Photo, origin: tuple[float, float] | None = None) -> dict[str, Any]:
    """Return a photo in the form of the API; `distance_m` is measured from `origin` (lon, lat)."""
    return {
        "id": photo.id,
        "photo_id": photo.id,
        "role": photo.role,
        "sha256": photo.sha256,
        "bytes": photo.bytes,
        "mime": photo.mime,
        "width": photo.width,
        "height": photo.height,
        "taken_at": photo.taken_at,
        "source": photo.source,
        "state": photo.state,
        "derivative": photo.derivative,
        "position": photo.position,
        "place": place_of(photo),
        "distance_m": _distance(photo, origin),
        "problem": photo.problem,
    }


def place_of(photo: Photo) -> dict[str, Any] | None:
    """Return the place the phone recorded, without the moment of the fix."""
    if photo.place is None:
        return None
    return {k: v for k, v in photo.place.items() if k != "fixed_at"}


def of_observations(session: Session, ids: Iterable[UUID]) -> dict[UUID, list[Photo]]:
    """Return the photos of many observations at once, in order."""
    return _by_column(session, Photo.observation_id, list(ids))


def of_tasks(session: Session, ids: Iterable[UUID]) -> dict[UUID, list[Photo]]:
    """Return the evidence of many tasks at once, in order."""
    return _by_column(session, Photo.task_id, list(ids))


def of_ops(session: Session, ids: Iterable[UUID]) -> dict[UUID, list[Photo]]:
    """Return the photos that ops declared."""
    return _by_column(session, Photo.op_id, list(ids))


def _by_column(session: Session, column: Any, ids: list[UUID]) -> dict[UUID, list[Photo]]:
    photos: dict[UUID, list[Photo]] = {i: [] for i in ids}
    if not ids:
        return photos
    order = (Photo.declared_at, Photo.position, Photo.id)
    for photo in session.scalars(sa.select(Photo).where(column.in_(ids)).order_by(*order)):
        photos[getattr(photo, column.key)].append(photo)
    return photos


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """The object that holds a copy of a photo; `own` if the actor is the author."""

    key: str
    mime: str
    own: bool


def stored_copy(session: Session, actor: Actor, photo_id: UUID, copy: Derivative) -> StoredCopy:
    """Return the object of a copy of a photo.

    Raises `NotFound`, also for what this person may not see, `PhotoNotReady`, `PhotoFailed`.
    """
    photo = session.get(Photo, photo_id)
    if photo is None:
        raise NotFound()
    task = (
        session.scalar(sa.select(Task).where(Task.id == photo.task_id)) if photo.task_id else None
    )
    own = photo.author_id == actor.id
    sees = access.sees_copy(actor, photo.author_id, copy, task) or (
        copy is not Derivative.ORIGINAL and task is not None and _is_to_visit(session, actor, task)
    )
    if not sees and not (task is None and _sees_in_quarantine(session, actor, photo)):
        raise NotFound()
    if photo.state is not PhotoState.STORED or photo.object_key is None:
        raise NotFound(sentence("照片还没有上传完成。"))
    if copy is Derivative.ORIGINAL:
        mime = photo.mime or "application/octet-stream"
        return StoredCopy(photo.object_key, mime, own)
    if photo.derivative is DerivativeState.FAILED:
        raise PhotoFailed(photo.derivative_problem or "")
    key = photo.review_key if copy is Derivative.REVIEW else photo.thumb_key
    if photo.derivative is DerivativeState.PENDING or key is None:
        raise PhotoNotReady(retry_after=2)
    return StoredCopy(key, "image/jpeg", own)


def to_print(
    session: Session, actor: Actor, evidence: list[dict[str, Any]]
) -> list[tuple[dict[str, Any], str]]:
    """Return the photos of a case that can be shown, each with the key of its review copy."""
    printable = []
    for photo in evidence:
        if photo["state"] is PhotoState.STORED and photo["derivative"] is DerivativeState.READY:
            stored = stored_copy(session, actor, photo["id"], Derivative.REVIEW)
            printable.append((photo, stored.key))
    return printable


def _is_to_visit(session: Session, actor: Actor, task: Task) -> bool:
    """Say whether this person has an open visit 现场复核 of the task, and so may see its photos."""
    visit = sa.select(Visit.id).where(
        Visit.task_id == task.id,
        Visit.observer_id == actor.id,
        Visit.state == VisitState.ASKED,
    )
    return session.scalar(visit) is not None


def _sees_in_quarantine(session: Session, actor: Actor, photo: Photo) -> bool:
    """Say whether this is a photo of a quarantined op of the actor's district."""
    if actor.role not in access.OVERSEERS or photo.op_id is None:
        return False
    district = session.execute(
        sa.select(Quarantined.district_code).where(
            Quarantined.op_id == photo.op_id, Quarantined.person_id == photo.author_id
        )
    ).first()
    return district is not None and access.oversees(actor, district[0])


def _distance(photo: Photo, origin: tuple[float, float] | None) -> float | None:
    """Return the metres from `origin` to where the photo was taken, if both are known."""
    place = photo.place or {}
    if origin is None or place.get("lon") is None or place.get("lat") is None:
        return None
    return round(metres_between(origin, (place["lon"], place["lat"])), 1)
