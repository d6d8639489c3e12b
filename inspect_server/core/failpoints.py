"""Failpoints 故障点: named moments at which a test may kill or fail this process; off by default.

`INSPECT_FAILPOINTS=push.applied=kill@2,spool.write=enospc@1` arms two of them. Hits are counted
in `$INSPECT_HOME/failpoints/`, over restarts and processes, so a point armed for its second hit
strikes once and the process that comes back lives.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast, get_args

Action = Literal["kill", "error", "enospc"]

# Every boundary at which a crash could part what belongs together, and what is true there.
POINTS: Final[Mapping[str, str]] = {
    "push.op-applied": "one op of a batch is applied in its savepoint, nothing is committed",
    "push.applied": "the whole batch is applied, nothing is committed",
    "commit.unpublished": "a transaction's rows are written, its change-log numbers are not",
    "commit.published": "the change log is numbered, nothing is committed",
    "commit.done": "the transaction is committed, nobody has been told",
    "upload.claimed": "the upload names its writer, no byte is on the disk",
    "spool.write": "a piece of a body is about to be written to the spool",
    "upload.received": "the body's bytes are on the disk, the row does not count them",
    "upload.appended": "the row counts the body's bytes",
    "upload.joined": "all bytes lie in one file and hash rightly, the store has none",
    "store.put": "an original is about to be put into the store",
    "upload.put": "the store has the original, no row says so",
    "upload.settled": "the photo is stored, its parts still lie in the spool",
    "upload.cleared": "the photo is stored and its parts are gone, nobody has been told",
    "derive.claimed": "a job is leased, no copy is made",
    "derive.half-put": "the store has the review copy, not the thumbnail",
    "derive.put": "the store has both copies, no row says so",
    "derive.done": "the copies are ready and the job is done",
    "notify.told": "a notice is written, its transaction is open",
    "notify.claimed": "a delivery is leased, nothing has left the house",
    "notify.delivered": "the receiver has the message, no row says so",
    "sweep.chosen": "the sweep knows what it will remove, and has removed nothing",
    "backup.rows": "a backup has the rows, not the photographs",
    "backup.photos": "a backup is whole, the database does not know of it",
    "restore.photos": "a restore has put back the photographs, not the rows",
    "restore.rows": "a restore has put back everything, the epoch is the old one",
}


class Struck(Exception):
    """故障: what an armed point raises when it is to fail, not to kill."""


class FailpointsWrong(ValueError):
    """A specification that names no point or no action."""


@dataclass(frozen=True, slots=True)
class Trap:
    """What an armed point does, and at which hit."""

    action: Action
    hit: int


_traps: dict[str, Trap] = {}
_ledger = Path()


def parse(specification: str) -> dict[str, Trap]:
    """Read which points are to be armed. Raises `FailpointsWrong` with what is wrong."""
    traps = {}
    for part in filter(None, specification.split(",")):
        name, _, what = part.strip().partition("=")
        action, _, hit = what.partition("@")
        if name not in POINTS:
            raise FailpointsWrong(f"there is no point {name!r}")
        if action not in get_args(Action) or not (hit or "1").isdigit():
            raise FailpointsWrong(f"{part!r} is not name=kill|error|enospc[@hit]")
        traps[name] = Trap(cast(Action, action), int(hit or "1"))
    return traps


def arm(traps: Mapping[str, Trap], ledger: Path) -> None:
    """Arm just these points in this process; their hits are counted in the folder `ledger`."""
    global _ledger
    _traps.clear()
    _traps.update(traps)
    if traps:
        ledger.mkdir(parents=True, exist_ok=True)
        _ledger = ledger


def reach(name: str) -> None:
    """Come to a point: nothing happens unless it is armed and this is the hit it waits for."""
    if name in _traps:
        _spring(name, _traps[name])


def _spring(name: str, trap: Trap) -> None:
    # One byte a hit, appended: two processes never count the same hit.
    counter = os.open(_ledger / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(counter, b".")
        hit = os.lseek(counter, 0, os.SEEK_CUR)
    finally:
        os.close(counter)
    if hit != trap.hit:
        return
    if trap.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if trap.action == "enospc":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
    raise Struck(name)
