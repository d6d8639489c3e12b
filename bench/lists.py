"""The desk's lists at 200,000 cases: what the screens really ask, on both databases.

A history of the demo's making is multiplied: closed cases reach back for years, open ones are of
the last weeks, serials follow time, and every copy has words and a spot of its own. Then each
question is asked through the API (test client, a supervisor of the city or of a district) and
its times are printed. `python -m bench.lists [--tasks N] [--times N] [--only WORD]`.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import psutil
import sqlalchemy as sa
from flask import Flask

from inspect_server import create_app
from inspect_server.core import clock
from inspect_server.core.database import db, write_tx
from inspect_server.core.pagination import write_cursor
from inspect_server.models import Base, Observation, Task
from inspect_server.operations.demo.fill import write_history
from inspect_server.operations.demo.photo_pool import read_pool
from inspect_server.tasks.rules import search as words_of
from media.store import StoreSettings
from schemas.vocabulary import OPEN_STATES
from tests.support import database
from tests.support.actors import Device

BASE = 1_500
CHUNK = 5_000
# Of so many cases one is open: a desk with 10,000 open cases is a busy one.
OPEN_EVERY = 20
GOAL_MS = 150.0
# More than 100,000 of 200,000: what a year's report is made of.
EXPORTED: dict[str, Any] = {"district": ["maojian", "jingkai"]}
NOWHERE = StoreSettings("http://127.0.0.1:9", "none", "none", "none")
STREETS = (
    "人民",
    "公园",
    "朝阳",
    "车城",
    "柳林",
    "上海",
    "北京",
    "武当",
    "燕林",
    "香港",
    "浙江",
    "天津",
)
KINDS = ("路", "街", "巷", "大道")
FINDINGS = (
    "垃圾桶满溢",
    "井盖移位",
    "护栏倒伏",
    "占道经营",
    "乱贴小广告",
    "渣土堆放",
    "路面破损",
    "共享单车倒伏",
)
DETAILS = (
    "影响通行",
    "群众反映多次",
    "已摆放锥桶",
    "有异味",
    "占用盲道",
    "门前未清扫",
    "雨后积水",
    "需尽快处理",
)
RARE = "凤凰山隧道口"


AGO = " days ago"
ENDED, DUE, URGENT = {"dated": "ended"}, {"dated": "due"}, {"sort": "due"}
MAOJIAN = {"district": "maojian"}


def _days(first: int, last: int) -> dict[str, Any]:
    """The days between two that many days ago."""
    return {"from_on": f"{first}{AGO}", "to_on": f"{last}{AGO}"}


# Some 50, 1,500, 9,000 and 52,000 of the 200,000 cases.
DAY, MONTH, LONG_AGO = _days(10, 10), _days(40, 10), _days(2_000, 1_970)
HALF_A_YEAR, YEARS = _days(2_000, 1_820), _days(3_000, 1_900)


@dataclass(frozen=True)
class Question:
    """One thing a screen asks: its name and its address."""

    what: str
    path: str
    query: dict[str, Any] = field(default_factory=dict)
    login: str = "chuangwen"


QUESTIONS = (
    Question("newest", "/tasks"),
    Question("newest, page 100", "/tasks", {"cursor": "deep"}),
    Question("most urgent", "/tasks", {"sort": "due"}),
    Question("state reported", "/tasks", {"state": "reported"}),
    Question("state verifying, most urgent", "/tasks", {"state": "verifying", "sort": "due"}),
    Question("two states", "/tasks", {"state": ["filed", "handed_back"]}),
    Question("closed", "/tasks", {"state": "closed"}),
    Question("district", "/tasks", {"district": "jingkai"}),
    Question("district and state", "/tasks", {"district": "jingkai", "state": "rework"}),
    Question(
        "district, state, most urgent",
        "/tasks",
        {"district": "maojian", "state": "handling", "sort": "due"},
    ),
    Question("not placed", "/tasks", {"district": "-"}),
    Question("overdue", "/tasks", {"overdue": "true"}),
    Question("overdue, most urgent", "/tasks", {"overdue": "true", "sort": "due"}),
    Question("not overdue", "/tasks", {"overdue": "false"}),
    Question("severity danger", "/tasks", {"severity": "1"}),
    Question("campaign", "/tasks", {"campaign": "application_files"}),
    Question("category", "/tasks", {"category": "GG0703"}),
    Question("category beginning, most urgent", "/tasks", {"category": "BW", "sort": "due"}),
    Question("unit", "/tasks", {"unit": "some"}),
    Question("measure unassigned", "/tasks", {"measure": "unassigned"}),
    Question("measure rework", "/tasks", {"measure": "rework"}),
    Question(
        "measure closed_on_time, district",
        "/tasks",
        {"measure": "closed_on_time", "district": "yunyang"},
    ),
    Question("measure due_soon, most urgent", "/tasks", {"measure": "due_soon", "sort": "due"}),
    Question("text, two frequent characters", "/tasks", {"text": "垃圾"}),
    Question("text, six rare characters", "/tasks", {"text": RARE}),
    Question("text, nothing found", "/tasks", {"text": "龙卷风"}),
    Question("text, a whole number", "/tasks", {"text": "number"}),
    Question("text, two digits", "/tasks", {"text": "73"}),
    Question("text, two terms", "/tasks", {"text": "井盖 朝阳路"}),
    Question("text, a unit's name", "/tasks", {"text": "城管"}),
    Question("text and state", "/tasks", {"text": "护栏", "state": "rework"}),
    Question("text, most urgent", "/tasks", {"text": "护栏", "sort": "due"}),
    Question("text, one character", "/tasks", {"text": "隧"}),
    Question("map, a street", "/tasks", {"bbox": "110.785,32.645,110.795,32.652"}),
    Question("map, the city", "/tasks", {"bbox": "110.3,32.3,111.3,33.2"}),
    Question(
        "map, a quarter, state", "/tasks", {"bbox": "110.75,32.6,110.85,32.7", "state": "handling"}
    ),
    Question("opened on a day", "/tasks", DAY),
    Question("opened in a month", "/tasks", MONTH),
    Question(
        "closed in a month long ago",
        "/tasks",
        LONG_AGO | {"dated": "ended", "measure": "closed"},
    ),
    Question("due in a month long ago, most urgent", "/tasks", LONG_AGO | DUE | {"sort": "due"}),
    Question("opened in half a year long ago", "/tasks", HALF_A_YEAR),
    Question("due in half a year long ago, district", "/tasks", HALF_A_YEAR | DUE | MAOJIAN),
    Question("ended in half a year long ago, most urgent", "/tasks", HALF_A_YEAR | ENDED | URGENT),
    Question("opened in three years long ago", "/tasks", YEARS),
    Question("ended in three years long ago, most urgent", "/tasks", YEARS | ENDED | URGENT),
    Question(
        "opened in a month, state and text", "/tasks", MONTH | {"state": "rework", "text": "护栏"}
    ),
    Question("opened in a month", "/tasks", MONTH, "like"),
    Question("ended in a month", "/tasks", MONTH | ENDED, "wang"),
    Question("newest", "/tasks", {}, "like"),
    Question("most urgent", "/tasks", {"sort": "due"}, "like"),
    Question("state", "/tasks", {"state": "rework"}, "like"),
    Question("text", "/tasks", {"text": "垃圾"}, "like"),
    Question("a handler's", "/tasks", {}, "wang"),
    Question("a handler's, most urgent", "/tasks", {"sort": "due"}, "wang"),
    Question("an observer's", "/tasks", {}, "chen"),
    Question("counts", "/tasks/counts"),
    Question("counts, district", "/tasks/counts", {"district": "maojian"}),
    Question("counts, category", "/tasks/counts", {"category": "MQ"}),
    Question("counts, campaign", "/tasks/counts", {"campaign": "frontage_duty"}),
    Question("counts, unit", "/tasks/counts", {"unit": "some"}),
    Question("counts, overdue", "/tasks/counts", {"overdue": "true"}),
    Question("counts, measure rework", "/tasks/counts", {"measure": "rework"}),
    Question("counts, text", "/tasks/counts", {"text": "垃圾"}),
    Question("counts, rare text", "/tasks/counts", {"text": RARE}),
    Question("counts, map", "/tasks/counts", {"bbox": "110.75,32.6,110.85,32.7"}),
    Question("counts, a day", "/tasks/counts", DAY),
    Question("counts, a month", "/tasks/counts", MONTH),
    Question("counts, ended in a month long ago", "/tasks/counts", LONG_AGO | ENDED),
    Question("counts, half a year long ago", "/tasks/counts", HALF_A_YEAR),
    Question("counts, ended in half a year long ago", "/tasks/counts", HALF_A_YEAR | ENDED),
    Question("counts, three years long ago", "/tasks/counts", YEARS),
    Question("counts, a month", "/tasks/counts", MONTH, "wang"),
    Question("counts", "/tasks/counts", {}, "like"),
    Question("counts", "/tasks/counts", {}, "wang"),
    Question("board", "/board"),
    Question("board", "/board", {}, "like"),
    Question("trends, 30 days by district", "/board/trends", {"by": "district"}),
    Question("trends, 90 days by district", "/board/trends", {"days": 90}),
    Question("trends, 90 days by unit", "/board/trends", {"days": 90, "by": "unit"}),
    Question("trends, 90 days by category", "/board/trends", {"days": 90, "by": "category"}),
    Question(
        "trends, 90 days of a unit",
        "/board/trends",
        {"days": 90, "by": "unit", "unit": "some"},
    ),
    Question("trends, 90 days by unit", "/board/trends", {"days": 90, "by": "unit"}, "like"),
    Question(
        "trends, 90 days by category", "/board/trends", {"days": 90, "by": "category"}, "wang"
    ),
    Question("nearby", "/tasks/some/nearby", {"radius_m": 200}),
)


# --- filling -------------------------------------------------------------------------------------


def fill(count: int) -> None:
    """Write `count` cases by raw inserts; the demo's own history is the pattern."""
    write_history(read_pool(), BASE, clock.now(), 7, lambda _: None, write_tx)
    session = db.session()
    pairs = [
        (dict(o), dict(t))
        for o, t in zip(
            session.execute(_table(Observation).join_from(Task, Observation)).mappings(),
            session.execute(sa.select(Task.__table__).order_by(Task.serial)).mappings(),
            strict=True,
        )
    ]
    session.rollback()
    rng = Random(11)
    wanted = count - BASE
    rows = sorted(_copies(pairs, wanted, rng), key=lambda pair: pair[1]["opened_at"])
    for first in range(0, wanted, CHUNK):
        write_tx(lambda session, part=rows[first : first + CHUNK]: _write(session, part))


