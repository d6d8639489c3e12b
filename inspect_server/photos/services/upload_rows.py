"""The rows of uploads 照片上传: the offset of each, which request may append, and the result.

Each method is the work of one short transaction. A request may append only with the current
(offset, generation); HEAD takes over the bytes of a writer that was interrupted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.problems import (
    NotFound,
    PhotoIdReused,
    PhotoMismatch,
    Problem,
    UploadAttached,
    UploadOffset,
    UploadRejected,
)
from inspect_server.core.sentences import sentence
from inspect_server.models import Photo, Upload
from inspect_server.photos.events import photo_settled
from inspect_server.photos.services import photos
from inspect_server.photos.spool import Part, Spool
from media.probe import PhotoFacts
from schemas.vocabulary import DerivativeState, PhotoState

# How long uploads without a record are kept at least (DESIGN §4).
KEEP_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Creation:
    """What the first request of an upload declares; `length` is in bytes."""

    photo_id: UUID
    sha256: str
    length: int
    op_id: UUID | None


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an upload; `stored` only if the bytes are in the object store."""

    photo_id: UUID
    offset: int
    length: int
    sha256: str
    stored: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class WholePhoto:
    """A photo with all its bytes in the spool; `parts` are names and sizes, in order."""

    creation: Creation
    parts: list[tuple[str, int]]
    # The SHA-256, if it was computed while the bytes arrived in one request.
    digest: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """One request that writes bytes from `offset` on into its own part."""

    actor: Actor
    creation: Creation
    offset: int
    part: Part
    # The generation of the upload when this request became the writer; None while it has no row.
    generation: int | None = None


