"""The spool 暂存: bytes of unfinished uploads as plain files, one part per writer.

Parts are only ever appended to by the one writer that made them, so two requests for the same
photo can never mix their bytes. What is recorded of a part may be less than the file holds.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

from inspect_server.core.problems import Unavailable
from inspect_server.core.sentences import sentence

CHUNK = 64 * 1024


@dataclass(slots=True)
class Part:
    """One part being written: its name, how much it holds, and the hash of that."""

    name: str
    size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)


class Spool:
    """The folder of parts."""

    def __init__(self, folder: Path) -> None:
        """Keep parts in this folder, made when missing."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def new_name(self, photo_id: UUID) -> str:
        """Return a name no other writer has."""
        return f"{photo_id}.{uuid4().hex[:12]}"

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """Open a part for its one writer; a full disk is told as `Unavailable`."""
        try:
            # Unbuffered: what was received survives the death of this process.
            with open(self.folder / name, "ab", buffering=0) as file:
                yield file
        except OSError as error:
            raise Unavailable(
                sentence("服务器磁盘写入失败,手机会稍后重试。"), retry_after=30
            ) from error

    def size_of(self, name: str) -> int:
        """Return how many bytes a part holds; a part that is gone holds none."""
        try:
            return os.stat(self.folder / name).st_size
        except FileNotFoundError:
            return 0

    def join(self, parts: Sequence[tuple[str, int]]) -> tuple[Path, str]:
        """Return one file with the recorded bytes of all parts, and their SHA-256.

        The file is the caller's own, also when two join the same parts at once. Raises
        FileNotFoundError when a part is gone.
        """
        digest = hashlib.sha256()
        target = self.folder / f"{parts[0][0]}.{uuid4().hex[:12]}.whole"
        with open(target, "wb") as whole:
            for name, size in parts:
                left = size
                with open(self.folder / name, "rb") as part:
                    while left and (chunk := part.read(min(CHUNK, left))):
                        digest.update(chunk)
                        whole.write(chunk)
                        left -= len(chunk)
        return target, digest.hexdigest()

    def drop(self, names: Sequence[str]) -> None:
        """Remove parts that are not needed any more."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)

    def left_since(self, moment: float) -> list[str]:
        """Name what was last written before a moment, in seconds since the epoch."""
        names = []
        for path in self.folder.iterdir():
            try:
                written = path.stat().st_mtime
            except FileNotFoundError:
                # A request finished with it in between.
                continue
            if written < moment:
                names.append(path.name)
        return names
