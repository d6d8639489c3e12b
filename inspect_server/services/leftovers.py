"""Leftovers of uploads: what expired unattached, and which spool parts still count."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Photo, Upload
from inspect_server.services import photos
from schemas.vocabulary import PhotoState


def forget_expired(session: Session, now: datetime) -> int:
    """Forget unfinished uploads that expired; a declared photo only loses its partial bytes."""
    expired = session.scalars(sa.select(Upload).where(Upload.expires_at <= now)).all()
    for upload in expired:
        session.delete(upload)
    session.flush()
    for upload in expired:
        photo = session.get(Photo, upload.photo_id)
        if photo is None:
            continue
        if photos.is_claimed(session, photo):
            photo.state = PhotoState.DECLARED
        else:
            session.delete(photo)
    return len(expired)


def named_parts(session: Session) -> set[str]:
    """Name every spool part an upload counts on."""
    names: set[str] = set()
    for upload in session.scalars(sa.select(Upload)):
        names.update(str(name) for name, _ in upload.parts)
        if upload.writing:
            names.add(upload.writing)
    return names