def _table(model: type[Base]) -> Any:
    return sa.select(model.__table__).order_by(Task.serial)


def _copies(
    pairs: list[tuple[dict[str, Any], dict[str, Any]]], wanted: int, rng: Random
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    ended = [pair for pair in pairs if pair[1]["state"] not in OPEN_STATES]
    still = [pair for pair in pairs if pair[1]["state"] in OPEN_STATES]
    for made in range(wanted):
        share = still if made % OPEN_EVERY == 0 else ended
        observation, task = share[
            made // OPEN_EVERY % len(share) if share is still else made % len(share)
        ]
        back = timedelta(seconds=rng.randrange(3600))
        if share is ended:
            # Closed cases reach back for years, each round of them a month further.
            back += timedelta(days=30 * (1 + made // len(ended)))
        yield _copy(observation, task, back, rng)


def _copy(
    observation: dict[str, Any], task: dict[str, Any], back: timedelta, rng: Random
) -> tuple[dict[str, Any], dict[str, Any]]:
    seen = _earlier(observation, back) | {"id": _id(rng), "op_id": _id(rng)}
    case = _earlier(task, back) | {"id": _id(rng), "observation_id": seen["id"]}
    del case["serial"]
    if seen["lon"] is not None:
        seen["lon"] += rng.gauss(0, 0.004)
        seen["lat"] += rng.gauss(0, 0.004)
    street = f"{rng.choice(STREETS)}{rng.choice(('', '南', '北', '中'))}{rng.choice(KINDS)}"
    seen["address"] = f"{street}{rng.randrange(1, 400)}号"
    seen["note"] = f"{street}{rng.choice(FINDINGS)},{rng.choice(DETAILS)}"
    if rng.random() < 0.0002:
        seen["note"] += "," + RARE
    return seen, case


def _earlier(row: dict[str, Any], back: timedelta) -> dict[str, Any]:
    return {n: v - back if n.endswith("_at") and v is not None else v for n, v in row.items()}


def _id(rng: Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def _write(session: Any, pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    session.execute(sa.insert(Observation.__table__), [o for o, _ in pairs])
    session.execute(sa.insert(Task.__table__), [t for _, t in pairs])
    said = {o["id"]: o for o, _ in pairs}
    columns = (Task.serial, Task.opened_at, Task.observation_id)
    last = session.scalar(sa.select(sa.func.max(Task.serial)))
    found = session.execute(sa.select(*columns).where(Task.serial > last - len(pairs)))
    documents = []
    for serial, opened_at, observation_id in found:
        number = f"{opened_at.astimezone(clock.SHANGHAI):%Y%m%d}-{serial:06d}"
        seen = said[observation_id]
        documents.append((serial, words_of.document(number, seen["note"], seen["address"])))
    _index(session, documents)


def _index(session: Any, documents: list[tuple[int, str]]) -> None:
    """What `services.search.write` writes, by the driver itself."""
    pairs = sorted((gram, serial) for serial, words in documents for gram in words_of.grams(words))
    driver = session.connection().connection.driver_connection
    if session.get_bind().dialect.name == "sqlite":
        driver.executemany("INSERT INTO task_words VALUES (?, ?)", documents)
        driver.executemany("INSERT INTO task_gram VALUES (?, ?)", pairs)
        return
    with driver.cursor() as cursor:
        for table, rows in (("task_words", documents), ("task_gram", pairs)):
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)


# --- asking --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """The times of one question."""

    question: Question
    took_ms: list[float]
    cpu_ms: float

    def __str__(self) -> str:
        """Return one row of the table in docs/bench.md."""
        p95 = self.p95
        asked = f"{self.question.what} ({self.question.path}, {self.question.login})"
        return (
            f"| {asked} | {len(self.took_ms)} | {statistics.median(self.took_ms):.0f} | {p95:.0f} |"
            f" {self.cpu_ms:.0f} | {'met' if p95 <= GOAL_MS else '**missed**'} |"
        )

    @property
    def p95(self) -> float:
        """The time 95 of 100 stay below."""
        ordered = sorted(self.took_ms)
        return ordered[max(0, round(0.95 * len(ordered)) - 1)]


class Desk:
    """Supervisors, handlers and observers at one app."""

    def __init__(self, app: Flask, passwords: Mapping[str, str]) -> None:
        """Sign nobody in yet."""
        self.app = app
        self._passwords = passwords
        self._devices: dict[str, Device] = {}
        with app.app_context():
            session = db.session()
            newest = session.scalars(sa.select(Task).order_by(Task.serial.desc()).limit(1)).one()
            busiest = sa.select(Task.unit_id).where(Task.unit_id.is_not(None))
            count = sa.func.count().desc()
            unit = session.scalar(busiest.group_by(Task.unit_id).order_by(count).limit(1))
            placed = session.scalar(
                sa.select(Task.id)
                .join(Observation, Observation.id == Task.observation_id)
                .where(Observation.lon.is_not(None), Task.district_code == "maojian")
                .order_by(Task.serial.desc())
                .limit(1)
            )
            self._words = {
                "deep": write_cursor("new", newest.serial - 5000),
                "number": newest.number,
                "some": str(unit),
            }
        self._task = str(placed)

    def ask(self, question: Question) -> None:
        """Ask once; whatever is not an answer stops the measuring."""
        if question.login not in self._devices:
            password = self._passwords[question.login]
            self._devices[question.login] = Device(self.app, question.login, password)
        query = {n: self._said(v) for n, v in question.query.items()}
        path = question.path.replace("some", self._task)
        answer = self._devices[question.login].get(path, query_string=query)
        if answer.status_code != 200:
            raise RuntimeError(f"{question}: {answer.status_code} {answer.text[:300]}")

    def _said(self, value: Any) -> Any:
        """Return what a question means on this day and in this database."""
        if not isinstance(value, str):
            return value
        if value.endswith(AGO):
            back = timedelta(days=int(value.removesuffix(AGO)))
            return str((clock.now().astimezone(clock.SHANGHAI) - back).date())
        return self._words.get(value, value)

    def cpu_seconds(self) -> float:
        """Return the CPU time of this process and of the database's processes it talks to."""
        own = time.process_time()
        with self.app.app_context():
            if db.engine.dialect.name == "sqlite":
                return own
            with db.engine.connect() as connection:
                backends = connection.execute(
                    sa.text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
                ).scalars()
                return own + sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in backends)


def measure(app: Flask, passwords: Mapping[str, str], times: int, only: str) -> list[Figure]:
    """Ask every question `times` times, and once before to warm up."""
    desk = Desk(app, passwords)
    figures = []
    for question in QUESTIONS:
        if only not in f"{question.what} {question.path} {question.login}":
            continue
        desk.ask(question)
        took, before = [], desk.cpu_seconds()
        for _ in range(times):
            begun = time.perf_counter()
            desk.ask(question)
            took.append((time.perf_counter() - begun) * 1000)
        cpu = (desk.cpu_seconds() - before) * 1000 / times
        figures.append(Figure(question, took, cpu))
        print(figures[-1], flush=True)
    return figures


def measure_exports(url: str, home: Path, passwords: Mapping[str, str]) -> None:
    """Export about 100,000 cases as each kind of file, each in a process of its own."""
    print("| file | size | seconds | CPU | memory before | at most |", flush=True)
    for kind in ("csv", "geojson", "xlsx"):
        child = get_context("spawn").Process(
            target=_export, args=(url, home, dict(passwords), kind)
        )
        child.start()
        child.join()
        if child.exitcode:
            raise SystemExit(f"the export as {kind} failed")


def _export(url: str, home: Path, passwords: Mapping[str, str], kind: str) -> None:
    app = create_app(database.settings_for(url, home, NOWHERE))
    device = Device(app, "chuangwen", passwords["chuangwen"])
    before = psutil.Process().memory_info().rss
    begun, cpu = time.perf_counter(), time.process_time()
    answer = device.get("/tasks/export", query_string={"format": kind} | EXPORTED)
    size = sum(len(piece) for piece in answer.iter_encoded())
    answer.close()
    seconds, spent = time.perf_counter() - begun, time.process_time() - cpu
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        f"| {kind} | {size / 1e6:.0f} MB | {seconds:.1f} s | {spent:.1f} s |"
        f" {before / 1e6:.0f} MB | {most / 1e6:.0f} MB |",
        flush=True,
    )


def main() -> None:
    """Fill and ask both databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--only", default="", help="questions with this word in them")
    parser.add_argument("--database", choices=database.DATABASES, action="append")
    asked = parser.parse_args()
    for name in asked.database or database.DATABASES:
        with (
            tempfile.TemporaryDirectory(prefix="inspect-bench-") as folder,
            database.template(name, Path(folder), NOWHERE) as filled,
        ):
            home = Path(folder)
            app = create_app(database.settings_for(filled.url, home, NOWHERE))
            with app.app_context():
                begun = time.perf_counter()
                fill(asked.tasks)
                if name == "postgresql":
                    _analyze()
                spent = time.perf_counter() - begun
            load = os.getloadavg()[0]
            print(f"{name}: {asked.tasks} cases written in {spent:.0f} s; load {load:.1f}")
            measure(app, filled.passwords, asked.times, asked.only)
            measure_exports(filled.url, home, filled.passwords)
            print(f"load {os.getloadavg()[0]:.1f} on {psutil.cpu_count()} processors")


def _analyze() -> None:
    """What autovacuum does within minutes."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