class UploadRows:
    """Reads and writes the rows of uploads."""

    def __init__(self, spool: Spool, clock: Callable[[], datetime]) -> None:
        """Use the parts of this spool, and this clock."""
        self._spool = spool
        self._clock = clock

    def find(self, session: Session, actor: Actor, creation: Creation) -> Progress | None:
        """Return the progress of this upload, if it exists.

        Raises `PhotoIdReused`, `PhotoMismatch`, `UploadRejected`.
        """
        photo = session.get(Photo, creation.photo_id)
        if photo is None:
            return None
        if photo.author_id != actor.id:
            raise PhotoIdReused()
        if (photo.sha256, photo.bytes) != (creation.sha256, creation.length):
            raise PhotoMismatch(
                sentence(
                    "照片登记为 {bytes} 字节，本次声明 {length} 字节，或哈希不同。",
                    bytes=photo.bytes,
                    length=creation.length,
                )
            )
        return self._progress(session, photo)

    def creation_and_progress(
        self, session: Session, actor: Actor, photo_id: UUID
    ) -> tuple[Creation, Progress]:
        """Return declaration and progress of an upload. Raises `NotFound`, `UploadRejected`."""
        photo = session.get(Photo, photo_id)
        if photo is None or photo.author_id != actor.id:
            raise NotFound(sentence("没有这个上传。"))
        progress = self._progress(session, photo)
        if not progress.stored and progress.expires_at is None:
            raise NotFound(sentence("这张照片还没有开始上传。"))
        return _creation(photo), progress

    def _progress(self, session: Session, photo: Photo) -> Progress:
        if photo.state is PhotoState.REJECTED:
            problem = photo.problem or {}
            raise UploadRejected(problem.get("detail", ""), reason=problem)
        stored = photo.state is PhotoState.STORED
        upload = None if stored else session.get(Upload, photo.id, populate_existing=True)
        if upload is not None and upload.expires_at <= self._clock():
            upload = None
        offset = photo.bytes if stored else (upload.offset if upload else 0)
        return Progress(
            photo.id,
            offset,
            photo.bytes,
            photo.sha256,
            stored,
            upload.expires_at if upload else None,
        )

    def open(self, session: Session, actor: Actor, creation: Creation) -> Progress:
        """Create the row of the photo and of the upload, where they do not exist."""
        photo = photos.locked(session, creation.photo_id) or _new_photo(
            session, actor, creation, self._clock()
        )
        if photo.state in photos.SETTLED:
            # A late request of a finished upload needs no row.
            return self._progress(session, photo)
        upload = session.get(Upload, photo.id)
        now = self._clock()
        if upload is None:
            upload = Upload(
                photo_id=photo.id, offset=0, generation=0, parts=[], expires_at=now + KEEP_FOR
            )
            session.add(upload)
        elif upload.expires_at <= now:
            # Starts again at 0; the cleanup removes the old parts.
            upload.generation += 1
            upload.parts, upload.offset, upload.writing = [], 0, None
            upload.expires_at = now + KEEP_FOR
        if photo.state is PhotoState.DECLARED:
            photo.state = PhotoState.PARTIAL
        session.flush()
        return self._progress(session, photo)

    def become_writer(self, session: Session, claim: Claim) -> int:
        """Make this request the writer; return its generation. Raises `UploadOffset`."""
        self.open(session, claim.actor, claim.creation)
        upload = _locked_upload(session, claim.creation.photo_id)
        if upload is None or upload.offset != claim.offset:
            raise UploadOffset()
        upload.generation += 1
        upload.writing = claim.part.name
        return upload.generation

    def append(self, session: Session, claim: Claim) -> Progress:
        """Add a part to the upload if its request is still the writer. Raises `UploadOffset`."""
        if claim.generation is None:
            self.open(session, claim.actor, claim.creation)
        photo = _own(session, claim.actor, claim.creation.photo_id)
        upload = _locked_upload(session, photo.id)
        if upload is None:
            # Another request has finished the upload.
            return self._progress(session, photo)
        newer = claim.generation is not None and upload.generation != claim.generation
        if newer or upload.offset != claim.offset:
            raise UploadOffset()
        upload.generation += 1
        upload.parts = [*upload.parts, [claim.part.name, claim.part.size]]
        upload.offset += claim.part.size
        upload.writing = None
        session.flush()
        return self._progress(session, photo)

    def take_over(
        self, session: Session, actor: Actor, photo_id: UUID
    ) -> tuple[Creation, Progress]:
        """Exclude the current writer, and count the bytes it has written. Raises `NotFound`."""
        photo = _own(session, actor, photo_id)
        upload = _locked_upload(session, photo_id)
        if photo.state not in photos.SETTLED and (
            upload is None or upload.expires_at <= self._clock()
        ):
            raise NotFound(sentence("这张照片还没有开始上传，或已过期。"))
        if upload is not None:
            self._adopt(upload, photo.bytes)
        return _creation(photo), self._progress(session, photo)

    def _adopt(self, upload: Upload, length: int) -> None:
        """Count the bytes the last writer has written; start again if recorded bytes are lost."""
        upload.generation += 1
        if upload.writing is not None:
            left = min(self._spool.size_of(upload.writing), length - upload.offset)
            if left:
                upload.parts = [*upload.parts, [upload.writing, left]]
                upload.offset += left
            upload.writing = None
        if any(self._spool.size_of(name) < size for name, size in upload.parts):
            # A crash of the machine lost bytes that were not flushed, so the upload starts again.
            upload.parts, upload.offset = [], 0

    def discard_part(self, session: Session, photo_id: UUID, name: str) -> None:
        """Remove a part from the upload, also if a HEAD has counted its bytes already."""
        upload = _locked_upload(session, photo_id)
        if upload is None:
            return
        names = [part for part, _ in upload.parts]
        if name in names:
            # The parts after it follow wrong bytes and are removed too.
            upload.parts = upload.parts[: names.index(name)]
            upload.offset = sum(size for _, size in upload.parts)
            upload.generation += 1
            upload.writing = None
        elif upload.writing == name:
            upload.writing = None

    def start_again(self, session: Session, actor: Actor, whole: WholePhoto) -> list[str]:
        """Set an upload with a wrong SHA-256 back to offset 0; return the names of its parts."""
        names = [name for name, _ in whole.parts]
        self.open(session, actor, whole.creation)
        upload = _locked_upload(session, whole.creation.photo_id)
        if upload is not None:
            upload.generation += 1
            upload.parts, upload.offset, upload.writing = [], 0, None
        return names

    def keep_whole(self, session: Session, actor: Actor, whole: WholePhoto) -> None:
        """Record the parts of a photo that the object store could not take, to be tried again."""
        self.open(session, actor, whole.creation)
        upload = _locked_upload(session, whole.creation.photo_id)
        if upload is not None:
            upload.generation += 1
            upload.parts = [[name, size] for name, size in whole.parts]
            upload.offset, upload.writing = whole.creation.length, None

    def settle(
        self,
        session: Session,
        actor: Actor,
        whole: WholePhoto,
        *,
        facts: PhotoFacts | None = None,
        problem: Problem | None = None,
    ) -> None:
        """Mark a photo as stored or rejected, and send `photo_settled`. Raises `PhotoIdReused`."""
        now = self._clock()
        photo = photos.locked(session, whole.creation.photo_id) or _new_photo(
            session, actor, whole.creation, now
        )
        if photo.author_id != actor.id or photo.sha256 != whole.creation.sha256:
            raise PhotoIdReused()
        session.execute(sa.delete(Upload).where(Upload.photo_id == photo.id))
        if photo.state in photos.SETTLED:
            return
        if facts is not None:
            photos.mark_stored(session, photo, facts.mime, facts.width, facts.height, now)
        elif problem is not None:
            photos.mark_rejected(session, photo, problem, now)
        session.flush()
        photo_settled.send(photo, session=session, now=now)

    def refuse_declared(
        self, session: Session, actor: Actor, creation: Creation, problem: Problem
    ) -> None:
        """Reject a declared photo that is too large; otherwise its record would wait for ever."""
        photo = photos.locked(session, creation.photo_id)
        if photo is None or photo.author_id != actor.id or photo.state in photos.SETTLED:
            return
        if (photo.sha256, photo.bytes) != (creation.sha256, creation.length):
            return
        now = self._clock()
        photos.mark_rejected(session, photo, problem, now)
        session.flush()
        photo_settled.send(photo, session=session, now=now)

    def forget(
        self, session: Session, actor: Actor, photo_id: UUID
    ) -> tuple[list[str], str | None]:
        """Delete an upload; return the names of its parts and, if stored, its object key.

        Raises `NotFound`, `UploadAttached`.
        """
        photo = _own(session, actor, photo_id)
        if photos.is_claimed(session, photo):
            raise UploadAttached()
        upload = session.get(Upload, photo_id)
        names = [name for name, _ in upload.parts] if upload else []
        if upload is not None:
            session.delete(upload)
            session.flush()
        key = photo.object_key
        photos.drop(session, photo)
        return names, key


