"""The checker 核账: compares database, bucket and phones, and prints what is lost, duplicated,
orphaned, dangling or incomplete.

    python -m tests.reliability.checker --database URL [--store settings.json] [--dump phones.json]…

It knows no service: it reads tables, objects and dumps, and judges by the invariants of the
design (I1–I12). Each check names the invariants it keeps; two are kept elsewhere: I8 (device
time) and I10 (every op visible to its author) are rules of single screens and ops, tested there.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.config import database_url
from inspect_server.core import access
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
from media import keys
from media.store import ObjectStore, StoreSettings
from schemas.vocabulary import (
    Collection,
    DerivativeState,
    Move,
    MoveStatus,
    ObservationState,
    OpKind,
    OpStatus,
    PhotoState,
    SystemEvent,
    TaskState,
    VisitState,
)

SETTLED = (PhotoState.STORED, PhotoState.REJECTED)
FINAL = ("accepted", "duplicate", "conflict", "quarantined")
READERS = 8
RETENTION = timedelta(days=14)


class Kind(StrEnum):
    """What can be wrong; only an orphan is harmless."""

    LOST = "lost"
    DUPLICATED = "duplicated"
    ORPHANED = "orphaned"
    DANGLING = "dangling"
    INCOMPLETE = "incomplete"
    UNPUBLISHED = "unpublished"
    DISORDER = "disorder"


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """One thing that is wrong: which promise, about what, and how."""

    kind: Kind
    invariant: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind:<11} {self.invariant:<4} {self.subject}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Report:
    """What the checker found, and how much it looked at."""

    findings: tuple[Finding, ...]
    counted: Mapping[str, int]

    @property
    def ok(self) -> bool:
        """Whether no promise is broken; orphans are listed, and harmless."""
        return not self.broken

    @property
    def broken(self) -> list[Finding]:
        """Every finding that breaks a promise."""
        return [one for one in self.findings if one.kind is not Kind.ORPHANED]

    def count(self, kind: Kind) -> int:
        """How many findings of a kind."""
        return sum(one.kind is kind for one in self.findings)

    def lines(self) -> list[str]:
        """The report as a person reads it: sums first, then every finding."""
        looked = ", ".join(f"{n} {what}" for what, n in self.counted.items())
        sums = " · ".join(f"{kind} {self.count(kind)}" for kind in Kind)
        return [f"looked at {looked}", sums, *map(str, self.findings)]


# --- what phones say ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dump:
    """What one phone holds and was told, as JSON (every part but the first two may be absent).

    - `device_id`, `person_id`
    - `ops`: {op_id: {state, content}}, the rows of its queue; `content` is the op as it goes over
      the wire, without its clock
    - `photos`: {photo_id: {state, sha256, bytes, op_id, held, stored_at}}; `held` says that the
      bytes are on the phone and hash to `sha256`, `stored_at` is the server's time of the receipt
    - `saved`: {op_id: [photo_id]}, what it ever showed its person as saved
    - `told`: {"ops": {op_id: status}, "photos": {photo_id: word}}, every final word it ever got
    - `records`: {observation_id: {version, state, task_state}}, its pulled copies; absent when it
      was not asked to pull
    - `errands`: {visit_id: version}, its pulled copies of visits; absent when it did not pull
    - `whole`: the phone is a whole witness: no op of this device was made anywhere else
    - `quiet`: faults have stopped and it synced until it had nothing more to do
    """

    device_id: str
    person_id: str
    ops: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    photos: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    saved: Mapping[str, list[str]] = field(default_factory=dict)
    told: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    records: Mapping[str, Mapping[str, Any]] | None = None
    errands: Mapping[str, int] | None = None
    whole: bool = False
    quiet: bool = False

    @property
    def told_ops(self) -> Mapping[str, str]:
        return self.told.get("ops", {})

    @property
    def told_photos(self) -> Mapping[str, str]:
        return self.told.get("photos", {})

    @property
    def name(self) -> str:
        return f"phone {self.device_id[:8]}"


def read_dump(document: Mapping[str, Any]) -> Dump:
    """Read a dump; what it says beyond the known parts is passed over."""
    known = {name: document[name] for name in Dump.__slots__ if name in document}
    return Dump(**known)


# --- what the store holds ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Object:
    """One object: how long it is, and what its bytes hash to."""

    bytes: int
    sha256: str


def read_bucket(store: ObjectStore, prefix: str = "") -> dict[str, Object]:
    """Read and hash every object of a bucket."""

    def look(key: str) -> tuple[str, Object]:
        content = store.get(key)
        return key, Object(len(content), hashlib.sha256(content).hexdigest())

    with ThreadPoolExecutor(READERS) as threads:
        return dict(threads.map(look, list(store.list_keys(prefix))))


# --- what the database holds ---------------------------------------------------------------------


@dataclass(frozen=True)
class Books:
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
    def read(cls, session: Session) -> Books:
        """Read the tables; demo rows are nobody's."""

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


