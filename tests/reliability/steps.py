"""The steps of a history, drawn from a source of chance: actions of people, cycles, faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.reliability.environment import PHONES, VISITOR
from tests.reliability.network import Fault, FaultKind

OBSERVERS = ("chen-1", "chen-2")
HANDLERS = ("wang-1",)


@dataclass(frozen=True, slots=True)
class Record:
    """A person saves a record with so many photos; `unreadable`: the last one is no image."""

    phone: str
    shots: int
    outcome: str
    unreadable: bool


@dataclass(frozen=True, slots=True)
class Amend:
    """A person corrects a record, perhaps with one more photo."""

    phone: str
    which: int
    shots: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A person withdraws a record."""

    phone: str
    which: int


@dataclass(frozen=True, slots=True)
class Move:
    """A handler takes a step of a task."""

    phone: str
    which: int
    choice: int
    shots: int


@dataclass(frozen=True, slots=True)
class RecordVisit:
    """An observer records the finding of a visit 现场复核."""

    phone: str
    which: int
    choice: int
    shots: int


@dataclass(frozen=True, slots=True)
class Sync:
    """A phone runs a cycle after so many seconds, with faults; it may be killed at an await."""

    phone: str
    seconds: int
    faults: tuple[Fault, ...]
    kill_at: int | None


@dataclass(frozen=True, slots=True)
class SupervisorMove:
    """The supervisor takes a step of a task."""

    which: int
    choice: int


@dataclass(frozen=True, slots=True)
class SupervisorVisit:
    """The supervisor requests a visit of a task, or withdraws one."""

    which: int
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class OperatorAction:
    """An action of the operator: expire_token, change_epoch, back_up, restore."""

    action: str
    phone: str


Step = (
    Record
    | Amend
    | Withdraw
    | Move
    | RecordVisit
    | Sync
    | SupervisorMove
    | SupervisorVisit
    | OperatorAction
)

_STATUSES = (401, 403, 408, 429, 500, 503)


def steps(random: Random) -> Iterator[Step]:
    """Draw steps without end: actions, cycles and faults."""
    while True:
        yield _draw_step(random)


def _draw_step(random: Random) -> Step:
    chance = random.random()
    observer = random.choice(OBSERVERS)
    handler = random.choice(HANDLERS)
    if chance < 0.22:
        outcome = random.choice(("open", "open", "open", "fixed_on_spot"))
        return Record(observer, _draw_photo_count(random), outcome, random.random() < 0.04)
    if chance < 0.29:
        return Amend(observer, random.randrange(1000), random.choice((0, 0, 0, 1)))
    if chance < 0.32:
        return Withdraw(observer, random.randrange(1000))
    if chance < 0.44:
        return Move(handler, random.randrange(1000), random.randrange(6), random.choice((1, 1, 2)))
    if chance < 0.49:
        return RecordVisit(
            VISITOR, random.randrange(1000), random.randrange(6), random.choice((0, 1, 2))
        )
    if chance < 0.60:
        return SupervisorMove(random.randrange(1000), random.randrange(6))
    if chance < 0.64:
        return SupervisorVisit(random.randrange(1000), random.random() < 0.15)
    if chance < 0.67:
        actions = ("expire_token", "expire_token", "change_epoch", "back_up", "restore")
        action = random.choice(actions)
        return OperatorAction(action, random.choice(tuple(PHONES)))
    return _draw_sync(random, random.choice(tuple(PHONES)))


def _draw_photo_count(random: Random) -> int:
    return random.choices((0, 1, 2, 3, 9), (62, 26, 7, 4, 1))[0]


def _draw_sync(random: Random, phone: str) -> Sync:
    faults = [_draw_fault(random) for _ in range(random.choice((0, 0, 1, 2, 4, 6)))]
    kill_at = random.randrange(40) if random.random() < 0.15 else None
    return Sync(phone, random.choice((1, 20, 60, 600)), tuple(faults), kill_at)


def _draw_fault(random: Random) -> Fault:
    kind = random.choice((FaultKind.NONE, FaultKind.NONE, *FaultKind))
    match kind:
        case FaultKind.REPEATED:
            return Fault(kind, random.randint(2, 5))
        case FaultKind.LATE | FaultKind.OVERTAKEN:
            return Fault(kind, random.randint(1, 8))
        case FaultKind.CUT | FaultKind.GARBLED | FaultKind.CORRUPT:
            return Fault(kind, random.randint(1, 99))
        case FaultKind.STATUS:
            return Fault(kind, random.choice(_STATUSES))
    return Fault(kind)
