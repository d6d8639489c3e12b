"""Cleanup 清理: expired uploads, and which spool parts and objects no row refers to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Photo, Upload
from inspect_server.photos.services import photos
from media import keys
from schemas.vocabulary import PhotoState


def delete_expired_uploads(session: Session, now: datetime) -> int:
    """Delete expired uploads and return their number; a declared photo keeps its row."""
    count = 0
    for photo_id in session.scalars(sa.select(Upload.photo_id).where(Upload.expires_at <= now)):
        # Locked in the usual order, photo before upload; an upload that changed meanwhile is kept.
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
        count += 1
        if photo.state is not PhotoState.PARTIAL:
            continue
        if photos.is_claimed(session, photo):
            photo.state = PhotoState.DECLARED
        else:
            session.delete(photo)
    return count


def unreferenced_keys(session: Session, object_keys: Sequence[str]) -> list[str]:
    """Return the keys that no photo refers to, neither as original nor as copy."""
    ids = [photo_id for key in object_keys if (photo_id := keys.photo_id(key))]
    columns = sa.select(Photo.object_key, Photo.review_key, Photo.thumb_key)
    referenced = {key for row in session.execute(columns.where(Photo.id.in_(ids))) for key in row}
    if rest := [key for key in object_keys if key not in referenced]:
        # Demo photos share objects, so the id in a key may be that of another row.
        for column in (Photo.object_key, Photo.review_key, Photo.thumb_key):
            referenced.update(session.scalars(sa.select(column).where(column.in_(rest))))
    return [key for key in object_keys if key not in referenced]


def referenced_parts(session: Session) -> set[str]:
    """Return the names of all spool parts that uploads refer to."""
    names: set[str] = set()
    for upload in session.scalars(sa.select(Upload)):
        names.update(str(name) for name, _ in upload.parts)
        if upload.writing:
            names.add(upload.writing)
    return names