@dataclass(frozen=True)
class Case:
    """Everything there is to judge."""

    books: Books
    bucket: Mapping[str, Object] | None
    dumps: list[Dump]
    # A younger backup was put back: what a desk did since then is nobody's loss.
    restored: bool


Check = Callable[[Case], Iterator[Finding]]
CHECKS: list[Check] = []


def check(function: Check) -> Check:
    """Enter a check into the list."""
    CHECKS.append(function)
    return function


def examine(
    session: Session,
    bucket: Mapping[str, Object] | None = None,
    dumps: Iterable[Mapping[str, Any]] = (),
    *,
    restored: bool = False,
) -> Report:
    """Judge database, bucket (None: not looked at) and phones together."""
    return judge(Books.read(session), bucket, dumps, restored=restored)


def judge(
    books: Books,
    bucket: Mapping[str, Object] | None,
    dumps: Iterable[Mapping[str, Any]],
    *,
    restored: bool,
) -> Report:
    """Judge rows that were read, a bucket and phones together."""
    case = Case(books, bucket, [read_dump(d) for d in dumps], restored)
    findings = sorted({finding for one in CHECKS for finding in one(case)})
    counted = {
        "ops": len(books.ops),
        "records": len(books.observations),
        "tasks": len(books.tasks),
        "moves": len(books.moves),
        "visits": len(books.visits),
        "photos": len(books.photos),
        "objects": len(bucket or {}),
        "phones": len(case.dumps),
    }
    return Report(tuple(findings), counted)


def examine_at(
    url: str,
    store: ObjectStore | None = None,
    dumps: Iterable[Mapping[str, Any]] = (),
    *,
    restored: bool = False,
) -> Report:
    """Judge a database by its address, and the bucket of a store.

    Rows are read before the bucket: a running worker puts an object before the row that names it.
    """
    engine = sa.create_engine(database_url({"INSPECT_DATABASE_URL": url}, Path()))
    try:
        with Session(engine) as session:
            books = Books.read(session)
        bucket = None if store is None else read_bucket(store)
        return judge(books, bucket, dumps, restored=restored)
    finally:
        engine.dispose()


# --- lost ----------------------------------------------------------------------------------------


@check
def told_ops_are_here(case: Case) -> Iterator[Finding]:
    """I2, I3, I7: an op a phone was told a final word of is kept, with that word and its text."""
    for dump in case.dumps:
        for op_id, word in dump.told_ops.items():
            kept = case.books.ops.get(UUID(op_id))
            if kept is None or str(kept.person_id) != dump.person_id:
                if case.restored and op_id in dump.ops and not dump.quiet:
                    # It is offered again as soon as the phone hears of the restored backup.
                    continue
                yield Finding(Kind.LOST, "I2", f"op {op_id}", f"{dump.name} was told {word}")
            elif not case.restored and _family(word) != _family(str(kept.status)):
                yield Finding(
                    Kind.LOST, "I3", f"op {op_id}", f"told {word}, the server says {kept.status}"
                )


def _family(word: str) -> str:
    return "accepted" if word == "duplicate" else word


@check
def saved_ops_are_somewhere(case: Case) -> Iterator[Finding]:
    """I2, I6, I12: what was shown as saved is in the phone's queue or on the server."""
    for dump in case.dumps:
        for op_id in dump.saved:
            if op_id in dump.ops or UUID(op_id) in case.books.ops:
                continue
            yield Finding(Kind.LOST, "I6", f"op {op_id}", f"{dump.name} showed it as saved")


