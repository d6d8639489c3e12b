"""Failpoints 故障点: named points at which a test kills or fails this process; off otherwise.

`INSPECT_FAILPOINTS=push.applied=kill@2,spool.write=enospc@1` arms two of them. Hits are counted
in `$INSPECT_HOME/failpoints/` across restarts and processes, so a point armed for its second hit
fails once, and the restarted process runs on.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast, get_args

Action = Literal["kill", "error", "enospc"]

# Every point at which a crash could separate what belongs together, and the state at that point.
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
    "notify.claimed": "a delivery is leased, nothing was sent",
    "notify.delivered": "the receiver has the message, no row says so",
    "sweep.chosen": "the cleanup knows what it will remove, and has removed nothing",
    "demo.rows-removed": "the demonstration has no row any more, its objects are in the store",
    "backup.rows": "a backup has the rows, not the photographs",
    "backup.photos": "a backup is whole, the database does not know of it",
    "restore.photos": "a restore has put back the photographs, not the rows",
    "restore.rows": "a restore has put back everything, the epoch is the old one",
}


class FailpointReached(Exception):
    """Raised at an armed point whose action is `error`."""


class FailpointsWrong(ValueError):
    """A specification without a valid point or action."""


@dataclass(frozen=True, slots=True)
class Failpoint:
    """The action of an armed point, and the hit at which it acts."""

    action: Action
    hit: int


_armed: dict[str, Failpoint] = {}
_hits_folder = Path()


def parse(specification: str) -> dict[str, Failpoint]:
    """Read a specification of points to arm. Raises `FailpointsWrong` with the reason."""
    points = {}
    for part in filter(None, specification.split(",")):
        name, _, rest = part.strip().partition("=")
        action, _, hit = rest.partition("@")
        if name not in POINTS:
            raise FailpointsWrong(f"there is no point {name!r}")
        if action not in get_args(Action) or not (hit or "1").isdigit():
            raise FailpointsWrong(f"{part!r} is not name=kill|error|enospc[@hit]")
        points[name] = Failpoint(cast(Action, action), int(hit or "1"))
    return points


# Called at every point of the product. Outside tests nothing is armed, and it is a look-up in an
# empty dictionary, which costs no Python call.
reach: Callable[[str], object] = _armed.get


def arm(points: Mapping[str, Failpoint], hits_folder: Path) -> None:
    """Arm just these points in this process; their hits are counted in `hits_folder`."""
    global _hits_folder, reach
    _armed.clear()
    _armed.update(points)
    if points:
        hits_folder.mkdir(parents=True, exist_ok=True)
        _hits_folder = hits_folder
    reach = _reach_armed if points else _armed.get


def _reach_armed(name: str) -> None:
    """Count a hit of a point, and act when it is the hit the point is armed for."""
    point = _armed.get(name)
    if point is None:
        return
    # One byte per hit, appended: two processes never count the same hit.
    counter = os.open(_hits_folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(counter, b".")
        hit = os.lseek(counter, 0, os.SEEK_CUR)
    finally:
        os.close(counter)
    if hit != point.hit:
        return
    if point.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if point.action == "enospc":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
    raise FailpointReached(name)
