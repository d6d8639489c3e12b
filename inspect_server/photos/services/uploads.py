"""Uploads 照片上传: bytes in several requests, stored when complete and of the declared SHA-256.

The rules of the tus protocol, without its headers. No transaction is open while a body arrives:
rows are read and written in short ones before and after. A request may append only with the
current (offset, generation); HEAD takes over the bytes of a writer that was interrupted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from inspect_server.core import failpoints
from inspect_server.core.access import Actor
from inspect_server.core.problems import (
    PhotoHeic,
    PhotoManyFrames,
    PhotoNotAnImage,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoTrailingData,
    PhotoTruncated,
    Problem,
    Unavailable,
    UploadHash,
    UploadHeaders,
    UploadOffset,
)
from inspect_server.core.sentences import sentence
from inspect_server.photos.services.upload_rows import (
    Claim,
    Creation,
    Progress,
    UploadRows,
    WholePhoto,
    recorded_parts,
)
from inspect_server.photos.spool import CHUNK, Part, Spool
from media import keys
from media.probe import MAX_BYTES, PhotoRejected, probe
from media.store import ObjectStore, StoreError

# A body that takes longer gets a row while it arrives, so that a crash loses none of its bytes.
ROWLESS_SECONDS = 1.0
# The smallest read in bytes, and the time within which a read must return to be doubled next.
MIN_READ = 1024
QUICK_SECONDS = 0.05

Result = TypeVar("Result")


class RunTransaction(Protocol):
    """Runs one short transaction: `core.database.write_tx` or `read_tx`."""

    def __call__(self, work: Callable[[Session], Result], /) -> Result:
        """Run `work` in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of one request, and their SHA-256 if the client declared it."""

    stream: BinaryIO
    sha256: bytes | None = None


class UploadService:
    """Receives the bytes of photos 照片上传, in one request or several."""

    def __init__(
        self,
        write_tx: RunTransaction,
        read_tx: RunTransaction,
        spool: Spool,
        store: ObjectStore,
        clock: Callable[[], datetime],
    ) -> None:
        """Use these transactions, this spool, this object store and this clock."""
        self._write_tx = write_tx
        self._read_tx = read_tx
        self.spool = spool
        self._rows = UploadRows(spool, clock)
        self._store = store

    # --- the four requests ---

    def create(self, actor: Actor, creation: Creation, body: Body | None) -> Progress:
        """Create an upload, with no bytes, its first bytes or all of them.

        A repeated creation returns the progress; its body is used only at offset 0. Raises
        `PhotoTooLarge`, `PhotoIdReused`, `PhotoMismatch`, `UploadRejected`, and the problems of
        `_finish`.
        """
        if creation.length > MAX_BYTES:
            problem = PhotoTooLarge()
            self._write_tx(
                partial(self._rows.refuse_declared, actor=actor, creation=creation, problem=problem)
            )
            raise problem
        progress = self._read_tx(partial(self._rows.find, actor=actor, creation=creation))
        if progress is not None and not progress.stored and progress.offset == progress.length:
            # All bytes have arrived, but the object store did not take the photo: finish it before
            # a client reads this offset as stored.
            return self._finish(actor, self._whole_photo(creation))
        if progress is not None and (progress.stored or progress.offset):
            return progress
        if body is None:
            return self._write_tx(partial(self._rows.open, actor=actor, creation=creation))
        begun = progress is not None and progress.expires_at is not None
        return self._write(actor, creation, 0, body, has_row=begun)

    def append(self, actor: Actor, photo_id: UUID, offset: int, body: Body) -> Progress:
        """Append bytes to an upload at exactly its offset.

        Raises `NotFound`, `UploadRejected`, `UploadOffset`, and the problems of `_finish`.
        """
        creation, progress = self._read_tx(
            partial(self._rows.creation_and_progress, actor=actor, photo_id=photo_id)
        )
        if progress.offset != offset:
            raise UploadOffset(
                sentence(
                    "已收到 {received} 字节，本次从 {offset} 开始。",
                    received=progress.offset,
                    offset=offset,
                )
            )
        if progress.stored:
            return progress
        return self._write(actor, creation, offset, body, has_row=True)

    def progress_of(self, actor: Actor, photo_id: UUID) -> Progress:
        """Return the progress of an upload, and exclude a request that still writes to it.

        The bytes of an interrupted writer are kept. If all bytes are here but the photo is not
        stored yet, this finishes the upload. Raises `NotFound` and the problems of `_finish`.
        """
        creation, progress = self._write_tx(
            partial(self._rows.take_over, actor=actor, photo_id=photo_id)
        )
        if progress.stored or progress.offset < progress.length:
            return progress
        return self._finish(actor, self._whole_photo(creation))

    def drop(self, actor: Actor, photo_id: UUID) -> None:
        """Delete an own upload that belongs to no record. Raises `NotFound`, `UploadAttached`."""
        names, original_key = self._write_tx(
            partial(self._rows.forget, actor=actor, photo_id=photo_id)
        )
        self.spool.drop(names)
        if original_key:
            for object_key in (original_key, keys.review(photo_id), keys.thumb(photo_id)):
                self._store.delete(object_key)

    # --- writing ---

    def _write(
        self, actor: Actor, creation: Creation, offset: int, body: Body, *, has_row: bool
    ) -> Progress:
        """Write the body into its own part, then append it if no other request came between."""
        part = Part(self.spool.new_name(creation.photo_id))
        claim = Claim(actor, creation, offset, part)
        if has_row:
            claim = self._become_writer(claim)
        failpoints.reach("upload.claimed")
        claim = self._take(claim, body)
        failpoints.reach("upload.received")
        if body.sha256 is not None and part.digest.digest() != body.sha256:
            self._write_tx(
                partial(self._rows.discard_part, photo_id=creation.photo_id, name=part.name)
            )
            self.spool.drop([part.name])
            raise UploadHash(sentence("本段校验不通过，请从原位置重传。"))
        if offset == 0 and part.size == creation.length:
            parts = [(part.name, part.size)]
            return self._finish(actor, WholePhoto(creation, parts, part.digest.hexdigest()))
        progress = self._write_tx(partial(self._rows.append, claim=claim))
        failpoints.reach("upload.appended")
        if progress.stored or progress.offset < progress.length:
            return progress
        return self._finish(actor, self._whole_photo(creation))

    def _take(self, claim: Claim, body: Body) -> Claim:
        """Write the body into the part; a slow body gets its row while it arrives."""
        part = claim.part
        remaining = claim.creation.length - claim.offset
        started = time.monotonic()
        with self.spool.writing(part.name) as file:
            limit, read_at = MIN_READ, started
            while chunk := _read(body.stream, min(limit, remaining - part.size + 1)):
                if part.size + len(chunk) > remaining:
                    self.spool.drop([part.name])
                    raise UploadHeaders(sentence("收到的字节超过了声明的长度。"))
                failpoints.reach("spool.write")
                file.write(chunk)
                part.digest.update(chunk)
                part.size += len(chunk)
                now = time.monotonic()
                # A read returns when all its bytes have arrived. For a slow phone the reads are
                # small, so that a crash loses few bytes.
                limit = min(CHUNK, 2 * limit) if now - read_at < QUICK_SECONDS else MIN_READ
                read_at = now
                if claim.generation is None and now - started > ROWLESS_SECONDS:
                    claim = self._become_writer(claim)
        return claim

    def _become_writer(self, claim: Claim) -> Claim:
        """Make the request the writer of the upload, and return its claim with the generation."""
        generation = self._write_tx(partial(self._rows.become_writer, claim=claim))
        return replace(claim, generation=generation)

    # --- finishing ---

    def _finish(self, actor: Actor, whole: WholePhoto) -> Progress:
        """Check the complete photo, put it into the object store, then mark it as stored.

        Raises `UploadHash` (the upload starts again), the problems in `_PROBLEMS` (the photo is
        rejected), `Unavailable` (the bytes remain in the spool; try again).
        """
        try:
            with self._joined_file(whole) as (path, digest):
                return self._check_and_store(actor, whole, path, digest)
        except FileNotFoundError as error:
            # Two requests may finish the same photo; the first removes the parts.
            photo_id = whole.creation.photo_id
            _, progress = self._read_tx(
                partial(self._rows.creation_and_progress, actor=actor, photo_id=photo_id)
            )
            if progress.stored:
                return progress
            raise Unavailable(sentence("照片正在处理，请稍后再查询。"), retry_after=1) from error

    def _check_and_store(
        self, actor: Actor, whole: WholePhoto, path: Path, digest: str
    ) -> Progress:
        creation = whole.creation
        if digest != creation.sha256:
            names = self._write_tx(partial(self._rows.start_again, actor=actor, whole=whole))
            self.spool.drop(names)
            raise UploadHash()
        failpoints.reach("upload.joined")
        settle = partial(self._rows.settle, actor=actor, whole=whole)
        try:
            facts = probe(path)
        except PhotoRejected as refusal:
            problem = _PROBLEMS.get(refusal.slug, PhotoNotAnImage)(refusal.detail)
            self._write_tx(partial(settle, problem=problem))
            self.spool.drop([name for name, _ in whole.parts])
            raise problem from refusal
        try:
            with open(path, "rb") as file:
                failpoints.reach("store.put")
                # S3 before the row: an orphan object is harmless, a row without bytes is not.
                self._store.put(
                    keys.original(creation.photo_id, creation.sha256),
                    file,
                    bytes=creation.length,
                    sha256=creation.sha256,
                    mime=facts.mime,
                )
                failpoints.reach("upload.put")
        except StoreError as error:
            self._write_tx(partial(self._rows.keep_whole, actor=actor, whole=whole))
            raise Unavailable(
                sentence("照片存储暂不可用，已收到的字节都保留着。"), retry_after=15
            ) from error
        self._write_tx(partial(settle, facts=facts))
        failpoints.reach("upload.settled")
        self.spool.drop([name for name, _ in whole.parts])
        failpoints.reach("upload.cleared")
        return Progress(
            creation.photo_id,
            creation.length,
            creation.length,
            creation.sha256,
            stored=True,
            expires_at=None,
        )

    @contextmanager
    def _joined_file(self, whole: WholePhoto) -> Iterator[tuple[Path, str]]:
        """Yield one file with all bytes, and their SHA-256; a joined file is deleted afterwards."""
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

    def _whole_photo(self, creation: Creation) -> WholePhoto:
        parts = self._write_tx(partial(recorded_parts, photo_id=creation.photo_id))
        return WholePhoto(creation, parts, None)


def _read(stream: BinaryIO, most: int) -> bytes:
    """Read at most `most` bytes; return b"" at the end and when the connection is lost."""
    while True:
        try:
            return stream.read(most)
        except (OSError, EOFError):
            # Bytes from before the interruption may still be in the server's buffer: read fewer.
            if most <= MIN_READ:
                return b""
            most //= 2


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
