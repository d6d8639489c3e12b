"""Lists of the console at 200,000 cases: the queries of the real screens, on both databases.

The history of the demo command is multiplied: closed cases reach back for years, open ones are of
the last weeks, serials follow time, and every copy has its own text and place. Then each
query is sent through the API (test client, a supervisor of the city or of a district) and
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
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import psutil
import sqlalchemy as sa
from flask import Flask

from bench.list_queries import AGO, QUERIES, RARE, Query
from inspect_server import create_app
from inspect_server.core import clock
from inspect_server.core.database import db, write_tx
from inspect_server.core.pagination import write_cursor
from inspect_server.models import Base, Observation, Task
from inspect_server.operations.demo.fill import write_history
from inspect_server.operations.demo.photo_pool import read_pool
from inspect_server.tasks.rules import search as search_rules
from media.store import StoreSettings
from schemas.vocabulary import OPEN_STATES
from tests.support import database
from tests.support.actors import Device

BASE = 1_500
CHUNK = 5_000
# One case in so many is open: a console with 10,000 open cases is a busy one.
OPEN_EVERY = 20
GOAL_MS = 150.0
# More than 100,000 of 200,000: the size of a yearly report.
EXPORT_FILTERS: dict[str, Any] = {"district": ["maojian", "jingkai"]}
NO_STORE = StoreSettings("http://127.0.0.1:9", "none", "none", "none")
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


# --- filling -------------------------------------------------------------------------------------


def fill(count: int) -> None:
    """Write `count` cases by raw inserts; the demo's own history is the template."""
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
    copy_count = count - BASE
    rows = sorted(_copies(pairs, copy_count, rng), key=lambda pair: pair[1]["opened_at"])
    for first in range(0, copy_count, CHUNK):
        write_tx(lambda session, part=rows[first : first + CHUNK]: _write(session, part))


def _table(model: type[Base]) -> Any:
    return sa.select(model.__table__).order_by(Task.serial)