@check
def ops_are_kept_to_the_letter(case: Case) -> Iterator[Finding]:
    """I2: the op the server keeps is the op the phone holds; a frozen op never changes."""
    for dump in case.dumps:
        for op_id, row in dump.ops.items():
            kept = case.books.ops.get(UUID(op_id))
            if kept is None or "content" not in row:
                continue
            body = {k: v for k, v in kept.body.items() if k != "clock"}
            mine = {k: v for k, v in row["content"].items() if k != "clock"}
            if body != mine:
                other = sorted(k for k in {*body, *mine} if body.get(k) != mine.get(k))
                yield Finding(Kind.LOST, "I2", f"op {op_id}", f"kept with other {other}")


@check
def bytes_are_somewhere(case: Case) -> Iterator[Finding]:
    """I1: the bytes of every saved photo are on the phone or in the store, or were refused."""
    for dump in case.dumps:
        saved = {photo_id for photos in dump.saved.values() for photo_id in photos}
        for photo_id in sorted(saved | set(dump.photos)):
            held = bool(dump.photos.get(photo_id, {}).get("held"))
            there = case.books.photos.get(UUID(photo_id))
            if held or (there is not None and there.state in SETTLED):
                continue
            if photo_id not in saved and dump.photos[photo_id].get("op_id") is None:
                continue
            state = there.state if there else "unknown"
            yield Finding(
                Kind.LOST, "I1", f"photo {photo_id}", f"not on {dump.name}, server: {state}"
            )


@check
def bytes_leave_only_for_a_receipt(case: Case) -> Iterator[Finding]:
    """I1: bytes left the phone only after the word `stored`, and once a backup holds them."""
    covered = case.books.backed_up_to
    for dump in case.dumps:
        for photo_id, photo in dump.photos.items():
            if photo.get("held") or photo.get("op_id") is None:
                continue
            subject = f"photo {photo_id}"
            if dump.told_photos.get(photo_id) != "stored":
                yield Finding(Kind.LOST, "I1", subject, f"left {dump.name} without a receipt")
            elif photo.get("stored_at") and not case.restored:
                since = datetime.fromisoformat(photo["stored_at"])
                if (covered is None or since >= covered) and datetime.now(UTC) - since < RETENTION:
                    yield Finding(Kind.LOST, "I1", subject, f"left {dump.name} before a backup")


@check
def told_photos_are_stored(case: Case) -> Iterator[Finding]:
    """I1, I9: a photo a phone was told is stored is stored, under the phone's own hash."""
    for dump in case.dumps:
        for photo_id, word in dump.told_photos.items():
            there = case.books.photos.get(UUID(photo_id))
            mine = dump.photos.get(photo_id, {})
            if word != "stored":
                continue
            if there is None or there.state is not PhotoState.STORED:
                if case.restored and mine.get("held"):
                    continue
                state = there.state if there else "unknown"
                yield Finding(Kind.LOST, "I1", f"photo {photo_id}", f"told stored, server: {state}")
            elif mine.get("sha256", there.sha256) != there.sha256:
                yield Finding(Kind.LOST, "I9", f"photo {photo_id}", "stored under another hash")


@check
def refused_ops_are_shown(case: Case) -> Iterator[Finding]:
    """I7: what was not applied lies verbatim in the quarantine."""
    shown = {(q.person_id, q.digest) for q in case.books.quarantined}
    for op in case.books.ops.values():
        if op.status is not OpStatus.ACCEPTED and (op.person_id, op.digest) not in shown:
            yield Finding(Kind.LOST, "I7", f"op {op.op_id}", f"{op.status}, nobody can see it")


