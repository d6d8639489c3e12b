"""Derivatives 审阅件与缩略图: review copy and thumbnail of a photo, upright, without metadata."""

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
    """The work on one original: make copies and fingerprint, or the fingerprint only."""

    key: str
    copies: bool


def order_for(session: Session, photo_id: UUID) -> Order | None:
    """Return the work on a photo, or None if nothing has to be done."""
    photo = session.get(Photo, photo_id)
    if photo is None or photo.object_key is None:
        return None
    if photo.derivative is DerivativeState.PENDING:
        return Order(photo.object_key, copies=True)
    fingerprint = sa.select(PhotoPrint.serial).where(PhotoPrint.photo_id == photo_id)
    if photo.derivative is DerivativeState.READY and session.scalar(fingerprint) is None:
        return Order(photo.object_key, copies=False)
    return None


def render(
    store: ObjectStore, derivative_worker: DerivativeWorker, photo_id: UUID, order: Order
) -> bytes:
    """Make copies and fingerprint of a photo, store ordered copies, return the fingerprint.

    Raises `media.derive.DeriveFailed`, `StoreError`.
    """
    derivatives: Derivatives = derivative_worker.render(store.get(order.key))
    if not order.copies:
        return derivatives.fingerprint
    _put(store, keys.review(photo_id), derivatives.review)
    failpoints.reach("derive.half-put")
    _put(store, keys.thumb(photo_id), derivatives.thumb)
    failpoints.reach("derive.put")
    return derivatives.fingerprint


def _put(store: ObjectStore, key: str, copy: bytes) -> None:
    digest = hashlib.sha256(copy).hexdigest()
    store.put(key, copy, bytes=len(copy), sha256=digest, mime=JPEG)


def mark_ready(session: Session, photo_id: UUID) -> None:
    """Mark the copies of a photo as ready."""
    photo = photos.locked(session, photo_id)
    if photo is None:
        return
    photo.derivative = DerivativeState.READY
    photo.derivative_problem = None
    photo.review_key = keys.review(photo.id)
    photo.thumb_key = keys.thumb(photo.id)
    photo_changed.send(photo, session=session)


def mark_failed(session: Session, photo_id: UUID, reason: str) -> None:
    """Mark the copies of a photo as failed, with the reason; the original remains."""
    photo = photos.locked(session, photo_id)
    if photo is None or photo.derivative is not DerivativeState.PENDING:
        # The photo was deleted, or another worker has made the copies.
        return
    photo.derivative = DerivativeState.FAILED
    photo.derivative_problem = reason[:200]
    photo_changed.send(photo, session=session)
