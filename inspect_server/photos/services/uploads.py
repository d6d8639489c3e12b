"""Uploads 照片上传: bytes in pieces, kept across cuts, stored only when whole and true.

The tus protocol's rules without its headers. A slow body never holds a transaction: rows are
read and written in short ones before and after. (offset, generation) decides who may append;
a HEAD takes over what a dead writer left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import failpoints
from inspect_server.core.access import Actor
from inspect_server.core.problems import (
    NotFound,
    PhotoHeic,
    PhotoIdReused,
    PhotoManyFrames,
    PhotoMismatch,
    PhotoNotAnImage,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoTrailingData,
    PhotoTruncated,
    Problem,
    Unavailable,
    UploadAttached,
    UploadHash,
    UploadHeaders,
    UploadOffset,
    UploadRejected,
)
from inspect_server.models import Photo, Upload
from inspect_server.photos.events import photo_settled
from inspect_server.photos.services import photos
from inspect_server.photos.spool import CHUNK, Part, Spool
from media import keys
from media.probe import MAX_BYTES, PhotoFacts, PhotoRejected, probe
from media.store import ObjectStore, StoreError
from schemas.vocabulary import DerivativeState, PhotoState

# Unattached photos are kept at least this long (DESIGN §4).
KEPT_FOR = timedelta(days=30)
# A body that takes longer than this gets its row first, so a dying server loses none of it.
ROWLESS_SECONDS = 1.0
# The smallest piece asked of a client, and how soon one has come whose next may be larger.
LEAST = 1024
QUICK_SECONDS = 0.05

Result = TypeVar("Result")


class Transact(Protocol):
    """A door's way to run one short transaction: to write, or just to look."""

    def __call__(self, work: Callable[[Session], Result], /) -> Result:
        """Run `work` in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Creation:
    """What the first request of an upload says."""

    photo_id: UUID
    sha256: str
    length: int
    op_id: UUID | None


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of one request, and what the client promised about just these."""

    stream: BinaryIO
    sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload is; `stored` only when the bytes are in the object store."""

    photo_id: UUID
    offset: int
    length: int
    sha256: str
    stored: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Whole:
    """All bytes of a photo, in the spool."""

    photo_id: UUID
    sha256: str
    length: int
    op_id: UUID | None
    parts: list[tuple[str, int]]
    # Hashed while they came in, when they came in one piece.
    digest: str | None


class UploadService:
    """The receiving desk of photo bytes."""

    def __init__(
        self,
        write_tx: Transact,
        read_tx: Transact,
        spool: Spool,
        store: ObjectStore,
        clock: Callable[[], datetime],
    ) -> None:
        """Work with these engines."""
        self._write_tx = write_tx
        self._read_tx = read_tx
        self.spool = spool
        self._store = store
        self._clock = clock

    # --- the four requests ---

    def create(self, actor: Actor, creation: Creation, body: Body | None) -> Progress:
        """Begin an upload, with its first bytes or all of them.

        A repeated creation answers where the upload stands; its body is taken only at offset 0.
        Raises `PhotoTooLarge`, `PhotoIdReused`, `PhotoMismatch`, `UploadRejected`, and what
        finishing raises.
        """
        if creation.length > MAX_BYTES:
            problem = PhotoTooLarge()
            self._write_tx(lambda s: self._refuse_declared(s, actor, creation, problem))
            raise problem
        found = self._read_tx(lambda session: self._find(session, actor, creation))
        if found is not None and not found.stored and found.offset == found.length:
            # The last byte came, the store did not take it then: nobody may read this offset
            # as done before it is.
            return self._finish(actor, self._gathered(creation))
        if found is not None and (found.stored or found.offset):
            return found
        if body is None:
            return self._write_tx(lambda session: self._open(session, actor, creation, None))
        begun = found is not None and found.expires_at is not None
        return self._write(actor, creation, 0, body, known=begun)

    def append(self, actor: Actor, photo_id: UUID, offset: int, body: Body) -> Progress:
        """Add bytes to an upload at exactly its offset.

        Raises `NotFound`, `UploadRejected`, `UploadOffset`, and what finishing raises.
        """
        creation, progress = self._read_tx(lambda s: self._standing(s, actor, photo_id))
        if progress.offset != offset:
            raise UploadOffset(f"已收到 {progress.offset} 字节,本次从 {offset} 开始。")
        if progress.stored:
            return progress
        return self._write(actor, creation, offset, body, known=True)

    def look(self, actor: Actor, photo_id: UUID) -> Progress:
        """Say where an upload stands, and shut out whoever still writes to it.

        Bytes a cut or dead writer left are kept. When the last byte is here but the photo is
        not stored yet, this finishes the job or raises `Unavailable`.
        """
        creation, progress = self._write_tx(lambda s: self._take_over(s, actor, photo_id))
        if progress.stored or progress.offset < progress.length:
            return progress
        return self._finish(actor, self._gathered(creation))

    def drop(self, actor: Actor, photo_id: UUID) -> None:
        """Forget an own upload that belongs to no record."""
        names, key = self._write_tx(lambda session: self._forget(session, actor, photo_id))
        self.spool.drop(names)
        if key:
            for lying in (key, keys.review(photo_id), keys.thumb(photo_id)):
                self._store.delete(lying)

    # --- writing ---

    def _write(
        self, actor: Actor, creation: Creation, offset: int, body: Body, *, known: bool
    ) -> Progress:
        """Take the body into a part of its own, then append it if nobody came between."""
        part = Part(self.spool.new_name(creation.photo_id))
        generation = self._claim(actor, creation, offset, part, known)
        failpoints.reach("upload.claimed")
        room = creation.length - offset
        began = time.monotonic()
        with self.spool.writing(part.name) as file:
            most, asked = LEAST, began
            while chunk := _read(body.stream, min(most, room - part.size + 1)):
                if part.size + len(chunk) > room:
                    self.spool.drop([part.name])
                    raise UploadHeaders("收到的字节超过了声明的长度。")
                failpoints.reach("spool.write")
                file.write(chunk)
                part.digest.update(chunk)
                part.size += len(chunk)
                now = time.monotonic()
                # The server hands over a piece when all of it has come: of a slow phone small
                # pieces, so that a dying process loses next to nothing.
                most = min(CHUNK, 2 * most) if now - asked < QUICK_SECONDS else LEAST
                asked = now
                if generation is None and now - began > ROWLESS_SECONDS:
                    generation = self._claim(actor, creation, offset, part, True)
        failpoints.reach("upload.received")
        if body.sha256 is not None and part.digest.digest() != body.sha256:
            self._write_tx(lambda session: self._disown(session, creation.photo_id, part.name))
            self.spool.drop([part.name])
            raise UploadHash("本段校验不通过,请从原位置重传。")
        if offset == 0 and part.size == creation.length:
            whole = _Whole(
                creation.photo_id,
                creation.sha256,
                creation.length,
                creation.op_id,
                [(part.name, part.size)],
                part.digest.hexdigest(),
            )
            return self._finish(actor, whole)
        progress = self._write_tx(
            lambda session: self._append(session, actor, creation, offset, part, generation)
        )
        failpoints.reach("upload.appended")
        if progress.stored or progress.offset < progress.length:
            return progress
        return self._finish(actor, self._gathered(creation))

    def _claim(
        self, actor: Actor, creation: Creation, offset: int, part: Part, known: bool
    ) -> int | None:
        """Become the one writer; a first body that comes quickly needs no row yet."""
        if not known and part.size == 0:
            return None
        return self._write_tx(
            lambda session: self._become_writer(session, actor, creation, offset, part.name)
        )

    def _finish(self, actor: Actor, whole: _Whole) -> Progress:
        """Check the whole, put it into the store, and only then say `stored`.

        Raises `UploadHash` (start again), the photo problems (refused for good), `Unavailable`
        (the bytes stay in the spool; ask again).
        """
        try:
            with self._one_file(whole) as (path, digest):
                return self._conclude(actor, whole, path, digest)
        except FileNotFoundError as error:
            # Two may finish the same photo: the first takes the parts away.
            _, progress = self._read_tx(lambda s: self._standing(s, actor, whole.photo_id))
            if progress.stored:
                return progress
            raise Unavailable("照片正在处理,请稍后再查询。", retry_after=1) from error

    def _conclude(self, actor: Actor, whole: _Whole, path: Path, digest: str) -> Progress:
        if digest != whole.sha256:
            names = self._write_tx(lambda session: self._start_again(session, actor, whole))
            self.spool.drop(names)
            raise UploadHash()
        failpoints.reach("upload.joined")
        try:
            facts = probe(path)
        except PhotoRejected as refusal:
            problem = _PROBLEMS.get(refusal.slug, PhotoNotAnImage)(refusal.detail)
            self._write_tx(lambda session: self._settle(session, actor, whole, problem=problem))
            self.spool.drop([name for name, _ in whole.parts])
            raise problem from refusal
        try:
            with open(path, "rb") as bytes_:
                failpoints.reach("store.put")
                # S3 before the row: an orphan object is harmless, a row without bytes is not.
                self._store.put(
                    keys.original(whole.photo_id, whole.sha256),
                    bytes_,
                    bytes=whole.length,
                    sha256=whole.sha256,
                    mime=facts.mime,
                )
                failpoints.reach("upload.put")
        except StoreError as error:
            self._write_tx(lambda session: self._keep_whole(session, actor, whole))
            raise Unavailable("照片存储暂不可用,已收到的字节都保留着。", retry_after=15) from error
        self._write_tx(lambda session: self._settle(session, actor, whole, facts=facts))
        failpoints.reach("upload.settled")
        self.spool.drop([name for name, _ in whole.parts])
        failpoints.reach("upload.cleared")
        return Progress(
            whole.photo_id, whole.length, whole.length, whole.sha256, stored=True, expires_at=None
        )

    @contextmanager
    def _one_file(self, whole: _Whole) -> Iterator[tuple[Path, str]]:
        """All bytes in one file for as long as they are looked at, and their SHA-256."""
        if whole.digest is not None:
            yield self.spool.folder / whole.parts[0][0], whole.digest
            return
        if not whole.parts:
            raise FileNotFoundError("the parts were taken away meanwhile")
        path, digest = self.spool.join(whole.parts)
        try:
            yield path, digest
        finally:
            path.unlink(missing_ok=True)

    def _gathered(self, creation: Creation) -> _Whole:
        parts = self._write_tx(lambda session: _parts(session, creation.photo_id))
        return _Whole(
            creation.photo_id, creation.sha256, creation.length, creation.op_id, parts, None
        )

    # --- short transactions ---

    def _find(self, session: Session, actor: Actor, creation: Creation) -> Progress | None:
        """Return where this photo's upload stands, if there is one."""
        photo = session.get(Photo, creation.photo_id)
        if photo is None:
            return None
        if photo.author_id != actor.id:
            raise PhotoIdReused()
        if (photo.sha256, photo.bytes) != (creation.sha256, creation.length):
            raise PhotoMismatch(
                f"照片登记为 {photo.bytes} 字节,本次声明 {creation.length} 字节,或哈希不同。"
            )
        return self._progress(session, photo)

    def _standing(
        self, session: Session, actor: Actor, photo_id: UUID
    ) -> tuple[Creation, Progress]:
        photo = session.get(Photo, photo_id)
        if photo is None or photo.author_id != actor.id:
            raise NotFound("没有这个上传。")
        progress = self._progress(session, photo)
        if not progress.stored and progress.expires_at is None:
            raise NotFound("这张照片还没有开始上传。")
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

    def _open(
        self, session: Session, actor: Actor, creation: Creation, writing: str | None
    ) -> Progress:
        """Make sure there is a photo row and an upload row."""
        photo = photos.locked(session, creation.photo_id) or _new_photo(
            session, actor, creation, self._clock()
        )
        if photo.state in photos.SETTLED:
            # A straggler of a transfer that is over: nothing is under way any more.
            return self._progress(session, photo)
        upload = session.get(Upload, photo.id)
        now = self._clock()
        if upload is None:
            upload = Upload(
                photo_id=photo.id,
                offset=0,
                generation=0,
                parts=[],
                writing=writing,
                expires_at=now + KEPT_FOR,
            )
            session.add(upload)
        elif upload.expires_at <= now:
            # Begun anew; the sweep takes the old parts.
            upload.generation += 1
            upload.parts, upload.offset, upload.writing = [], 0, writing
            upload.expires_at = now + KEPT_FOR
        if photo.state is PhotoState.DECLARED:
            photo.state = PhotoState.PARTIAL
        session.flush()
        return self._progress(session, photo)

    def _become_writer(
        self, session: Session, actor: Actor, creation: Creation, offset: int, name: str
    ) -> int:
        self._open(session, actor, creation, None)
        upload = _locked_upload(session, creation.photo_id)
        if upload is None or upload.offset != offset:
            raise UploadOffset()
        upload.generation += 1
        upload.writing = name
        return upload.generation

    def _append(
        self,
        session: Session,
        actor: Actor,
        creation: Creation,
        offset: int,
        part: Part,
        generation: int | None,
    ) -> Progress:
        """Record a part, if its writer is still the last who claimed."""
        if generation is None:
            self._open(session, actor, creation, None)
        photo = _own(session, actor, creation.photo_id)
        upload = _locked_upload(session, creation.photo_id)
        if upload is None:
            # Finished by somebody else meanwhile.
            return self._progress(session, photo)
        newer = generation is not None and upload.generation != generation
        if newer or upload.offset != offset:
            raise UploadOffset()
        upload.generation += 1
        upload.parts = [*upload.parts, [part.name, part.size]]
        upload.offset += part.size
        upload.writing = None
        session.flush()
        return self._progress(session, photo)

    def _take_over(
        self, session: Session, actor: Actor, photo_id: UUID
    ) -> tuple[Creation, Progress]:
        photo = _own(session, actor, photo_id)
        upload = _locked_upload(session, photo_id)
        if photo.state not in photos.SETTLED and (
            upload is None or upload.expires_at <= self._clock()
        ):
            raise NotFound("这张照片还没有开始上传,或已过期。")
        if upload is not None:
            self._adopt(upload, photo.bytes)
        return _creation(photo), self._progress(session, photo)

    def _adopt(self, upload: Upload, length: int) -> None:
        """Keep what the last writer left behind, and trust no recorded byte that is gone."""
        upload.generation += 1
        if upload.writing is not None:
            left = min(self.spool.size_of(upload.writing), length - upload.offset)
            if left:
                upload.parts = [*upload.parts, [upload.writing, left]]
                upload.offset += left
            upload.writing = None
        if any(self.spool.size_of(name) < size for name, size in upload.parts):
            # A crash of the machine took bytes that were never flushed: begin anew.
            upload.parts, upload.offset = [], 0

    def _disown(self, session: Session, photo_id: UUID, name: str) -> None:
        """Nothing of this piece counts, nor what a look already counted of it."""
        upload = _locked_upload(session, photo_id)
        if upload is None:
            return
        names = [part for part, _ in upload.parts]
        if name in names:
            # What was appended behind it hangs on wrong bytes.
            upload.parts = upload.parts[: names.index(name)]
            upload.offset = sum(size for _, size in upload.parts)
            upload.generation += 1
            upload.writing = None
        elif upload.writing == name:
            upload.writing = None

    def _start_again(self, session: Session, actor: Actor, whole: _Whole) -> list[str]:
        """The bytes were not what was promised: back to offset 0."""
        names = [name for name, _ in whole.parts]
        creation = Creation(whole.photo_id, whole.sha256, whole.length, whole.op_id)
        self._open(session, actor, creation, None)
        upload = _locked_upload(session, whole.photo_id)
        if upload is not None:
            upload.generation += 1
            upload.parts, upload.offset, upload.writing = [], 0, None
        return names

    def _keep_whole(self, session: Session, actor: Actor, whole: _Whole) -> None:
        """All bytes are here but the store is not: remember them for the next look."""
        creation = Creation(whole.photo_id, whole.sha256, whole.length, whole.op_id)
        self._open(session, actor, creation, None)
        upload = _locked_upload(session, whole.photo_id)
        if upload is not None:
            upload.generation += 1
            upload.parts = [[name, size] for name, size in whole.parts]
            upload.offset, upload.writing = whole.length, None

    def _settle(
        self,
        session: Session,
        actor: Actor,
        whole: _Whole,
        *,
        facts: PhotoFacts | None = None,
        problem: Problem | None = None,
    ) -> None:
        """Write that a photo is stored or rejected, and let go on what waited for it."""
        now = self._clock()
        creation = Creation(whole.photo_id, whole.sha256, whole.length, whole.op_id)
        photo = photos.locked(session, whole.photo_id) or _new_photo(session, actor, creation, now)
        if photo.author_id != actor.id or photo.sha256 != whole.sha256:
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

    def _refuse_declared(
        self, session: Session, actor: Actor, creation: Creation, problem: Problem
    ) -> None:
        """A photo that can never come is settled as rejected, or its record would wait for ever."""
        photo = photos.locked(session, creation.photo_id)
        if photo is None or photo.author_id != actor.id or photo.state in photos.SETTLED:
            return
        if (photo.sha256, photo.bytes) != (creation.sha256, creation.length):
            return
        now = self._clock()
        photos.mark_rejected(session, photo, problem, now)
        session.flush()
        photo_settled.send(photo, session=session, now=now)

    def _forget(
        self, session: Session, actor: Actor, photo_id: UUID
    ) -> tuple[list[str], str | None]:
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


def _read(stream: BinaryIO, most: int) -> bytes:
    """Read from a client; one that went away simply has nothing more to say."""
    while True:
        try:
            return stream.read(most)
        except (OSError, EOFError):
            # What came before the break may still lie in the server's buffer: ask for less.
            if most <= LEAST:
                return b""
            most //= 2


def _own(session: Session, actor: Actor, photo_id: UUID) -> Photo:
    photo = photos.locked(session, photo_id)
    if photo is None or photo.author_id != actor.id:
        raise NotFound("没有这个上传。")
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


def _parts(session: Session, photo_id: UUID) -> list[tuple[str, int]]:
    upload = _locked_upload(session, photo_id)
    if upload is None:
        # Finished by somebody else meanwhile, who took the parts away.
        return []
    return [(str(name), int(size)) for name, size in upload.parts]


_PROBLEMS: dict[str, type[Problem]] = {
    kind.slug: kind
    for kind in (
        PhotoTooLarge,
        PhotoNotAnImage,
        PhotoHeic,
        PhotoTruncated,
        PhotoTrailingData,
        PhotoTooManyPixels,
        PhotoManyFrames,
    )
}
