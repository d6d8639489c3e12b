"""Screening 照片筛查: keeps what a photo looks like, and finds the same exposure city-wide.

Candidates come from an index of words, each is verified by comparing fingerprints; what is found
is a hint for a reviewer (`rules.screening`) and never blocks or rejects anything.
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

# An unrelated photo shares one or two words by chance; of those that share more, so many are
# looked at, the likeliest first.
LEAST_WORDS = 3
CANDIDATES = 60


@dataclass(frozen=True, slots=True)
class Found:
    """Another photo that is the same exposure; it may have come after the one that was asked of."""

    other_id: UUID
    likeness: Likeness
    came_later: bool = False


def keep_print(session: Session, photo_id: UUID, packed: bytes) -> None:
    """Keep a photo's fingerprint and its words; one that is there already stays."""
    photo = session.get(Photo, photo_id)
    known = sa.select(PhotoPrint.serial).where(PhotoPrint.photo_id == photo_id)
    if photo is None or session.scalar(known) is not None:
        return
    taken = Fingerprint.unpack(packed)
    kept = PhotoPrint(
        photo_id=photo_id,
        print=packed,
        sharpness=taken.sharpness,
        brightness=taken.brightness,
        glare=taken.glare,
    )
    session.add(kept)
    session.flush()
    if spoken := words(taken):
        rows = [{"word": word, "serial": kept.serial} for word in spoken]
        session.execute(sa.insert(PrintWord), rows)


def find(session: Session, photo_id: UUID, packed: bytes) -> list[Found]:
    """Find the photos that are the same exposure as this one; those of its own op are not asked.

    One press of the shutter may be sent twice in one record, and two frames a second apart look
    alike: that is no reason to look again.
    """
    own = Fingerprint.unpack(packed)
    found: list[Found] = []
    for other_id, other, came_later in _candidates(session, photo_id, own):
        # A copy lies on its source, a source not on a part of itself: the earlier one is first.
        pair = (Fingerprint.unpack(other), own)
        likeness = compare(*reversed(pair)) if came_later else compare(*pair)
        if likeness.alike is Alike.EXPOSURE:
            found.append(Found(other_id, likeness, came_later))
    return found


def keep_likenesses(session: Session, photo_id: UUID, found: list[Found]) -> None:
    """Keep what was found, instead of what was found before."""
    others = [one.other_id for one in found]
    again = sa.and_(PhotoLikeness.other_id == photo_id, PhotoLikeness.photo_id.in_(others))
    session.execute(
        sa.delete(PhotoLikeness).where(sa.or_(PhotoLikeness.photo_id == photo_id, again))
    )
    there = set(session.scalars(sa.select(Photo.id).where(Photo.id.in_([photo_id, *others]))))
    for one in found if photo_id in there else ():
        if one.other_id in there:
            session.add(
                PhotoLikeness(
                    photo_id=one.other_id if one.came_later else photo_id,
                    other_id=photo_id if one.came_later else one.other_id,
                    mirrored=one.likeness.mirrored,
                    kept=one.likeness.kept,
                    changed=one.likeness.changed,
                )
            )
    session.flush()


def unprinted(session: Session, after: UUID | None, most: int) -> list[UUID]:
    """The first photos, by id, that have copies and no fingerprint, and no job to change that."""
    busy = sa.exists().where(
        Job.kind == DERIVE_JOB, Job.subject_id == Photo.id, Job.state != JobState.DONE
    )
    query = sa.select(Photo.id).where(*_lacking(), ~busy).order_by(Photo.id).limit(most)
    return list(session.scalars(query if after is None else query.where(Photo.id > after)))


def missing_prints(session: Session) -> tuple[int, int]:
    """How many photos have no fingerprint, and of how many none could be made."""
    query = sa.select(sa.func.count()).where(*_lacking())
    broken = sa.exists().where(
        Job.kind == DERIVE_JOB, Job.subject_id == Photo.id, Job.state == JobState.FAILED
    )
    return session.scalar(query) or 0, session.scalar(query.where(broken)) or 0


def _lacking() -> tuple[sa.ColumnElement[bool], ...]:
    """Photos with copies and without a fingerprint; the demonstration shares its photographs."""
    return (
        Photo.derivative == DerivativeState.READY,
        Photo.object_key.is_not(None),
        ~sa.exists().where(PhotoPrint.photo_id == Photo.id),
        ~sa.exists().where(Task.id == Photo.task_id, Task.demo),
    )


def order_prints(session: Session, photo_ids: list[UUID], now: datetime) -> None:
    """Order the fingerprints of photos: the job that made their copies is done once more."""
    known = set(
        session.scalars(
            sa.select(Job.subject_id).where(Job.kind == DERIVE_JOB, Job.subject_id.in_(photo_ids))
        )
    )
    session.execute(
        sa.update(Job)
        .where(Job.kind == DERIVE_JOB, Job.subject_id.in_(known), Job.state == JobState.DONE)
        .values(state=JobState.READY, run_after=now, attempts=0, done_at=None)
        .execution_options(synchronize_session=False)
    )
    for photo_id in photo_ids:
        if photo_id not in known:
            job_queue.order(session, DERIVE_JOB, photo_id, now)


def sharing(asked: list[int]) -> sa.Select[int]:
    """Select the serials of the fingerprints that share most of the words asked for."""
    return (
        sa.select(PrintWord.serial)
        .where(PrintWord.word.in_(asked))
        .group_by(PrintWord.serial)
        .having(sa.func.count() >= LEAST_WORDS)
        .order_by(sa.func.count().desc(), PrintWord.serial)
        .limit(CANDIDATES)
    )


def _candidates(
    session: Session, photo_id: UUID, own: Fingerprint
) -> Iterator[tuple[UUID, bytes, bool]]:
    """The photos of the same task, and those city-wide that share the most words."""
    photo = session.get(Photo, photo_id)
    if photo is None:
        return
    came_later = Photo.created_at > photo.created_at
    asked = sa.select(PhotoPrint.photo_id, PhotoPrint.print, came_later).join(
        Photo, Photo.id == PhotoPrint.photo_id
    )
    if photo.op_id is not None:
        asked = asked.where(sa.or_(Photo.op_id.is_(None), Photo.op_id != photo.op_id))
    asked = asked.where(Photo.id != photo_id)
    seen: set[UUID] = set()
    if photo.task_id is not None:
        for row in session.execute(asked.where(Photo.task_id == photo.task_id)):
            seen.add(row[0])
            yield row[0], row[1], bool(row[2])
    serials = list(session.scalars(sharing(probes(own))))
    for row in session.execute(asked.where(PhotoPrint.serial.in_(serials))):
        if row[0] not in seen:
            yield row[0], row[1], bool(row[2])
