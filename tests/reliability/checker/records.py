"""What the checker reads: dumps of phones, objects of a bucket, rows of the database."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import (
    Change,
    Counter,
    Job,
    Observation,
    Person,
    Photo,
    Quarantined,
    ReceivedOp,
    ServerState,
    Task,
    TaskEvent,
    TaskMove,
    Upload,
    Visit,
)
from media.store import ObjectStore

READERS = 8


@dataclass(frozen=True, slots=True)
class Dump:
    """What one phone holds and which answers it received, as JSON.

    Every part but the first two may be absent:

    - `device_id`, `person_id`
    - `ops`: {op_id: {state, content}}, the rows of its queue; `content` is the op as it goes over
      the wire, without its clock
    - `photos`: {photo_id: {state, sha256, bytes, op_id, held, stored_at}}; `held` says that the
      bytes are on the phone and hash to `sha256`, `stored_at` is the server's time of the receipt
    - `saved`: {op_id: [photo_id]}, what it ever showed its person as saved
    - `told`: {"ops": {op_id: status}, "photos": {photo_id: status}}, every final answer it received
    - `records`: {observation_id: {version, state, task_state}}, its pulled copies; absent when it
      did not pull
    - `visits`: {visit_id: version}, its pulled copies of visits; absent when it did not pull
    - `whole`: the dump has all ops of this device: none was made anywhere else
    - `quiet`: faults have stopped and it synced until it had nothing more to do
    """

    device_id: str
    person_id: str
    ops: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    photos: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    saved: Mapping[str, list[str]] = field(default_factory=dict)
    told: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    records: Mapping[str, Mapping[str, Any]] | None = None
    visits: Mapping[str, int] | None = None
    whole: bool = False
    quiet: bool = False

    @property
    def op_answers(self) -> Mapping[str, str]:
        return self.told.get("ops", {})

    @property
    def photo_answers(self) -> Mapping[str, str]:
        return self.told.get("photos", {})

    @property
    def name(self) -> str:
        return f"phone {self.device_id[:8]}"


def read_dump(document: Mapping[str, Any]) -> Dump:
    """Read a dump; unknown parts are ignored."""
    parts = {name: document[name] for name in Dump.__slots__ if name in document}
    return Dump(**parts)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of the bucket: its length and its hash."""

    bytes: int
    sha256: str


def read_bucket(store: ObjectStore, prefix: str = "") -> dict[str, StoredObject]:
    """Read and hash every object of a bucket."""

    def read(key: str) -> tuple[str, StoredObject]:
        content = store.get(key)
        return key, StoredObject(len(content), hashlib.sha256(content).hexdigest())

    with ThreadPoolExecutor(READERS) as threads:
        return dict(threads.map(read, list(store.list_keys(prefix))))


@dataclass(frozen=True)
class DatabaseRows:
    """Every row the checks need, read in one transaction."""

    ops: dict[UUID, ReceivedOp]
    observations: dict[UUID, Observation]
    tasks: dict[UUID, Task]
    events: dict[UUID, list[TaskEvent]]
    moves: dict[UUID, TaskMove]
    visits: dict[UUID, Visit]
    photos: dict[UUID, Photo]
    uploads: dict[UUID, Upload]
    jobs: set[UUID]
    quarantined: list[Quarantined]
    changes: list[Change]
    backed_up_to: datetime | None
    counter: int
    roles: dict[UUID, str]

    @classmethod
    def read(cls, session: Session) -> DatabaseRows:
        """Read the tables; demo rows are left out."""

        def rows(model: type[Any], *order: Any) -> list[Any]:
            return list(session.scalars(sa.select(model).order_by(*order)))

        events: dict[UUID, list[TaskEvent]] = defaultdict(list)
        for event in rows(TaskEvent, TaskEvent.version):
            events[event.task_id].append(event)
        observations = [o for o in rows(Observation) if not o.demo]
        tasks = [t for t in rows(Task) if not t.demo]
        return cls(
            {op.op_id: op for op in rows(ReceivedOp)},
            {o.id: o for o in observations},
            {t.id: t for t in tasks},
            events,
            {m.id: m for m in rows(TaskMove)},
            {v.id: v for v in rows(Visit)},
            {p.id: p for p in rows(Photo)},
            {u.photo_id: u for u in rows(Upload)},
            set(session.scalars(sa.select(Job.subject_id))),
            rows(Quarantined),
            rows(Change),
            session.scalar(sa.select(ServerState.backed_up_to)),
            session.scalar(sa.select(Counter.value).where(Counter.name == "log")) or 0,
            {p.id: str(p.role) for p in rows(Person)},
        )