def _own(session: Session, actor: Actor, photo_id: UUID) -> Photo:
    photo = photos.locked(session, photo_id)
    if photo is None or photo.author_id != actor.id:
        raise NotFound(sentence("没有这个上传。"))
    return photo


def _creation(photo: Photo) -> Creation:
    return Creation(photo.id, photo.sha256, photo.bytes, photo.op_id)


def _new_photo(session: Session, actor: Actor, creation: Creation, now: datetime) -> Photo:
    photo = Photo(
        id=creation.photo_id,
        author_id=actor.id,
        op_id=creation.op_id,
        sha256=creation.sha256,
        bytes=creation.length,
        state=PhotoState.PARTIAL,
        derivative=DerivativeState.PENDING,
        created_at=now,
    )
    session.add(photo)
    session.flush()
    return photo


def _locked_upload(session: Session, photo_id: UUID) -> Upload | None:
    return session.scalar(
        sa.select(Upload)
        .where(Upload.photo_id == photo_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def recorded_parts(session: Session, photo_id: UUID) -> list[tuple[str, int]]:
    """Return name and size of the parts of an upload, in order."""
    upload = _locked_upload(session, photo_id)
    if upload is None:
        # Another request has finished the upload and removed the parts.
        return []
    return [(str(name), int(size)) for name, size in upload.parts]
