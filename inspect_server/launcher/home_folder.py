"""The folder of one installation: its lock, its secret key and its logs."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from inspect_server.launcher import private_files
from inspect_server.launcher.errors import StartError

_LOG_BYTES: Final = 8 * 1024 * 1024


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Keep `up` from running on this folder meanwhile. Raises `StartError` when one runs."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = take_lock(home)
    try:
        yield
    finally:
        os.close(lock)


def is_locked(home: Path) -> bool:
    """Whether an `up` runs on this folder."""
    try:
        with locked(home):
            return False
    except StartError:
        return True


def take_lock(home: Path) -> int:
    """Return the open lock file. Raises `StartError` with the number of the process that has it."""
    lock = os.open(home / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
        os.close(lock)
        raise StartError(
            f"{home} 已经有一个 up 在运行（进程 {other}）。先停掉它，"
            f"或用 INSPECT_HOME 换一个文件夹。 "
            f"(another `up`, process {other}, uses this folder)"
        ) from None
    return lock


def keep_secret(file: Path) -> None:
    """Create the key that signs links and cookies, once for this folder."""
    if not file.is_file():
        private_files.write(file, token_urlsafe(48).encode())


def rotated_log(file: Path) -> Path:
    """Return the path of a log; one that has grown too long is renamed first, one is kept."""
    with suppress(FileNotFoundError):
        if file.stat().st_size > _LOG_BYTES:
            file.replace(file.with_suffix(".old.log"))
    return file
