"""Histories 历史: what people, phones, desk and network do, generated from a seed, played on a
stage, and judged at the end by the checker and by what was expected.

A generator of our own rather than `RuleBasedStateMachine`: a history is plain data, independent
of how the server answers, so that the very same one drives the model and the real phone, a seed
is the whole reproduction, and its trace can be compared between two runs. Hypothesis still
searches: it hands the generator its own `Random` and shrinks what it finds.

    python -m tests.reliability.histories --seed 7            play one history and print its trace
    python -m tests.reliability.histories --first 0 --n 1000  play many
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import count
from os import environ
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import clock
from inspect_server.core.database import db
from inspect_server.models import (
    Observation,
    Photo,
    ReceivedOp,
    ServerState,
    Task,
    TaskEvent,
    TaskMove,
)
from inspect_server.tasks.rules.evidence import MAX_PHOTOS
from media.store import StoreSettings
from schemas.vocabulary import (
    MoveStatus,
    ObservationState,
    OpKind,
    OpStatus,
    PhotoState,
    TaskState,
)
from tests.reliability import checker, environment, node_phones
from tests.reliability.checker import Report, StoredObject
from tests.reliability.environment import PHONES, VISITOR, Stage
from tests.reliability.model import ModelPhone
from tests.reliability.network import Fault, Names, Network, Trouble
from tests.reliability.phone import Phone
from tests.support import database, stores
from tests.support.actors import Shot, jpeg

OPS = 50
# A phone that has not come to rest after so many cycles without faults never will.
MAX_ROUNDS = 12
OBSERVERS = ("chen-1", "chen-2")
HANDLERS = ("wang-1",)
BAD_SHOT = 40
# How often the checker looks while faults are still about.
LOOK_EVERY = 5


# --- steps ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """A person saves a record with so many photos; `spoiled`: the last is no image."""

    phone: str
    shots: int
    outcome: str
    spoiled: bool


@dataclass(frozen=True, slots=True)
class Amend:
    """A person corrects a record, perhaps with one more photo."""

    phone: str
    which: int
    shots: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A person takes a record back."""

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
class Look:
    """Who was sent tells what was found on the spot."""

    phone: str
    which: int
    choice: int
    shots: int


@dataclass(frozen=True, slots=True)
class Sync:
    """A phone runs a cycle after so many seconds, meets faults, and may be killed at an await."""

    phone: str
    seconds: int
    faults: tuple[Fault, ...]
    kill_at: int | None


@dataclass(frozen=True, slots=True)
class Desk:
    """The supervisor takes a step of a task."""

    which: int
    choice: int


@dataclass(frozen=True, slots=True)
class Send:
    """The supervisor sends somebody to look at a task on the spot, or calls a visit off."""

    which: int
    called_off: bool


@dataclass(frozen=True, slots=True)
class Operator:
    """Something an operator does: end_token, bump_epoch, back_up, restore."""

    what: str
    phone: str


Step = Record | Amend | Withdraw | Move | Look | Sync | Desk | Send | Operator

_STATUSES = (401, 403, 408, 429, 500, 503)


def steps(random: Random) -> Iterator[Step]:
    """Go on for ever: deeds, cycles, faults, as the source of chance will have it."""
    while True:
        yield _step(random)


def _step(random: Random) -> Step:
    chance = random.random()
    observer = random.choice(OBSERVERS)
    handler = random.choice(HANDLERS)
    if chance < 0.22:
        outcome = random.choice(("open", "open", "open", "fixed_on_spot"))
        return Record(observer, _shots(random), outcome, random.random() < 0.04)
    if chance < 0.29:
        return Amend(observer, random.randrange(1000), random.choice((0, 0, 0, 1)))
    if chance < 0.32:
        return Withdraw(observer, random.randrange(1000))
    if chance < 0.44:
        return Move(handler, random.randrange(1000), random.randrange(6), random.choice((1, 1, 2)))
    if chance < 0.49:
        return Look(VISITOR, random.randrange(1000), random.randrange(6), random.choice((0, 1, 2)))
    if chance < 0.60:
        return Desk(random.randrange(1000), random.randrange(6))
    if chance < 0.64:
        return Send(random.randrange(1000), random.random() < 0.15)
    if chance < 0.67:
        what = random.choice(("end_token", "end_token", "bump_epoch", "back_up", "restore"))
        return Operator(what, random.choice(tuple(PHONES)))
    return _sync(random, random.choice(tuple(PHONES)))