@check
def accepted_ops_have_their_effects(case: Case) -> Iterator[Finding]:
    """I2: an accepted op left its record, its photos, its move; all of it or nothing."""
    books = case.books
    for op in books.ops.values():
        if op.status is not OpStatus.ACCEPTED:
            continue
        there: Any = True
        match op.kind:
            case OpKind.OBSERVATION_CREATE:
                record = books.observations.get(op.entity_id) if op.entity_id else None
                there = record is not None and record.op_id == op.op_id
            case OpKind.OBSERVATION_AMEND | OpKind.OBSERVATION_WITHDRAW:
                there = op.entity_id in books.observations
            case OpKind.TASK_MOVE:
                there = op.op_id in books.moves
            case OpKind.VISIT_RECORD:
                visit = books.visits.get(op.entity_id) if op.entity_id else None
                there = visit is not None and visit.op_id == op.op_id
        if not there:
            yield Finding(
                Kind.LOST, "I2", f"op {op.op_id}", f"accepted, its {op.kind} left nothing"
            )
        for declared in op.body.get("photos") or ():
            photo = books.photos.get(UUID(declared["photo_id"]))
            if photo is None or photo.op_id != op.op_id or photo.declared_at is None:
                yield Finding(
                    Kind.LOST, "I2", f"photo {declared['photo_id']}", f"not attached to {op.op_id}"
                )


# --- duplicated ----------------------------------------------------------------------------------


@check
def nothing_came_twice(case: Case) -> Iterator[Finding]:
    """I2, I3: one deed is one op; the server holds no op its phone never made."""
    seen: dict[str, UUID] = {}
    for op in case.books.ops.values():
        deed = {k: v for k, v in op.body.items() if k not in ("op_id", "clock")}
        mark = json.dumps([op.device_id, deed], sort_keys=True, ensure_ascii=False)
        if mark in seen:
            yield Finding(Kind.DUPLICATED, "I2", f"op {op.op_id}", f"the same deed as {seen[mark]}")
        seen[mark] = op.op_id
    made: dict[str, set[UUID]] = {
        dump.device_id: {UUID(i) for i in {*dump.ops, *dump.saved, *dump.told_ops}}
        for dump in case.dumps
        if dump.whole
    }
    for op in case.books.ops.values():
        if op.device_id in made and op.op_id not in made[op.device_id]:
            yield Finding(Kind.DUPLICATED, "I2", f"op {op.op_id}", "its phone never made it")


@check
def one_record_one_task(case: Case) -> Iterator[Finding]:
    """I2, I3: every record has one op that made it, and one task."""
    books = case.books
    tasks = Tally(task.observation_id for task in books.tasks.values())
    for record in books.observations.values():
        maker = books.ops.get(record.op_id)
        if maker is None:
            yield Finding(Kind.LOST, "I2", f"record {record.id}", "no op made it")
        if tasks[record.id] != 1:
            kind = Kind.DUPLICATED if tasks[record.id] else Kind.LOST
            yield Finding(kind, "I2", f"record {record.id}", f"{tasks[record.id]} tasks")
    makers = Tally(
        op.entity_id
        for op in books.ops.values()
        if op.kind == OpKind.OBSERVATION_CREATE and op.status is OpStatus.ACCEPTED
    )
    for entity_id, times in makers.items():
        if times > 1:
            yield Finding(Kind.DUPLICATED, "I3", f"record {entity_id}", f"created {times} times")


@check
def corrections_count_once(case: Case) -> Iterator[Finding]:
    """I3: a record's version counts its accepted corrections, each once."""
    books = case.books
    changed = Tally(
        op.entity_id
        for op in books.ops.values()
        if op.status is OpStatus.ACCEPTED
        and op.kind in (OpKind.OBSERVATION_AMEND, OpKind.OBSERVATION_WITHDRAW)
    )
    for record in books.observations.values():
        if record.version != 1 + changed[record.id]:
            kind = Kind.DUPLICATED if record.version > 1 + changed[record.id] else Kind.LOST
            yield Finding(
                kind,
                "I3",
                f"record {record.id}",
                f"version {record.version} after {changed[record.id]} corrections",
            )


