"""The spool 暂存: the bytes of unfinished uploads as files, one part per writing request.

Only the request that created a part appends to it, so two requests for the same photo never mix
their bytes. The recorded size of a part may be smaller than the file.
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


def spool_folder(home: Path) -> Path:
    """Return the folder of the spool, below the home folder of the service."""
    return home / "spool"


@dataclass(slots=True)
class Part:
    """A part that is being written: its name, and size and hash of its bytes so far."""

    name: str
    size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)


class Spool:
    """The folder of all parts."""

    def __init__(self, folder: Path) -> None:
        """Use this folder, and create it if it does not exist."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def new_name(self, photo_id: UUID) -> str:
        """Return a unique name for a part of this photo."""
        return f"{photo_id}.{uuid4().hex[:12]}"

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """Open a part for appending. Raises `Unavailable`, for example when the disk is full."""
        try:
            # Unbuffered, so received bytes survive when this process is killed.
            with open(self.folder / name, "ab", buffering=0) as file:
                yield file
        except OSError as error:
            raise Unavailable(
                sentence("服务器磁盘写入失败，手机会稍后重试。"), retry_after=30
            ) from error

    def size_of(self, name: str) -> int:
        """Return the size of a part in bytes, 0 if the file does not exist."""
        try:
            return os.stat(self.folder / name).st_size
        except FileNotFoundError:
            return 0

    def join(self, parts: Sequence[tuple[str, int]]) -> tuple[Path, str]:
        """Write the recorded bytes of all parts into a new file; return it and its SHA-256.

        Two callers that join the same parts get different files. Raises FileNotFoundError if a
        part does not exist.
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
        """Delete parts; names without a file are ignored."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)

    def written_before(self, moment: float) -> list[str]:
        """Return the names of files last written before a moment, in seconds since 1970."""
        names = []
        for path in self.folder.iterdir():
            try:
                modified_at = path.stat().st_mtime
            except FileNotFoundError:
                # Deleted meanwhile by the request that used it.
                continue
            if modified_at < moment:
                names.append(path.name)
        return names