def _shots(random: Random) -> int:
    return random.choices((0, 1, 2, 3, 9), (62, 26, 7, 4, 1))[0]


def _sync(random: Random, phone: str) -> Sync:
    faults = [_fault(random) for _ in range(random.choice((0, 0, 1, 2, 4, 6)))]
    kill_at = random.randrange(40) if random.random() < 0.15 else None
    return Sync(phone, random.choice((1, 20, 60, 600)), tuple(faults), kill_at)


def _fault(random: Random) -> Fault:
    what = random.choice((Trouble.NONE, Trouble.NONE, *Trouble))
    match what:
        case Trouble.REPEATED:
            return Fault(what, random.randint(2, 5))
        case Trouble.LATE | Trouble.OVERTAKEN:
            return Fault(what, random.randint(1, 8))
        case Trouble.CUT | Trouble.GARBLED | Trouble.CORRUPT:
            return Fault(what, random.randint(1, 99))
        case Trouble.STATUS:
            return Fault(what, random.choice(_STATUSES))
    return Fault(what)


# --- playing -------------------------------------------------------------------------------------


@dataclass
class Played:
    """What became of a history."""

    seed: int | str
    trace: list[str] = field(default_factory=list)
    deeds: int = 0
    report: Report | None = None
    surprises: list[str] = field(default_factory=list)
    met: Tally[str] = field(default_factory=Tally)

    @property
    def ok(self) -> bool:
        """Whether the books balance and everything came out as expected."""
        return self.report is not None and self.report.ok and not self.surprises

    def story(self) -> str:
        """What to print when it did not."""
        found = [*(self.report.lines() if self.report else ()), *self.surprises]
        return "\n".join([f"seed {self.seed}", *found, "", *self.trace])


MakePhone = Callable[[str, Network, Stage], Phone]


def model_phone(name: str, network: Network, on: Stage) -> Phone:
    """The model in Python."""
    return ModelPhone(name, network, on.phones[name], clock.now())


def play(
    on: Stage,
    random: Random,
    seed: int | str,
    make: MakePhone = model_phone,
    ops: int = OPS,
) -> Played:
    """Play a history until so many ops were made, let faults stop, and judge."""
    played = Played(seed)
    names = Names()
    on.begin()
    network = Network(on.serve, names, played.trace.append)
    phones = {name: make(name, network, on) for name in PHONES}
    player = _Player(on, phones, network, names, played)
    for step in steps(random):
        player.take(step)
        if played.deeds >= ops:
            break
    player.come_to_rest()
    bucket = checker.read_bucket(on.store)
    played.report = player.examine(bucket, quiet=True)
    with on.app.app_context(), Session(db.engine) as session:
        played.surprises += surprises(session, player.expected, on.restored)
    played.trace += [str(played.report.lines()[0])]
    return played


