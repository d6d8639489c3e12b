"""Leftovers 残留: uploads that expired unattached, spool parts and objects nothing counts on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Photo, Upload
from inspect_server.photos.services import photos
from media import keys
from schemas.vocabulary import PhotoState


def forget_expired(session: Session, now: datetime) -> int:
    """Forget unfinished uploads that expired; a declared photo only loses its partial bytes."""
    forgotten = 0
    for photo_id in session.scalars(sa.select(Upload.photo_id).where(Upload.expires_at <= now)):
        # Photo before upload, as everybody locks them; what changed meanwhile is left alone.
        photo = photos.locked(session, photo_id)
        upload = session.scalar(
            sa.select(Upload)
            .where(Upload.photo_id == photo_id, Upload.expires_at <= now)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if photo is None or upload is None:
            continue
        session.delete(upload)
        session.flush()
        forgotten += 1
        if photo.state is not PhotoState.PARTIAL:
            continue
        if photos.is_claimed(session, photo):
            photo.state = PhotoState.DECLARED
        else:
            session.delete(photo)
    return forgotten


def unnamed(session: Session, listed: Sequence[str]) -> list[str]:
    """Return those object keys no photo's row names, neither as original nor as a copy."""
    ids = [photo_id for key in listed if (photo_id := keys.photo_id(key))]
    kept = sa.select(Photo.object_key, Photo.review_key, Photo.thumb_key)
    named = {key for row in session.execute(kept.where(Photo.id.in_(ids))) for key in row}
    if unknown := [key for key in listed if key not in named]:
        # The demo's photos share objects; the ids in their keys are not those of their rows.
        for column in (Photo.object_key, Photo.review_key, Photo.thumb_key):
            named.update(session.scalars(sa.select(column).where(column.in_(unknown))))
    return [key for key in listed if key not in named]


def named_parts(session: Session) -> set[str]:
    """Name every spool part an upload counts on."""
    names: set[str] = set()
    for upload in session.scalars(sa.select(Upload)):
        names.update(str(name) for name, _ in upload.parts)
        if upload.writing:
            names.add(upload.writing)
    return names