@check
def moves_happen_once(case: Case) -> Iterator[Finding]:
    """I3: an applied move, a recorded visit has exactly one event; a lapsed move has none."""
    books = case.books
    happened: Tally[tuple[UUID, str]] = Tally()
    for events in books.events.values():
        for event in events:
            if event.move_id is not None:
                happened[event.move_id, event.move] += 1
    for move in books.moves.values():
        times = happened[move.id, move.move]
        wanted = 1 if move.status is MoveStatus.APPLIED else 0
        if times != wanted:
            kind = Kind.DUPLICATED if times > wanted else Kind.LOST
            yield Finding(
                kind, "I3", f"move {move.id}", f"{move.move} {move.status}, {times} events"
            )
    known = {move_id for move_id, _ in happened}
    found = {v.op_id: v for v in books.visits.values() if v.op_id}
    for op_id, visit in found.items():
        times = happened[op_id, SystemEvent.VISIT_RECORDED]
        if times != 1 or visit.state is not VisitState.DONE:
            kind = Kind.DUPLICATED if times > 1 else Kind.LOST
            yield Finding(kind, "I3", f"visit {visit.id}", f"{visit.state}, {times} events")
        if books.ops.get(op_id) is None:
            yield Finding(Kind.LOST, "I2", f"visit {visit.id}", "its op is not kept")
    for move_id in sorted(known - set(books.moves) - set(found)):
        yield Finding(Kind.DUPLICATED, "I2", f"move {move_id}", "an event without its move")


# --- bytes ---------------------------------------------------------------------------------------


@check
def stored_rows_have_their_bytes(case: Case) -> Iterator[Finding]:
    """I9: a row `stored` names an object that hashes to the phone's sha-256."""
    if case.bucket is None:
        return
    for photo in case.books.photos.values():
        if photo.state is not PhotoState.STORED:
            continue
        found = case.bucket.get(photo.object_key or "")
        if found is None:
            yield Finding(Kind.DANGLING, "I9", f"photo {photo.id}", "stored without bytes")
        elif (found.sha256, found.bytes) != (photo.sha256, photo.bytes):
            yield Finding(Kind.DANGLING, "I9", f"photo {photo.id}", "the store holds other bytes")
        if photo.derivative is DerivativeState.READY:
            for key in (photo.review_key, photo.thumb_key):
                if key not in case.bucket:
                    yield Finding(Kind.DANGLING, "I9", f"photo {photo.id}", f"ready without {key}")


@check
def objects_have_their_rows(case: Case) -> Iterator[Finding]:
    """Harmless: objects no row names; the sweep takes them away after its grace."""
    if case.bucket is None:
        return
    named: set[str] = set()
    for photo in case.books.photos.values():
        named |= {photo.object_key or "", photo.review_key or "", photo.thumb_key or ""}
        # Stored before its row: the next look finishes it.
        named |= {keys.original(photo.id, photo.sha256), keys.review(photo.id)}
        named.add(keys.thumb(photo.id))
    for key in sorted(set(case.bucket) - named):
        if key.startswith(("original/", "review/", "thumb/")):
            yield Finding(Kind.ORPHANED, "-", key, "no row names it")


@check
def transfers_end(case: Case) -> Iterator[Finding]:
    """I2, I9: a settled photo has no transfer under way, and a stored one its work ordered."""
    for photo in case.books.photos.values():
        if photo.state in SETTLED and photo.id in case.books.uploads:
            yield Finding(Kind.DANGLING, "I3", f"photo {photo.id}", f"{photo.state} and under way")
        if photo.state is PhotoState.STORED and photo.id not in case.books.jobs:
            yield Finding(Kind.INCOMPLETE, "I2", f"photo {photo.id}", "no copies were ordered")


# --- whole or marked -----------------------------------------------------------------------------


def _of_record(books: Books) -> dict[UUID, list[Photo]]:
    photos: dict[UUID, list[Photo]] = defaultdict(list)
    for photo in books.photos.values():
        if photo.observation_id is not None:
            photos[photo.observation_id].append(photo)
    return photos


@check
def records_are_whole_or_marked(case: Case) -> Iterator[Finding]:
    """I11: a record with a photo still missing says so; a whole one does not wait."""
    photos = _of_record(case.books)
    by_record = {task.observation_id: task for task in case.books.tasks.values()}
    for record in case.books.observations.values():
        states = [photo.state for photo in photos[record.id]]
        whole = all(state is PhotoState.STORED for state in states)
        subject = f"record {record.id}"
        if record.state is ObservationState.COMPLETE and not whole:
            yield Finding(Kind.INCOMPLETE, "I11", subject, "shown as complete")
        if record.state is ObservationState.INCOMPLETE and whole:
            yield Finding(Kind.INCOMPLETE, "I11", subject, "whole, and marked incomplete")
        task = by_record.get(record.id)
        settled = all(state in SETTLED for state in states)
        if task and task.state is TaskState.AWAITING_EVIDENCE and settled:
            yield Finding(Kind.INCOMPLETE, "I11", subject, "its task waits for nothing")
        if task and task.state is not TaskState.AWAITING_EVIDENCE and not settled:
            moves = {event.move for event in case.books.events[task.id]}
            if not moves & {Move.PROCEED, Move.VOID, SystemEvent.WITHDRAWN, SystemEvent.AMENDED}:
                yield Finding(Kind.INCOMPLETE, "I11", subject, "its task did not wait for a photo")