@dataclass
class _Player:
    on: Stage
    phones: dict[str, Phone]
    network: Network
    names: Names
    played: Played
    expected: dict[str, dict[str, Any]] = field(default_factory=dict)
    spoiled: set[str] = field(default_factory=set)
    _shot: Iterator[int] = field(default_factory=count)
    _cycles: int = 0

    def take(self, step: Step) -> None:
        self.played.met[type(step).__name__] += 1
        match step:
            case Record(phone, shots, outcome, spoiled):
                taken = self._shots(shots, "scene")
                if spoiled and taken:
                    taken[-1] = Shot(b"no image at all" * BAD_SHOT, "scene")
                self._deed(step, self.phones[phone].record(taken, self._note(), outcome))
            case Amend(phone, which, shots):
                taken = self._shots(shots, "close")
                self._deed(step, self.phones[phone].amend(which, taken, self._note()))
            case Withdraw(phone, which):
                self._deed(step, self.phones[phone].withdraw(which))
            case Move(phone, which, choice, shots):
                taken = self._shots(shots, "after")
                self._deed(step, self.phones[phone].move(which, choice, taken, self._note()))
            case Look(phone, which, choice, shots):
                taken = self._shots(shots, "scene")
                self._deed(step, self.phones[phone].visit(which, choice, taken, self._note()))
            case Sync(phone, seconds, faults, kill_at):
                self.network.expect(phone, faults)
                for fault in faults:
                    self.played.met[str(fault.what)] += 1
                self._sync(phone, seconds, kill_at)
                self.network.expect(phone, ())
            case Desk(which, choice):
                self._say(f"desk: {self.on.desk_move(which, choice)}")
            case Send(which, called_off):
                send = self.on.call_off_visit if called_off else self.on.ask_visit
                self._say(f"desk: {send(which)}")
            case Operator(what, phone):
                self._operate(what, phone)

    def _operate(self, what: str, phone: str) -> None:
        if what == "restore" and not self.on.backed_up:
            what = "back_up"
        self._say(f"operator: {what} {phone if what == 'end_token' else ''}".rstrip())
        match what:
            case "end_token":
                self.on.end_token(self.on.phones[phone].device_id)
            case "bump_epoch":
                self.on.bump_epoch()
            case "back_up":
                self.on.back_up()
            case "restore":
                self.on.restore()

    def _sync(self, phone: str, seconds: int, kill_at: int | None = None) -> str:
        self._say(f"{phone} syncs" + ("" if kill_at is None else f", killed at {kill_at}"))
        outcome = self.phones[phone].sync(seconds, kill_at)
        self._say(f"  {phone}: {outcome}")
        self.played.met[outcome.partition(",")[0]] += 1
        self._cycles += 1
        if kill_at is not None or self._cycles % LOOK_EVERY == 0:
            self._look()
        if outcome == "sign in again":
            self.phones[phone].signed_in_again(self.on.sign_in(phone))
        return outcome

    def come_to_rest(self) -> None:
        """Faults stop; phones sync until nothing is left; stragglers arrive; all hear the news."""
        self._look()
        self._say("faults stop")
        restless = set(self.phones)
        for _ in range(MAX_ROUNDS):
            for phone in sorted(restless):
                if self._sync(phone, 600) == "done, 0 left":
                    restless.discard(phone)
            if not restless:
                break
        self._say("stragglers arrive")
        self.network.deliver_all()
        for phone in self.phones:
            outcome = ""
            for _ in range(3):
                outcome = self._sync(phone, 600)
                if outcome == "done, 0 left":
                    break
            if outcome != "done, 0 left":
                self.played.surprises.append(f"I12: {phone} never came to rest: {outcome}")

    def examine(self, bucket: Mapping[str, StoredObject] | None, *, quiet: bool) -> Report:
        """Let the checker compare what there is."""
        dumps = [phone.dump(quiet) for phone in self.phones.values()]
        with self.on.app.app_context(), Session(db.engine) as session:
            return checker.examine(session, bucket, dumps, restored=self.on.restored)

    def _look(self) -> None:
        """The books balance at any moment, not only at rest."""
        report = self.examine(None, quiet=False)
        found = [f"{one} (after {len(self.played.trace)} lines)" for one in report.broken]
        self.played.surprises += found

    def _deed(self, step: Step, made: dict[str, Any] | None) -> None:
        words = [f"{name}={getattr(step, name)}" for name in step.__slots__ if name != "which"]
        line = f"{type(step).__name__} {' '.join(words)}"
        if made is None:
            self._say(f"{line}: not now")
            return
        self.played.deeds += 1
        self.expected[made["op_id"]] = made
        self._say(f"{line}: {made['op_id']} of {made['entity_id']}")

    def _shots(self, wanted: int, role: str) -> list[Shot]:
        return [Shot(jpeg(next(self._shot) % 30, 48), role) for _ in range(wanted)]

    def _note(self) -> str:
        return f"第 {self.played.deeds + 1} 条"

    def _say(self, line: str) -> None:
        self.played.trace.append(self.names.plain(line))


# --- what is expected ----------------------------------------------------------------------------

# What of others may stand in the way of a correction, or of a handler's step.
_DESK = {"file", "reject", "void", "dispatch", "pass", "fail", "proceed"}


def surprises(session: Session, made: dict[str, dict[str, Any]], restored: bool) -> list[str]:
    """Hold the server's rows against the deeds: the same records, photos, moves, each once."""
    ops = {str(op.op_id): op for op in session.scalars(sa.select(ReceivedOp))}
    found = [f"op {i} was never made" for i in sorted(set(ops) - set(made))]
    found += [f"op {i} never arrived" for i in sorted(set(made) - set(ops))]
    known = {i: ops[i] for i in made if i in ops}
    tasks = {t.id: t for t in session.scalars(sa.select(Task))}
    of_record = {t.observation_id: t for t in tasks.values()}
    desk: dict[UUID, datetime] = {}
    for event in session.scalars(sa.select(TaskEvent).order_by(TaskEvent.at.desc())):
        if event.move in _DESK:
            desk[event.task_id] = event.at
    for op_id, op in known.items():
        rivals = [o for o in known.values() if o.entity_id == op.entity_id and o is not op]
        found += _refusals(op, made[op_id], tasks, of_record, desk, rivals, restored)
    found += _records(session, known, made, of_record)
    found += _photos(session, known, made)
    found += _moves(session, known, made, desk)
    return found


