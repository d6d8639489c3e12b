"""Histories 历史: what people, phones, supervisor and network do, drawn from a seed, run in an
environment, and checked at the end by the checker and by what was expected.

A generator of our own instead of `RuleBasedStateMachine`: a history is plain data, independent of
the answers of the server. So the same history drives the model and the real phone, a seed is
enough to reproduce it, and the traces of two runs can be compared. Hypothesis still searches: it
passes its own `Random` to the generator and shrinks a failing history.

    python -m tests.reliability.histories --seed 7            run one history and print its trace
    python -m tests.reliability.histories --first 0 --n 1000  run many
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from os import environ
from pathlib import Path
from random import Random
from typing import Any

import click
from sqlalchemy.orm import Session

from inspect_server.core import clock
from inspect_server.core.database import db
from media.store import StoreSettings
from tests.reliability import checker, node_phones
from tests.reliability.checker import Report, StoredObject
from tests.reliability.environment import PHONES, Environment, live_server, open_environment
from tests.reliability.expectations import NO_IMAGE, find_deviations
from tests.reliability.model import ModelPhone
from tests.reliability.network import IdNames, Network
from tests.reliability.phone import Phone
from tests.reliability.steps import (
    Amend,
    Move,
    OperatorAction,
    Record,
    RecordVisit,
    Step,
    SupervisorMove,
    SupervisorVisit,
    Sync,
    Withdraw,
    steps,
)
from tests.support import database, stores
from tests.support.actors import Shot, jpeg

OPS = 50
# A phone that is not done after so many cycles without faults never will be.
MAX_ROUNDS = 12
# How often the checker runs while there are faults, in cycles.
CHECK_EVERY = 5


@dataclass
class HistoryResult:
    """The result of a history."""

    seed: int | str
    trace: list[str] = field(default_factory=list)
    actions: int = 0
    report: Report | None = None
    deviations: list[str] = field(default_factory=list)
    counts: Tally[str] = field(default_factory=Tally)

    @property
    def ok(self) -> bool:
        """Whether the checker found nothing and the server has what was expected."""
        return self.report is not None and self.report.ok and not self.deviations

    def describe(self) -> str:
        """The findings and the trace, to be printed after a failure."""
        findings = [*(self.report.lines() if self.report else ()), *self.deviations]
        return "\n".join([f"seed {self.seed}", *findings, "", *self.trace])


PhoneFactory = Callable[[str, Network, Environment], Phone]


def model_phone(name: str, network: Network, environment: Environment) -> Phone:
    """The model in Python."""
    return ModelPhone(name, network, environment.phones[name], clock.now())


def run_history(
    environment: Environment,
    random: Random,
    seed: int | str,
    make_phone: PhoneFactory = model_phone,
    ops: int = OPS,
) -> HistoryResult:
    """Run a history until so many ops were made, stop all faults, and check."""
    result = HistoryResult(seed)
    names = IdNames()
    environment.reset()
    network = Network(environment.serve, names, result.trace.append)
    phones = {name: make_phone(name, network, environment) for name in PHONES}
    runner = _Runner(environment, phones, network, names, result)
    for step in steps(random):
        runner.run_step(step)
        if result.actions >= ops:
            break
    runner.sync_until_idle()
    bucket = checker.read_bucket(environment.store)
    result.report = runner.check(bucket, quiet=True)
    with environment.app.app_context(), Session(db.engine) as session:
        result.deviations += find_deviations(session, runner.actions, environment.restored)
    result.trace += [str(result.report.lines()[0])]
    return result


@dataclass
class _Runner:
    """Runs the steps of a history and writes its trace."""

    environment: Environment
    phones: dict[str, Phone]
    network: Network
    names: IdNames
    result: HistoryResult
    actions: dict[str, dict[str, Any]] = field(default_factory=dict)
    _photo_number: Iterator[int] = field(default_factory=itertools.count)
    _cycles: int = 0

    def run_step(self, step: Step) -> None:
        self.result.counts[type(step).__name__] += 1
        match step:
            case Record(phone, shots, outcome, unreadable):
                taken = self._shots(shots, "scene")
                if unreadable and taken:
                    taken[-1] = Shot(NO_IMAGE, "scene")
                self._log_action(step, self.phones[phone].record(taken, self._note(), outcome))
            case Amend(phone, which, shots):
                taken = self._shots(shots, "close")
                self._log_action(step, self.phones[phone].amend(which, taken, self._note()))
            case Withdraw(phone, which):
                self._log_action(step, self.phones[phone].withdraw(which))
            case Move(phone, which, choice, shots):
                taken = self._shots(shots, "after")
                self._log_action(step, self.phones[phone].move(which, choice, taken, self._note()))
            case RecordVisit(phone, which, choice, shots):
                taken = self._shots(shots, "scene")
                self._log_action(step, self.phones[phone].visit(which, choice, taken, self._note()))
            case Sync(phone, seconds, faults, kill_at):
                self.network.set_faults(phone, faults)
                for fault in faults:
                    self.result.counts[str(fault.kind)] += 1
                self._sync(phone, seconds, kill_at)
                self.network.set_faults(phone, ())
            case SupervisorMove(which, choice):
                self._log(f"supervisor: {self.environment.supervisor_move(which, choice)}")
            case SupervisorVisit(which, withdrawn):
                environment = self.environment
                act = environment.withdraw_visit if withdrawn else environment.request_visit
                self._log(f"supervisor: {act(which)}")
            case OperatorAction(action, phone):
                self._operate(action, phone)

    def _operate(self, action: str, phone: str) -> None:
        if action == "restore" and not self.environment.backed_up:
            action = "back_up"
        self._log(f"operator: {action} {phone if action == 'expire_token' else ''}".rstrip())
        match action:
            case "expire_token":
                self.environment.expire_token(self.environment.phones[phone].device_id)
            case "change_epoch":
                self.environment.change_epoch()
            case "back_up":
                self.environment.back_up()
            case "restore":
                self.environment.restore()

    def _sync(self, phone: str, seconds: int, kill_at: int | None = None) -> str:
        self._log(f"{phone} syncs" + ("" if kill_at is None else f", killed at {kill_at}"))
        outcome = self.phones[phone].sync(seconds, kill_at)
        self._log(f"  {phone}: {outcome}")
        self.result.counts[outcome.partition(",")[0]] += 1
        self._cycles += 1
        if kill_at is not None or self._cycles % CHECK_EVERY == 0:
            self._check_now()
        if outcome == "sign in again":
            self.phones[phone].signed_in_again(self.environment.sign_in(phone))
        return outcome

    def sync_until_idle(self) -> None:
        """Stop faults, sync until nothing is left, deliver delayed requests, sync once more."""
        self._check_now()
        self._log("faults stop")
        unfinished = set(self.phones)
        for _ in range(MAX_ROUNDS):
            for phone in sorted(unfinished):
                if self._sync(phone, 600) == "done, 0 left":
                    unfinished.discard(phone)
            if not unfinished:
                break
        self._log("delayed requests arrive")
        self.network.deliver_delayed()
        for phone in self.phones:
            outcome = ""
            for _ in range(3):
                outcome = self._sync(phone, 600)
                if outcome == "done, 0 left":
                    break
            if outcome != "done, 0 left":
                self.result.deviations.append(f"I12: {phone} is never done: {outcome}")

    def check(self, bucket: Mapping[str, StoredObject] | None, *, quiet: bool) -> Report:
        """Run the checker on the database, the bucket and the phones."""
        dumps = [phone.dump(quiet) for phone in self.phones.values()]
        with self.environment.app.app_context(), Session(db.engine) as session:
            return checker.examine(session, bucket, dumps, restored=self.environment.restored)

    def _check_now(self) -> None:
        """The data is consistent at any moment, not only at the end."""
        report = self.check(None, quiet=False)
        findings = [f"{one} (after {len(self.result.trace)} lines)" for one in report.broken]
        self.result.deviations += findings

    def _log_action(self, step: Step, op: dict[str, Any] | None) -> None:
        values = [f"{name}={getattr(step, name)}" for name in step.__slots__ if name != "which"]
        line = f"{type(step).__name__} {' '.join(values)}"
        if op is None:
            self._log(f"{line}: not possible")
            return
        self.result.actions += 1
        self.actions[op["op_id"]] = op
        self._log(f"{line}: {op['op_id']} of {op['entity_id']}")

    def _shots(self, count: int, role: str) -> list[Shot]:
        return [Shot(jpeg(next(self._photo_number) % 30, 48), role) for _ in range(count)]

    def _note(self) -> str:
        return f"第 {self.result.actions + 1} 条"

    def _log(self, line: str) -> None:
        self.result.trace.append(self.names.replace_ids(line))


# --- the command ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    """Engines that run already: a store, and a filled SQLite database to copy."""

    store: StoreSettings
    url: str
    passwords: dict[str, str]

    @classmethod
    def of(cls, template: database.Template, store: StoreSettings) -> Setting:
        """The setting of a template and a store."""
        return cls(store, template.url, dict(template.passwords))

    @classmethod
    def read(cls, path: Path) -> Setting:
        """Read the JSON of `document`."""
        document = json.loads(path.read_text(encoding="utf-8"))
        return cls(StoreSettings(**document["store"]), document["url"], document["passwords"])

    def document(self) -> dict[str, Any]:
        """The setting as JSON values."""
        return {"store": asdict(self.store), "url": self.url, "passwords": self.passwords}

    @property
    def template(self) -> database.Template:
        """The database to copy."""
        return database.Template("sqlite", self.url, self.passwords)


@contextmanager
def prepared(path: Path | None, *, node: bool) -> Iterator[tuple[Environment, PhoneFactory]]:
    """An environment and its phones, on running engines if a setting names them."""
    with ExitStack() as stack:
        folder = stack.enter_context(database.quick_folder())
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if path is not None:
            setting = Setting.read(path)
        else:
            store = stack.enter_context(stores.running("seaweedfs", folder, environ))
            template = stack.enter_context(database.template("sqlite", temporary, store))
            setting = Setting.of(template, store)
        environment = stack.enter_context(open_environment(setting.template, folder, setting.store))
        if not node:
            yield environment, model_phone
            return
        stack.enter_context(live_server(environment, folder))
        yield environment, stack.enter_context(node_phones.phones(node_phones.bundle(temporary)))


@click.command()
@click.option("--seed", type=int, default=None, help="Run this one and print its trace.")
@click.option("--first", default=0, help="The first of many seeds.")
@click.option("--n", "many", default=100, help="How many.")
@click.option("--ops", default=OPS, help="Ops of each.")
@click.option("--node", is_flag=True, help="The real phone's core against a live server.")
@click.option("--setting", type=click.Path(path_type=Path), help="Engines that run already.")
@click.option("--until-caught", is_flag=True, help="Stop at the first failure.")
def main(
    seed: int | None,
    first: int,
    many: int,
    ops: int,
    node: bool,
    setting: Path | None,
    until_caught: bool,
) -> None:
    """Run histories on SQLite: the model with the service in this process, or the real phone."""
    failed = done = 0
    counts: Tally[str] = Tally()
    with prepared(setting, node=node) as (environment, make_phone):
        for number in [seed] if seed is not None else range(first, first + many):
            result = run_or_report_error(environment, number, make_phone, ops)
            done += 1
            failed += not result.ok
            counts.update(result.counts)
            if seed is not None or not result.ok:
                click.echo(result.describe())
            if failed and until_caught:
                break
    click.echo(f"{done} histories from seed {first if seed is None else seed}: {failed} failed")
    click.echo(", ".join(f"{name} {times}" for name, times in sorted(counts.items())))
    raise SystemExit(bool(failed))


def run_or_report_error(
    environment: Environment, seed: int, make_phone: PhoneFactory, ops: int
) -> HistoryResult:
    """Run a history; an exception is a failure too and is reported."""
    try:
        return run_history(environment, Random(seed), seed, make_phone, ops)
    except Exception as error:  # noqa: BLE001  any error is a failure of the history
        return HistoryResult(seed, deviations=[f"broke off: {type(error).__name__}: {error}"])


if __name__ == "__main__":
    main()
