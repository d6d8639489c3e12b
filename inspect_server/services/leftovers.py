"""Leftovers of uploads: what expired unattached, and which spool parts still count."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Upload
from inspect_server.services import photos
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


def named_parts(session: Session) -> set[str]:
    """Name every spool part an upload counts on."""
    names: set[str] = set()
    for upload in session.scalars(sa.select(Upload)):
        names.update(str(name) for name, _ in upload.parts)
        if upload.writing:
            names.add(upload.writing)
    return names