def _refusals(
    op: ReceivedOp,
    deed: dict[str, Any],
    tasks: dict[UUID, Task],
    of_record: dict[UUID, Task],
    desk: dict[UUID, datetime],
    rivals: list[ReceivedOp],
    restored: bool,
) -> list[str]:
    """An op is refused only where somebody else was faster."""
    if op.status is OpStatus.ACCEPTED:
        return []
    slug = op.answer.get("problem", {}).get("slug")
    refused = f"op {op.op_id} ({deed['kind']}): {op.status} {slug}"
    if deed["kind"] == OpKind.OBSERVATION_CREATE:
        return [refused]
    if restored:
        return []
    if deed["kind"] == OpKind.VISIT_RECORD and slug == "visit-withdrawn":
        # The checker sees that it is kept and shown.
        return []
    entity = UUID(deed["entity_id"])
    task = tasks.get(entity) or of_record.get(entity)
    if task is None:
        return [f"{refused}, and its task is gone"]
    faster = [
        rival
        for rival in rivals
        if rival.device_id != op.device_id or rival.kind == OpKind.OBSERVATION_WITHDRAW
    ]
    of_all = sum(len(o.body["photos"]) for o in [op, *rivals])
    crowded = slug == "too-many-photos" and of_all > MAX_PHOTOS
    orphan = slug == "parent-quarantined" and any(
        str(o.op_id) in deed.get("after", ()) and o.status is not OpStatus.ACCEPTED for o in rivals
    )
    # The desk never changes a record: only another phone of its author makes a version stale.
    stale_record = slug == "stale-version" and deed["kind"] != OpKind.TASK_MOVE
    was_there = not stale_record and task.id in desk and desk[task.id] <= op.received_at
    if was_there or faster or crowded or orphan:
        return []
    return [f"{refused}, though nobody else was there"]


def _records(
    session: Session,
    known: dict[str, ReceivedOp],
    made: dict[str, dict[str, Any]],
    of_record: dict[UUID, Task],
) -> list[str]:
    """Every record says what its author said last."""
    found = []
    records = {str(o.id): o for o in session.scalars(sa.select(Observation))}
    created = {d["entity_id"] for d in made.values() if d["kind"] == OpKind.OBSERVATION_CREATE}
    found += [f"record {i} was never made" for i in sorted(set(records) - created)]
    for record_id in sorted(created & set(records)):
        record = records[record_id]
        own = [
            (op.answer["version"], made[i])
            for i, op in known.items()
            if made[i]["entity_id"] == record_id and op.status is OpStatus.ACCEPTED
        ]
        own.sort(key=lambda pair: pair[0])
        if [version for version, _ in own] != list(range(1, len(own) + 1)):
            found.append(f"record {record_id} has versions {[v for v, _ in own]}")
        data: dict[str, Any] = {}
        withdrawn = False
        for _, deed in own:
            data |= deed["data"].get("fields", deed["data"])
            withdrawn = withdrawn or deed["kind"] == OpKind.OBSERVATION_WITHDRAW
        if record.data != data or record.note != data.get("note"):
            found.append(f"record {record_id} says {record.data}, not {data}")
        task = of_record.get(record.id)
        gone = record.state is ObservationState.WITHDRAWN
        if gone != withdrawn or (withdrawn and task and task.state is not TaskState.VOID):
            found.append(f"record {record_id} is {record.state}, withdrawn: {withdrawn}")
    return found


def _photos(
    session: Session, known: dict[str, ReceivedOp], made: dict[str, dict[str, Any]]
) -> list[str]:
    """Every photo of every op arrived, under its op, and no other did."""
    photos = {str(p.id): p for p in session.scalars(sa.select(Photo))}
    declared = {p["photo_id"]: (i, p) for i, d in made.items() for p in d["photos"]}
    found = [f"photo {i} was never taken" for i in sorted(set(photos) - set(declared))]
    for photo_id, (op_id, told) in declared.items():
        photo = photos.get(photo_id)
        if photo is None:
            found.append(f"photo {photo_id} of {op_id} never arrived")
            continue
        image = told["bytes"] != len(b"no image at all") * BAD_SHOT
        wanted = PhotoState.STORED if image else PhotoState.REJECTED
        if photo.state is not wanted or photo.sha256 != told["sha256"]:
            found.append(f"photo {photo_id} is {photo.state}, should be {wanted}")
        if str(photo.op_id) != op_id:
            found.append(f"photo {photo_id} belongs to {photo.op_id}, not {op_id}")
    return found


