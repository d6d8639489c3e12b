"""Uploads 照片上传: bytes in pieces, kept across cuts, stored only when whole and true.

The tus protocol's rules without its headers. A slow body never holds a transaction: rows are
read and written in short ones before and after. (offset, generation) decides who may append;
a HEAD takes over what a dead writer left.
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

# A body that takes longer than this gets its row first, so a dying server loses none of it.
ROWLESS_SECONDS = 1.0
# The smallest piece asked of a client, and how soon one has come whose next may be larger.
LEAST = 1024
QUICK_SECONDS = 0.05

Result = TypeVar("Result")


class RunTransaction(Protocol):
    """A way to run one short transaction: to write, or just to look."""

    def __call__(self, work: Callable[[Session], Result], /) -> Result:
        """Run `work` in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of one request, and what the client promised about just these."""

    stream: BinaryIO
    sha256: bytes | None = None


class UploadService:
    """Takes the bytes of photos 照片上传, in one piece or several."""

    def __init__(
        self,
        write_tx: RunTransaction,
        read_tx: RunTransaction,
        spool: Spool,
        store: ObjectStore,
        clock: Callable[[], datetime],
    ) -> None:
        """Work with these engines."""
        self._write_tx = write_tx
        self._read_tx = read_tx
        self.spool = spool
        self._rows = UploadRows(spool, clock)
        self._store = store

    # --- the four requests ---

    def create(self, actor: Actor, creation: Creation, body: Body | None) -> Progress:
        """Begin an upload, with its first bytes or all of them.

        A repeated creation answers where the upload stands; its body is taken only at offset 0.
        Raises `PhotoTooLarge`, `PhotoIdReused`, `PhotoMismatch`, `UploadRejected`, and what
        finishing raises.
        """
        if creation.length > MAX_BYTES:
            problem = PhotoTooLarge()
            self._write_tx(
                partial(self._rows.refuse_declared, actor=actor, creation=creation, problem=problem)
            )
            raise problem
        found = self._read_tx(partial(self._rows.find, actor=actor, creation=creation))
        if found is not None and not found.stored and found.offset == found.length:
            # The last byte came, the store did not take it then: nobody may read this offset
            # as done before it is.
            return self._finish(actor, self._gathered(creation))
        if found is not None and (found.stored or found.offset):
            return found
        if body is None:
            return self._write_tx(partial(self._rows.open, actor=actor, creation=creation))
        begun = found is not None and found.expires_at is not None
        return self._write(actor, creation, 0, body, has_row=begun)

    def append(self, actor: Actor, photo_id: UUID, offset: int, body: Body) -> Progress:
        """Add bytes to an upload at exactly its offset.

        Raises `NotFound`, `UploadRejected`, `UploadOffset`, and what finishing raises.
        """
        creation, progress = self._read_tx(
            partial(self._rows.standing, actor=actor, photo_id=photo_id)
        )
        if progress.offset != offset:
            raise UploadOffset(
                sentence(
                    "已收到 {received} 字节,本次从 {offset} 开始。",
                    received=progress.offset,
                    offset=offset,
                )
            )
        if progress.stored:
            return progress
        return self._write(actor, creation, offset, body, has_row=True)

    def look(self, actor: Actor, photo_id: UUID) -> Progress:
        """Say where an upload stands, and shut out whoever still writes to it.

        Bytes a cut or dead writer left are kept. When the last byte is here but the photo is
        not stored yet, this finishes the job or raises `Unavailable`.
        """
        creation, progress = self._write_tx(
            partial(self._rows.take_over, actor=actor, photo_id=photo_id)
        )
        if progress.stored or progress.offset < progress.length:
            return progress
        return self._finish(actor, self._gathered(creation))

    def drop(self, actor: Actor, photo_id: UUID) -> None:
        """Forget an own upload that belongs to no record."""
        names, key = self._write_tx(partial(self._rows.forget, actor=actor, photo_id=photo_id))
        self.spool.drop(names)
        if key:
            for lying in (key, keys.review(photo_id), keys.thumb(photo_id)):
                self._store.delete(lying)

    # --- writing ---

    def _write(
        self, actor: Actor, creation: Creation, offset: int, body: Body, *, has_row: bool
    ) -> Progress:
        """Take the body into a part of its own, then append it if nobody came between."""
        part = Part(self.spool.new_name(creation.photo_id))
        claim = Claim(actor, creation, offset, part)
        if has_row:
            claim = self._become_writer(claim)
        failpoints.reach("upload.claimed")
        claim = self._take(claim, body)
        failpoints.reach("upload.received")
        if body.sha256 is not None and part.digest.digest() != body.sha256:
            self._write_tx(partial(self._rows.disown, photo_id=creation.photo_id, name=part.name))
            self.spool.drop([part.name])
            raise UploadHash(sentence("本段校验不通过,请从原位置重传。"))
        if offset == 0 and part.size == creation.length:
            parts = [(part.name, part.size)]
            return self._finish(actor, WholePhoto(creation, parts, part.digest.hexdigest()))
        progress = self._write_tx(partial(self._rows.append, claim=claim))
        failpoints.reach("upload.appended")
        if progress.stored or progress.offset < progress.length:
            return progress
        return self._finish(actor, self._gathered(creation))

    def _take(self, claim: Claim, body: Body) -> Claim:
        """Read the body into the part; one that is slow gets its row while it comes in."""
        part = claim.part
        room = claim.creation.length - claim.offset
        began = time.monotonic()
        with self.spool.writing(part.name) as file:
            most, asked_at = LEAST, began
            while chunk := _read(body.stream, min(most, room - part.size + 1)):
                if part.size + len(chunk) > room:
                    self.spool.drop([part.name])
                    raise UploadHeaders(sentence("收到的字节超过了声明的长度。"))
                failpoints.reach("spool.write")
                file.write(chunk)
                part.digest.update(chunk)
                part.size += len(chunk)
                now = time.monotonic()
                # The server hands over a piece when all of it has come: of a slow phone small
                # pieces, so that a dying process loses next to nothing.
                most = min(CHUNK, 2 * most) if now - asked_at < QUICK_SECONDS else LEAST
                asked_at = now
                if claim.generation is None and now - began > ROWLESS_SECONDS:
                    claim = self._become_writer(claim)
        return claim

    def _become_writer(self, claim: Claim) -> Claim:
        """Become the one writer; a first body that comes quickly needs no row yet."""
        generation = self._write_tx(partial(self._rows.become_writer, claim=claim))
        return replace(claim, generation=generation)

    # --- finishing ---

    def _finish(self, actor: Actor, whole: WholePhoto) -> Progress:
        """Check the whole, put it into the store, and only then say `stored`.

        Raises `UploadHash` (start again), the photo problems (refused for good), `Unavailable`
        (the bytes stay in the spool; ask again).
        """
        try:
            with self._one_file(whole) as (path, digest):
                return self._conclude(actor, whole, path, digest)
        except FileNotFoundError as error:
            # Two may finish the same photo: the first takes the parts away.
            photo_id = whole.creation.photo_id
            _, progress = self._read_tx(
                partial(self._rows.standing, actor=actor, photo_id=photo_id)
            )
            if progress.stored:
                return progress
            raise Unavailable(sentence("照片正在处理,请稍后再查询。"), retry_after=1) from error

    def _conclude(self, actor: Actor, whole: WholePhoto, path: Path, digest: str) -> Progress:
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
            with open(path, "rb") as bytes_:
                failpoints.reach("store.put")
                # S3 before the row: an orphan object is harmless, a row without bytes is not.
                self._store.put(
                    keys.original(creation.photo_id, creation.sha256),
                    bytes_,
                    bytes=creation.length,
                    sha256=creation.sha256,
                    mime=facts.mime,
                )
                failpoints.reach("upload.put")
        except StoreError as error:
            self._write_tx(partial(self._rows.keep_whole, actor=actor, whole=whole))
            raise Unavailable(
                sentence("照片存储暂不可用,已收到的字节都保留着。"), retry_after=15
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
    def _one_file(self, whole: WholePhoto) -> Iterator[tuple[Path, str]]:
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

    def _gathered(self, creation: Creation) -> WholePhoto:
        parts = self._write_tx(partial(recorded_parts, photo_id=creation.photo_id))
        return WholePhoto(creation, parts, None)


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