@check
def moves_wait_for_their_photos(case: Case) -> Iterator[Finding]:
    """I11: a move takes effect when its last photo is settled, neither earlier nor never."""
    declared: dict[UUID, list[Photo]] = defaultdict(list)
    for photo in case.books.photos.values():
        if photo.op_id is not None and photo.declared_at is not None:
            declared[photo.op_id].append(photo)
    for move in case.books.moves.values():
        settled = all(photo.state in SETTLED for photo in declared[move.id])
        task = case.books.tasks.get(move.task_id)
        waits = task is not None and task.pending_move_id == move.id
        subject = f"move {move.id}"
        if move.status is MoveStatus.APPLIED and not settled:
            yield Finding(Kind.INCOMPLETE, "I11", subject, "applied before its photos")
        if move.status is MoveStatus.PENDING and settled:
            yield Finding(Kind.INCOMPLETE, "I11", subject, "waits for nothing")
        if (move.status is MoveStatus.PENDING) != waits:
            yield Finding(Kind.INCOMPLETE, "I11", subject, f"{move.status}, its task disagrees")


@check
def queues_are_empty(case: Case) -> Iterator[Finding]:
    """I12: a phone that has come to rest has nothing left to deliver."""
    for dump in case.dumps:
        if not dump.quiet:
            continue
        for op_id, op in dump.ops.items():
            if op.get("state") in ("saved", "sending", "deferred"):
                yield Finding(Kind.INCOMPLETE, "I12", f"op {op_id}", f"still {op['state']}")
        for photo_id, photo in dump.photos.items():
            if photo.get("state") in ("waiting", "sent"):
                yield Finding(
                    Kind.INCOMPLETE, "I12", f"photo {photo_id}", f"still {photo['state']}"
                )
            if photo.get("state") == "lost":
                yield Finding(Kind.LOST, "I1", f"photo {photo_id}", f"{dump.name} lost its bytes")


# --- the change log ------------------------------------------------------------------------------


@check
def changes_are_numbered_once(case: Case) -> Iterator[Finding]:
    """I4: every number of the log was given by the counter, once."""
    numbers = Tally(change.seq for change in case.books.changes)
    for seq, times in numbers.items():
        if times > 1:
            yield Finding(Kind.DISORDER, "I4", f"change {seq}", f"given {times} times")
        if seq > case.books.counter:
            yield Finding(Kind.DISORDER, "I4", f"change {seq}", "beyond the counter")


@check
def every_change_is_published(case: Case) -> Iterator[Finding]:
    """I4: the reporter and the district hear of every task, the reporter of every record."""
    books = case.books
    told = {(c.audience, c.collection, c.entity_id): c for c in books.changes}
    for task in books.tasks.values():
        reporter = access.person_audience(task.reporter_id)
        wanted = [
            (reporter, Collection.TASKS, str(task.id)),
            (reporter, Collection.OBSERVATIONS, str(task.observation_id)),
            (access.district_audience(task.district_code), Collection.TASKS, str(task.id)),
        ]
        if task.unit_id and task.dispatched_at is not None:
            wanted.append((access.unit_audience(task.unit_id), Collection.TASKS, str(task.id)))
        for audience, collection, entity_id in wanted:
            change = told.get((audience, collection, entity_id))
            subject = f"{collection} {entity_id}"
            if change is None or change.deleted:
                yield Finding(Kind.UNPUBLISHED, "I4", subject, f"never told to {audience}")
            elif collection is Collection.TASKS and change.version != task.version:
                yield Finding(
                    Kind.UNPUBLISHED, "I4", subject, f"told as of version {change.version}"
                )


