"""What an area hands in to the application 领域登记: every area in this one shape.

A new area makes one `Area` and is listed in `app.areas`; sync and worker are not edited for it.
Imports no area.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from blinker import Signal
from marshmallow import Schema
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.job_queue import Claimed
from schemas.sync import Op
from schemas.vocabulary import Collection

Clock = Callable[[], datetime]


class Versioned(Protocol):
    """An entity that counts its versions."""

    @property
    def version(self) -> int:
        """Its version by now."""


# (session, reference, actor, op, data, now) → the entity after it. `reference` is the edition of
# `registry.reference`, `data` what the kind's schema loaded.
ApplyOp = Callable[[Session, Any, Actor, Op, Any, datetime], Versioned]
# (session, reference, actor, ids, now) → the data of those entities that are this person's to see.
LoadEntities = Callable[[Session, Any, Actor, Sequence[str], datetime], dict[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class OpKindHandler:
    """One kind of op 操作类型 a phone sends in a batch, the form of its data, and what applies it.

    `apply` raises a `Problem` where the op cannot be applied: the op is then quarantined.
    """

    kind: str
    schema: Schema
    apply: ApplyOp


@dataclass(frozen=True, slots=True)
class PullCollection:
    """One collection a phone pulls.

    `personal` ones depend on who somebody is: they are read afresh when a scope changes.
    """

    collection: Collection
    load: LoadEntities
    personal: bool = False


class JobHandler(Protocol):
    """One kind of job 后台任务: does the work ordered for a subject."""

    @property
    def kind(self) -> str:
        """The value of `job.kind`."""

    @property
    def calls_outside(self) -> bool:
        """Whether it waits for servers of others, which must not hold up the other jobs."""

    def run(self, job: Claimed, clock: Clock) -> None:
        """Do the job and write how it ended; doing it twice changes nothing."""

    def give_up(self, session: Session, subject_id: UUID, now: datetime) -> None:
        """Tell whoever waits for the subject that its job failed for good."""


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """Work that comes with time: alarms, cleanup. `run` returns how much it did.

    `every` zero means every round of the worker; `first_after` is the wait before the first run.
    """

    name: str
    run: Callable[[datetime], int]
    every: timedelta = timedelta(0)
    first_after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class IdleJob:
    """Work done a portion at a time when nothing else is due; `start` begins it for one worker."""

    name: str
    start: Callable[[], Callable[[datetime], int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One area of the domain and all it hands in."""

    name: str
    op_kinds: Sequence[OpKindHandler] = ()
    collections: Sequence[PullCollection] = ()
    job_kinds: Sequence[JobHandler] = ()
    periodic_jobs: Sequence[PeriodicJob] = ()
    idle_jobs: Sequence[IdleJob] = ()
    # Signals of areas below it, and what this area does when they are sent.
    listeners: Sequence[tuple[Signal, Callable[..., object]]] = ()
    # Rows of the access matrix 权限表 that need no token; all others name their roles on the view.
    public_routes: frozenset[str] = frozenset()

    def connect(self) -> None:
        """Subscribe its listeners; a second time changes nothing."""
        for signal, listener in self.listeners:
            signal.connect(listener, weak=False)
