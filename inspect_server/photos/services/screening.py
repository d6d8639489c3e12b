"""Screening 照片筛查: stores the fingerprints of photos and finds the same exposure city-wide.

Candidates come from an index of words and are verified by comparing fingerprints. A match gives
a reviewer a hint (`rules.screening`); it never blocks or rejects anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import job_queue
from inspect_server.models import (
    Job,
    JobState,
    Photo,
    PhotoLikeness,
    PhotoPrint,
    PrintWord,
    Task,
)
from inspect_server.photos.services.photos import DERIVE_JOB
from media.fingerprint import Fingerprint, probes, words
from media.likeness import Alike, Likeness, compare
from schemas.vocabulary import DerivativeState

# An unrelated photo shares one or two words by chance; of those that share more, at most
# CANDIDATES are compared, those with the most words first.
LEAST_WORDS = 3
CANDIDATES = 60


@dataclass(frozen=True, slots=True)
class Match:
    """Another photo that is the same exposure; `came_later` if it arrived after this one."""

    other_id: UUID
    likeness: Likeness
    came_later: bool = False


def store_fingerprint(session: Session, photo_id: UUID, packed: bytes) -> None:
    """Store the fingerprint of a photo and its words, unless the photo has one already."""
    photo = session.get(Photo, photo_id)
    existing = sa.select(PhotoPrint.serial).where(PhotoPrint.photo_id == photo_id)
    if photo is None or session.scalar(existing) is not None:
        return
    fingerprint = Fingerprint.unpack(packed)
    row = PhotoPrint(
        photo_id=photo_id,
        print=packed,
        sharpness=fingerprint.sharpness,
        brightness=fingerprint.brightness,
        glare=fingerprint.glare,
    )
    session.add(row)
    session.flush()
    if index_words := words(fingerprint):
        rows = [{"word": word, "serial": row.serial} for word in index_words]
        session.execute(sa.insert(PrintWord), rows)


def find(session: Session, photo_id: UUID, packed: bytes) -> list[Match]:
    """Find the photos that are the same exposure as this one, except those of the same op.

    One record may honestly contain the same exposure twice, or two frames a second apart.
    """
    own = Fingerprint.unpack(packed)
    matches: list[Match] = []
    for other_id, other, came_later in _candidates(session, photo_id, own):
        # `compare` looks for the first picture in the second, so the earlier photo is the first.
        pair = (Fingerprint.unpack(other), own)
        likeness = compare(*reversed(pair)) if came_later else compare(*pair)
        if likeness.alike is Alike.EXPOSURE:
            matches.append(Match(other_id, likeness, came_later))
    return matches


def replace_likenesses(session: Session, photo_id: UUID, matches: list[Match]) -> None:
    """Replace the stored likenesses of a photo by these matches."""
    others = [match.other_id for match in matches]
    reverse = sa.and_(PhotoLikeness.other_id == photo_id, PhotoLikeness.photo_id.in_(others))
    session.execute(
        sa.delete(PhotoLikeness).where(sa.or_(PhotoLikeness.photo_id == photo_id, reverse))
    )
    existing = set(session.scalars(sa.select(Photo.id).where(Photo.id.in_([photo_id, *others]))))
    for match in matches if photo_id in existing else ():
        if match.other_id in existing:
            session.add(
                PhotoLikeness(
                    photo_id=match.other_id if match.came_later else photo_id,
                    other_id=photo_id if match.came_later else match.other_id,
                    mirrored=match.likeness.mirrored,
                    overlap=match.likeness.overlap,
                    difference=match.likeness.difference,
                )
            )
    session.flush()


def photos_without_fingerprint(session: Session, after: UUID | None, most: int) -> list[UUID]:
    """Return the first `most` photos by id without a fingerprint and without an open job."""
    busy = sa.exists().where(
        Job.kind == DERIVE_JOB, Job.subject_id == Photo.id, Job.state != JobState.DONE
    )
    query = sa.select(Photo.id).where(*_without_fingerprint(), ~busy).order_by(Photo.id).limit(most)
    return list(session.scalars(query if after is None else query.where(Photo.id > after)))


def count_missing_fingerprints(session: Session) -> tuple[int, int]:
    """Return how many photos have no fingerprint, and for how many of them the job failed."""
    query = sa.select(sa.func.count()).where(*_without_fingerprint())
    broken = sa.exists().where(
        Job.kind == DERIVE_JOB, Job.subject_id == Photo.id, Job.state == JobState.FAILED
    )
    return session.scalar(query) or 0, session.scalar(query.where(broken)) or 0


def _without_fingerprint() -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions for a photo with copies but no fingerprint, outside the demo data."""
    return (
        Photo.derivative == DerivativeState.READY,
        Photo.object_key.is_not(None),
        ~sa.exists().where(PhotoPrint.photo_id == Photo.id),
        ~sa.exists().where(Task.id == Photo.task_id, Task.demo),
    )


def order_fingerprints(session: Session, photo_ids: list[UUID], now: datetime) -> None:
    """Order the fingerprints of photos: the job that made their copies runs once more."""
    existing = set(
        session.scalars(
            sa.select(Job.subject_id).where(Job.kind == DERIVE_JOB, Job.subject_id.in_(photo_ids))
        )
    )
    session.execute(
        sa.update(Job)
        .where(Job.kind == DERIVE_JOB, Job.subject_id.in_(existing), Job.state == JobState.DONE)
        .values(state=JobState.READY, run_after=now, attempts=0, done_at=None)
        .execution_options(synchronize_session=False)
    )
    for photo_id in photo_ids:
        if photo_id not in existing:
            job_queue.order(session, DERIVE_JOB, photo_id, now)


def most_similar(index_words: list[int]) -> sa.Select[int]:
    """Select the serials of the fingerprints that share the most of these words."""
    return (
        sa.select(PrintWord.serial)
        .where(PrintWord.word.in_(index_words))
        .group_by(PrintWord.serial)
        .having(sa.func.count() >= LEAST_WORDS)
        .order_by(sa.func.count().desc(), PrintWord.serial)
        .limit(CANDIDATES)
    )


def _candidates(
    session: Session, photo_id: UUID, own: Fingerprint
) -> Iterator[tuple[UUID, bytes, bool]]:
    """Yield id, fingerprint and whether it came later: photos of the task, then similar ones."""
    photo = session.get(Photo, photo_id)
    if photo is None:
        return
    came_later = Photo.created_at > photo.created_at
    query = sa.select(PhotoPrint.photo_id, PhotoPrint.print, came_later).join(
        Photo, Photo.id == PhotoPrint.photo_id
    )
    if photo.op_id is not None:
        query = query.where(sa.or_(Photo.op_id.is_(None), Photo.op_id != photo.op_id))
    query = query.where(Photo.id != photo_id)
    yielded: set[UUID] = set()
    if photo.task_id is not None:
        for row in session.execute(query.where(Photo.task_id == photo.task_id)):
            yielded.add(row[0])
            yield row[0], row[1], bool(row[2])
    serials = list(session.scalars(most_similar(probes(own))))
    for row in session.execute(query.where(PhotoPrint.serial.in_(serials))):
        if row[0] not in yielded:
            yield row[0], row[1], bool(row[2])