def _copies(
    pairs: list[tuple[dict[str, Any], dict[str, Any]]], copy_count: int, rng: Random
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    ended = [pair for pair in pairs if pair[1]["state"] not in OPEN_STATES]
    open_pairs = [pair for pair in pairs if pair[1]["state"] in OPEN_STATES]
    for index in range(copy_count):
        group = open_pairs if index % OPEN_EVERY == 0 else ended
        observation, task = group[
            index // OPEN_EVERY % len(group) if group is open_pairs else index % len(group)
        ]
        back = timedelta(seconds=rng.randrange(3600))
        if group is ended:
            # Closed cases reach back for years, each round of copies a month further.
            back += timedelta(days=30 * (1 + index // len(ended)))
        yield _copy(observation, task, back, rng)


def _copy(
    observation: dict[str, Any], task: dict[str, Any], back: timedelta, rng: Random
) -> tuple[dict[str, Any], dict[str, Any]]:
    observation_row = _earlier(observation, back) | {"id": _id(rng), "op_id": _id(rng)}
    case = _earlier(task, back) | {"id": _id(rng), "observation_id": observation_row["id"]}
    del case["serial"]
    if observation_row["lon"] is not None:
        observation_row["lon"] += rng.gauss(0, 0.004)
        observation_row["lat"] += rng.gauss(0, 0.004)
    street = f"{rng.choice(STREETS)}{rng.choice(('', '南', '北', '中'))}{rng.choice(KINDS)}"
    observation_row["address"] = f"{street}{rng.randrange(1, 400)}号"
    observation_row["note"] = f"{street}{rng.choice(FINDINGS)},{rng.choice(DETAILS)}"
    if rng.random() < 0.0002:
        observation_row["note"] += "," + RARE
    return observation_row, case


def _earlier(row: dict[str, Any], back: timedelta) -> dict[str, Any]:
    return {n: v - back if n.endswith("_at") and v is not None else v for n, v in row.items()}


def _id(rng: Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def _write(session: Any, pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    session.execute(sa.insert(Observation.__table__), [o for o, _ in pairs])
    session.execute(sa.insert(Task.__table__), [t for _, t in pairs])
    observations = {o["id"]: o for o, _ in pairs}
    columns = (Task.serial, Task.opened_at, Task.observation_id)
    last = session.scalar(sa.select(sa.func.max(Task.serial)))
    rows = session.execute(sa.select(*columns).where(Task.serial > last - len(pairs)))
    documents = []
    for serial, opened_at, observation_id in rows:
        number = f"{opened_at.astimezone(clock.SHANGHAI):%Y%m%d}-{serial:06d}"
        observation_row = observations[observation_id]
        documents.append(
            (
                serial,
                search_rules.document(number, observation_row["note"], observation_row["address"]),
            )
        )
    _index(session, documents)


def _index(session: Any, documents: list[tuple[int, str]]) -> None:
    """Write what `tasks/services/search_index.py` writes, through the driver itself."""
    pairs = sorted(
        (gram, serial) for serial, words in documents for gram in search_rules.grams(words)
    )
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


# --- sending --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """The times of one query."""

    query: Query
    times_ms: list[float]
    cpu_ms: float

    def __str__(self) -> str:
        """Return one row of the table in docs/bench.md."""
        p95 = self.p95
        name = f"{self.query.what} ({self.query.path}, {self.query.login})"
        median = statistics.median(self.times_ms)
        return (
            f"| {name} | {len(self.times_ms)} | {median:.0f} | {p95:.0f} |"
            f" {self.cpu_ms:.0f} | {'met' if p95 <= GOAL_MS else '**missed**'} |"
        )

    @property
    def p95(self) -> float:
        """Return the 95th percentile."""
        ordered = sorted(self.times_ms)
        return ordered[max(0, round(0.95 * len(ordered)) - 1)]


class Api:
    """The API of one application, as supervisors, handlers and observers call it."""

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
            self._placeholders = {
                "deep": write_cursor("new", newest.serial - 5000),
                "number": newest.number,
                "some": str(unit),
            }
        self._task = str(placed)

    def send(self, query: Query) -> None:
        """Send a query once; any status but 200 ends the measurement."""
        if query.login not in self._devices:
            password = self._passwords[query.login]
            self._devices[query.login] = Device(self.app, query.login, password)
        parameters = {n: self._resolve(v) for n, v in query.parameters.items()}
        path = query.path.replace("some", self._task)
        answer = self._devices[query.login].get(path, query_string=parameters)
        if answer.status_code != 200:
            raise RuntimeError(f"{query}: {answer.status_code} {answer.text[:300]}")

    def _resolve(self, value: Any) -> Any:
        """Return the value of a placeholder on this day and in this database."""
        if not isinstance(value, str):
            return value
        if value.endswith(AGO):
            back = timedelta(days=int(value.removesuffix(AGO)))
            return str((clock.now().astimezone(clock.SHANGHAI) - back).date())
        return self._placeholders.get(value, value)

    def cpu_seconds(self) -> float:
        """Return the CPU time of this process and of the processes of its database."""
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
    """Send every query `times` times, and once before to warm up."""
    api = Api(app, passwords)
    figures = []
    for query in QUERIES:
        if only not in f"{query.what} {query.path} {query.login}":
            continue
        api.send(query)
        times_ms, before = [], api.cpu_seconds()
        for _ in range(times):
            began = time.perf_counter()
            api.send(query)
            times_ms.append((time.perf_counter() - began) * 1000)
        cpu = (api.cpu_seconds() - before) * 1000 / times
        figures.append(Figure(query, times_ms, cpu))
        print(figures[-1], flush=True)
    return figures


def measure_exports(url: str, home: Path, passwords: Mapping[str, str]) -> None:
    """Export about 100,000 cases as each kind of file, each in a separate process."""
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
    app = create_app(database.settings_for(url, home, NO_STORE))
    device = Device(app, "chuangwen", passwords["chuangwen"])
    before = psutil.Process().memory_info().rss
    began, cpu = time.perf_counter(), time.process_time()
    answer = device.get("/tasks/export", query_string={"format": kind} | EXPORT_FILTERS)
    size = sum(len(piece) for piece in answer.iter_encoded())
    answer.close()
    seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        f"| {kind} | {size / 1e6:.0f} MB | {seconds:.1f} s | {spent:.1f} s |"
        f" {before / 1e6:.0f} MB | {most / 1e6:.0f} MB |",
        flush=True,
    )


def main() -> None:
    """Fill and measure both databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--only", default="", help="only queries with this word in their name")
    parser.add_argument("--database", choices=database.DATABASES, action="append")
    options = parser.parse_args()
    for name in options.database or database.DATABASES:
        with (
            tempfile.TemporaryDirectory(prefix="inspect-bench-") as folder,
            database.template(name, Path(folder), NO_STORE) as filled,
        ):
            home = Path(folder)
            app = create_app(database.settings_for(filled.url, home, NO_STORE))
            with app.app_context():
                began = time.perf_counter()
                fill(options.tasks)
                if name == "postgresql":
                    _analyze()
                spent = time.perf_counter() - began
            load = os.getloadavg()[0]
            print(f"{name}: {options.tasks} cases written in {spent:.0f} s; load {load:.1f}")
            measure(app, filled.passwords, options.times, options.only)
            measure_exports(filled.url, home, filled.passwords)
            print(f"load {os.getloadavg()[0]:.1f} on {psutil.cpu_count()} processors")


def _analyze() -> None:
    """Do at once what autovacuum does within minutes."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