def _moves(
    session: Session,
    known: dict[str, ReceivedOp],
    made: dict[str, dict[str, Any]],
    desk: dict[UUID, datetime],
) -> list[str]:
    """Every accepted move of a phone was taken once, or lapsed because the desk was faster."""
    found = []
    moves = {str(m.id): m for m in session.scalars(sa.select(TaskMove))}
    for op_id, op in known.items():
        if made[op_id]["kind"] != OpKind.TASK_MOVE or op.status is not OpStatus.ACCEPTED:
            continue
        move = moves.get(op_id)
        if move is None or move.status is MoveStatus.PENDING:
            found.append(f"move {op_id} is {move.status if move else 'nowhere'}")
        elif move.status is MoveStatus.LAPSED and move.task_id not in desk:
            found.append(f"move {op_id} lapsed, though nobody else was there")
    return found


def epoch_of(session: Session) -> str:
    """The server's generation."""
    return session.get_one(ServerState, 1).epoch


# --- the command ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    """Engines that run already: a store, and a filled SQLite database to copy."""

    store: StoreSettings
    url: str
    passwords: dict[str, str]

    @classmethod
    def of(cls, template: database.Template, store: StoreSettings) -> Setting:
        """Those of a template and a store."""
        return cls(store, template.url, dict(template.passwords))

    @classmethod
    def read(cls, path: Path) -> Setting:
        """Read what `document` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        return cls(StoreSettings(**told["store"]), told["url"], told["passwords"])

    def document(self) -> dict[str, Any]:
        """Write it as JSON."""
        return {"store": asdict(self.store), "url": self.url, "passwords": self.passwords}

    @property
    def template(self) -> database.Template:
        """The database to copy."""
        return database.Template("sqlite", self.url, self.passwords)


@contextmanager
def ready(path: Path | None, *, node: bool) -> Iterator[tuple[Stage, MakePhone]]:
    """A stage and its phones, on running engines if a setting names them."""
    with ExitStack() as stack:
        folder = stack.enter_context(database.quick_folder())
        spare = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if path is not None:
            setting = Setting.read(path)
        else:
            store = stack.enter_context(stores.running("seaweedfs", folder, environ))
            template = stack.enter_context(database.template("sqlite", spare, store))
            setting = Setting.of(template, store)
        on = stack.enter_context(environment.opened(setting.template, folder, setting.store))
        if not node:
            yield on, model_phone
            return
        stack.enter_context(environment.live(on, folder))
        yield on, stack.enter_context(node_phones.phones(node_phones.bundle(spare)))


@click.command()
@click.option("--seed", type=int, default=None, help="Play this one and print its trace.")
@click.option("--first", default=0, help="The first of many seeds.")
@click.option("--n", "many", default=100, help="How many.")
@click.option("--ops", default=OPS, help="Ops of each.")
@click.option("--node", is_flag=True, help="The real phone's core against a live server.")
@click.option("--setting", type=click.Path(path_type=Path), help="Engines that run already.")
@click.option("--until-caught", is_flag=True, help="Stop at the first that goes wrong.")
def main(
    seed: int | None,
    first: int,
    many: int,
    ops: int,
    node: bool,
    setting: Path | None,
    until_caught: bool,
) -> None:
    """Play histories on SQLite: of the model against the service in this process, or the real."""
    failed = done = 0
    met: Tally[str] = Tally()
    with ready(setting, node=node) as (on, make):
        for number in [seed] if seed is not None else range(first, first + many):
            played = played_or_broken(on, number, make, ops)
            done += 1
            failed += not played.ok
            met.update(played.met)
            if seed is not None or not played.ok:
                click.echo(played.story())
            if failed and until_caught:
                break
    click.echo(f"{done} histories from seed {first if seed is None else seed}: {failed} failed")
    click.echo(", ".join(f"{what} {times}" for what, times in sorted(met.items())))
    raise SystemExit(bool(failed))


def played_or_broken(on: Stage, seed: int, make: MakePhone, ops: int) -> Played:
    """Play a history; one that breaks off has failed too, and says where."""
    try:
        return play(on, Random(seed), seed, make, ops)
    except Exception as error:  # noqa: BLE001  whatever broke it is what it found
        return Played(seed, surprises=[f"broke off: {type(error).__name__}: {error}"])


if __name__ == "__main__":
    main()
