"""Registration of the areas 领域登记: every area registers itself with one `Area`.

A new area makes one `Area` and is listed in `app.areas_of`; sync and worker are not edited for it.
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
from inspect_server.core.environment import AreaSettings
from inspect_server.core.job_queue import ClaimedJob
from schemas.sync import Op
from schemas.vocabulary import Collection

Clock = Callable[[], datetime]


class Versioned(Protocol):
    """An entity with a version."""

    @property
    def version(self) -> int:
        """Its current version."""


# (session, reference, actor, op, data, now) → the entity after the op. `reference` is the edition
# of `registry.reference`, `data` what the schema of the kind loaded.
ApplyOp = Callable[[Session, Any, Actor, Op, Any, datetime], Versioned]
# (session, reference, actor, ids, now) → by id, the data of those entities the actor may see.
LoadEntities = Callable[[Session, Any, Actor, Sequence[str], datetime], dict[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class OpKindHandler:
    """One kind of op 操作类型 of a batch: the schema of its data and the function that applies it.

    `apply` raises a `Problem` where the op cannot be applied: the op is then quarantined.
    """

    kind: str
    schema: Schema
    apply: ApplyOp


@dataclass(frozen=True, slots=True)
class PullCollection:
    """One collection a phone pulls.

    What a person sees of a `personal` one depends on the scope: a phone reads it again when the
    scope of its person changes.
    """

    collection: Collection
    load: LoadEntities
    personal: bool = False


class JobHandler(Protocol):
    """One kind of job 后台任务: does the work that was ordered for a subject."""

    @property
    def kind(self) -> str:
        """The value of `job.kind`."""

    @property
    def calls_outside(self) -> bool:
        """Whether it calls servers of others; these jobs run apart, so that no other job waits."""

    def run(self, job: ClaimedJob, clock: Clock) -> None:
        """Do the job and record its result; doing it twice changes nothing."""

    def give_up(self, session: Session, subject_id: UUID, now: datetime) -> None:
        """Record at the subject that its job failed and will not be tried again."""


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """Work that is due by time: alarms, cleanup. `run` returns the number of things it did.

    With `every` zero it runs in every round of the worker; `first_after` is the delay of the first
    run.
    """

    name: str
    run: Callable[[datetime], int]
    every: timedelta = timedelta(0)
    first_after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class IdleJob:
    """Work done in portions while no job is due; `start` returns a function that does a portion."""

    name: str
    start: Callable[[], Callable[[datetime], int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One area of the domain with everything it registers."""

    name: str
    # What the operator sets for it; views read them by `http.blueprint.settings_of`.
    settings: AreaSettings | None = None
    op_kinds: Sequence[OpKindHandler] = ()
    collections: Sequence[PullCollection] = ()
    job_kinds: Sequence[JobHandler] = ()
    periodic_jobs: Sequence[PeriodicJob] = ()
    idle_jobs: Sequence[IdleJob] = ()
    # Signals of lower areas, each with the function of this area that is called.
    listeners: Sequence[tuple[Signal, Callable[..., object]]] = ()
    # Routes of the access matrix 权限表 without a token; all others name their roles on the view.
    public_routes: frozenset[str] = frozenset()

    def connect(self) -> None:
        """Connect the listeners to their signals; calling it again changes nothing."""
        for signal, listener in self.listeners:
            signal.connect(listener, weak=False)
