"""Derivatives 审阅件与缩略图: the upright, stripped copies people look at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import failpoints
from inspect_server.models import Photo, PhotoPrint
from inspect_server.photos.events import photo_changed
from inspect_server.photos.services import photos
from media import keys
from media.derive import Derivatives, DerivativeWorker
from media.store import ObjectStore
from schemas.vocabulary import DerivativeState

JPEG = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made of one original: copies and fingerprint, or the fingerprint only."""

    key: str
    copies: bool


def ordered(session: Session, photo_id: UUID) -> Order | None:
    """Return what is to be made of a photo, or None when there is nothing left to do."""
    photo = session.get(Photo, photo_id)
    if photo is None or photo.object_key is None:
        return None
    if photo.derivative is DerivativeState.PENDING:
        return Order(photo.object_key, copies=True)
    printed = sa.select(PhotoPrint.serial).where(PhotoPrint.photo_id == photo_id)
    if photo.derivative is DerivativeState.READY and session.scalar(printed) is None:
        return Order(photo.object_key, copies=False)
    return None


def render(
    store: ObjectStore, derivative_worker: DerivativeWorker, photo_id: UUID, order: Order
) -> bytes:
    """Make both copies, store them where they are wanted, and return the fingerprint of both.

    Raises `media.derive.DeriveFailed`, `StoreError`.
    """
    made: Derivatives = derivative_worker.render(store.get(order.key))
    if not order.copies:
        return made.fingerprint
    _put(store, keys.review(photo_id), made.review)
    failpoints.reach("derive.half-put")
    _put(store, keys.thumb(photo_id), made.thumb)
    failpoints.reach("derive.put")
    return made.fingerprint


def _put(store: ObjectStore, key: str, copy: bytes) -> None:
    digest = hashlib.sha256(copy).hexdigest()
    store.put(key, copy, bytes=len(copy), sha256=digest, mime=JPEG)


def mark_ready(session: Session, photo_id: UUID) -> None:
    """Say that the copies can be looked at."""
    photo = photos.locked(session, photo_id)
    if photo is None:
        return
    photo.derivative = DerivativeState.READY
    photo.derivative_problem = None
    photo.review_key = keys.review(photo.id)
    photo.thumb_key = keys.thumb(photo.id)
    photo_changed.send(photo, session=session)


def mark_failed(session: Session, photo_id: UUID, reason: str) -> None:
    """Say that no copy can be made, and why; the original stays."""
    photo = photos.locked(session, photo_id)
    if photo is None or photo.derivative is not DerivativeState.PENDING:
        # Taken back, or a worker that was quicker has made them.
        return
    photo.derivative = DerivativeState.FAILED
    photo.derivative_problem = reason[:200]
    photo_changed.send(photo, session=session)