@check
def phones_heard_everything(case: Case) -> Iterator[Finding]:
    """I4: the copies of a phone at rest are those of the server."""
    tasks = {task.observation_id: task for task in case.books.tasks.values()}
    for dump in case.dumps:
        if not dump.quiet or dump.records is None:
            continue
        if case.books.roles.get(UUID(dump.person_id)) == "handler":
            continue
        mine = {
            record.id: record
            for record in case.books.observations.values()
            if str(record.author_id) == dump.person_id
        }
        for record in mine.values():
            subject = f"record {record.id}"
            copy = dump.records.get(str(record.id))
            task = tasks.get(record.id)
            here = (record.version, str(record.state), str(task.state) if task else None)
            if copy is None:
                yield Finding(Kind.UNPUBLISHED, "I4", subject, f"{dump.name} never heard of it")
            elif (copy["version"], copy["state"], copy["task_state"]) != here:
                yield Finding(Kind.UNPUBLISHED, "I4", subject, f"{dump.name} holds an older copy")
        for record_id in sorted(set(dump.records) - {str(i) for i in mine}):
            yield Finding(Kind.UNPUBLISHED, "I4", f"record {record_id}", f"only {dump.name} has it")


@check
def visitors_know_where_to_go(case: Case) -> Iterator[Finding]:
    """I4: a phone at rest shows the visits that are asked of its person, and no other."""
    for dump in case.dumps:
        if not dump.quiet or dump.errands is None:
            continue
        asked = {
            str(visit.id): visit.version
            for visit in case.books.visits.values()
            if str(visit.observer_id) == dump.person_id and visit.state is VisitState.ASKED
        }
        for visit_id in sorted(set(asked) | set(dump.errands)):
            here, there = dump.errands.get(visit_id), asked.get(visit_id)
            if here != there:
                told = f"{dump.name} holds version {here}, the server {there}"
                yield Finding(Kind.UNPUBLISHED, "I4", f"visit {visit_id}", told)


@check
def events_are_in_order(case: Case) -> Iterator[Finding]:
    """I3, I5: a task's events are numbered without a gap and each begins where the last ended."""
    for task in case.books.tasks.values():
        events = case.books.events[task.id]
        subject = f"task {task.id}"
        if [event.version for event in events] != list(range(1, task.version + 1)):
            numbers = [event.version for event in events]
            yield Finding(Kind.DISORDER, "I3", subject, f"version {task.version}, events {numbers}")
        if events and events[-1].to_state is not task.state:
            yield Finding(
                Kind.DISORDER, "I3", subject, f"{task.state}, its last event {events[-1].to_state}"
            )
        opened = sum(event.move == SystemEvent.OPENED for event in events)
        if opened != 1:
            yield Finding(Kind.DUPLICATED, "I2", subject, f"opened {opened} times")
        for before, after in zip(events, events[1:], strict=False):
            if after.from_state is not before.to_state:
                yield Finding(
                    Kind.DISORDER,
                    "I3",
                    subject,
                    f"{after.move} from {after.from_state} after {before.to_state}",
                )


# --- the command ---------------------------------------------------------------------------------


@click.command()
@click.option("--database", required=True, help="Address of the database.")
@click.option(
    "--store",
    type=click.Path(exists=True, path_type=Path),
    help="A JSON file with the fields of StoreSettings; without it no object is looked at.",
)
@click.option(
    "--dump",
    "dumps",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="A phone's dump, or a list of them; may be repeated.",
)
@click.option("--restored", is_flag=True, help="An older backup was put back.")
def main(database: str, store: Path | None, dumps: tuple[Path, ...], restored: bool) -> None:
    """Compare database, bucket and phones; ends with 1 when a promise is broken."""
    told: list[Mapping[str, Any]] = []
    for path in dumps:
        document = json.loads(path.read_text(encoding="utf-8"))
        told += document if isinstance(document, list) else [document]
    client = ObjectStore(StoreSettings(**json.loads(store.read_text()))) if store else None
    report = examine_at(database, client, told, restored=restored)
    for line in report.lines():
        click.echo(line)
    raise SystemExit(0 if report.ok else 1)


if __name__ == "__main__":
    main()
