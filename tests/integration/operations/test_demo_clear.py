"""Removing the demonstration 清除演示: all of it, nothing real, at once or not at all."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from inspect_server.core import migrate, server_state
from inspect_server.identity.passwords import HASHER
from inspect_server.models import (
    Base,
    Category,
    District,
    Observation,
    Pairing,
    Person,
    Photo,
    Point,
    RegisterChange,
    RoutingRule,
    Shop,
    Task,
    Unit,
)
from inspect_server.operations.demo import demo_rows, obstacles, removal
from inspect_server.operations.demo.photo_pool import read_pool
from media.store import ObjectMissing, ObjectStore, StoreSettings
from schemas.vocabulary import Installation, Role
from tests.support import database as engines
from tests.support import forked
from tests.support.actors import Device, Shot, jpeg, new_id, record
from tests.support.rows import Rows
from tests.support.server import environment

REMOVED = (Photo, Task, Observation, Pairing, RoutingRule, Shop, Point, Unit)
NOW = datetime(2026, 3, 4, 2, tzinfo=UTC)


# --- by the command, on a database of its own ----------------------------------------------------


@pytest.fixture
def env(
    database: engines.Template, store_settings: StoreSettings, tmp_path: Path
) -> Iterator[dict[str, str]]:
    """A demonstration with some history."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "demo-logins.json").write_text("[]")
    with database.copy() as url:
        env = environment(home, url, store_settings)
        filled = run(env, "demo", "--records", "12")
        assert filled.returncode == 0, filled.stderr
        yield env


def run(env: dict[str, str], *arguments: str) -> CompletedProcess[str]:
    return forked.run("inspect_server.cli", *arguments, env=env)


def counted(env: dict[str, str]) -> dict[str, int]:
    """How many rows each table has that a demonstration fills."""
    url = env["INSPECT_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
    engine = migrate.open_engine(url)
    with Session(engine) as session:
        rows = {
            model.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
            for model in (*REMOVED, Person, Category, District)
        }
    engine.dispose()
    return rows


def remaining_objects(store: ObjectStore) -> list[str]:
    keys = [key for p in read_pool() for key in (p.object_key, p.review_key, p.thumb_key)]
    return [key for key in keys if _exists(store, key)]


def _exists(store: ObjectStore, key: str) -> bool:
    try:
        store.head(key)
    except ObjectMissing:
        return False
    return True


def test_the_demonstration_goes_whole_and_a_city_can_go_on(
    env: dict[str, str], object_store: ObjectStore
) -> None:
    cleared = run(env, "demo", "--clear", "--yes")
    assert cleared.returncode == 0, cleared.stderr
    for line in ("上报 12", "案件 12", "点位 33", "人员 "):
        assert line in cleared.stdout
    rows = counted(env)
    assert {name for name, number in rows.items() if number} == {"category", "district"}
    assert remaining_objects(object_store) == []
    assert not (Path(env["INSPECT_HOME"]) / "demo-logins.json").exists()
    created = run(env, "admin", "create", "--name", "周敏", "--login", "zhoumin")
    assert created.returncode == 0, created.stderr
    assert "没有演示数据" in run(env, "demo", "--clear", "--yes").stdout


def test_without_a_yes_nothing_is_removed(env: dict[str, str]) -> None:
    before = counted(env)
    refused = run(env, "demo", "--clear")
    assert refused.returncode == 1
    assert "上报 12" in refused.stdout
    assert counted(env) == before


@pytest.mark.parametrize("point", ["commit.published", "demo.rows-removed"])
def test_a_kill_leaves_all_or_nothing_and_the_command_ends_it(
    env: dict[str, str], object_store: ObjectStore, point: str
) -> None:
    before = counted(env)
    killed = run(env | {"INSPECT_FAILPOINTS": f"{point}=kill"}, "demo", "--clear", "--yes")
    assert killed.returncode == -signal.SIGKILL
    after = counted(env)
    if point == "commit.published":
        assert after == before
    else:
        assert after["observation"] == 0
        assert remaining_objects(object_store)
    again = run(env, "demo", "--clear", "--yes")
    assert again.returncode == 0, again.stderr
    assert counted(env)["observation"] == counted(env)["person"] == 0
    assert remaining_objects(object_store) == []


# --- what stands against it, and who learns of it ------------------------------------------------


@pytest.fixture
def real(app: Flask, rows: Rows) -> Callable[..., Device]:
    """Make and sign in a real person."""

    def make(login: str, role: Role = Role.OBSERVER, **more: Any) -> Device:
        password = HASHER.hash("a real password")
        columns = {"name": f"真人{login}", "district_code": "maojian", "created_at": NOW} | more
        person = Person(
            id=UUID(new_id()),
            login=login,
            role=role,
            password_hash=password,
            **columns,
        )
        rows.write(lambda session: session.add(person))
        return Device(app, login, "a real password")

    return make


def hindrances(rows: Rows, *, mixed: bool = False) -> list[str]:
    return rows.read(partial(obstacles.obstacles, mixed=mixed))


def remove(rows: Rows) -> removal.RemovalReport:
    return rows.write(removal.remove)


def test_a_demonstration_alone_has_nothing_against_it(observer: Device, rows: Rows) -> None:
    observer.send(record(Shot(jpeg())))
    assert hindrances(rows) == []


def test_the_record_of_a_real_person_stands_against_it(
    real: Callable[..., Device], rows: Rows
) -> None:
    real("zhen").send(record())
    (sentence,) = hindrances(rows, mixed=True)
    assert sentence == "真实人员的上报 1 条，来自 真人zhen"


def test_a_photo_that_waits_for_its_record_stands_against_it(
    real: Callable[..., Device], rows: Rows
) -> None:
    real("zhen").upload(Shot(jpeg()))
    assert hindrances(rows) == ["真实人员的照片 1 张，来自 真人zhen"]


def test_a_real_person_in_a_demo_unit_stands_against_it(
    real: Callable[..., Device], rows: Rows
) -> None:
    unit = rows.read(lambda session: session.scalars(sa.select(Unit.id)).first())
    real("zhen", Role.HANDLER, unit_id=unit)
    assert hindrances(rows, mixed=True) == ["真实人员 1 人在演示单位里，先改单位：真人zhen"]


def test_a_demo_case_that_a_real_supervisor_worked_on_needs_a_word_more(
    real: Callable[..., Device], observer: Device, rows: Rows
) -> None:
    observer.send(record())
    supervisor = real("zhen", Role.SUPERVISOR)
    task = supervisor.get("/tasks").json["items"][0]
    supervisor.move(task, "file")
    assert hindrances(rows) == ["真实人员 1 人办过演示案件：真人zhen"]
    assert hindrances(rows, mixed=True) == []
    remove(rows)
    assert rows.count(Task) == 0
    assert rows.count(Person) == 1


def test_phones_of_real_people_learn_of_it(
    real: Callable[..., Device], observer: Device, rows: Rows
) -> None:
    observer.send(record())
    phone = real("zhen", Role.SUPERVISOR)
    first = phone.pull(limit=500)
    held = {(c["collection"], c["id"]) for c in first["changes"]}
    assert {collection for collection, _ in held} >= {"points", "shops", "units", "tasks"}
    remove(rows)
    later = phone.pull(first["cursor"])
    gone = {(c["collection"], c["id"]) for c in later["changes"] if c["op"] == "del"}
    demo = {"points", "shops", "units", "tasks"}
    assert gone == {(collection, one) for collection, one in held if collection in demo}
    fresh = real("neu", Role.SUPERVISOR).pull()
    assert not {c["collection"] for c in fresh["changes"] if c["op"] == "put"} & demo


def test_a_demo_administrator_who_entered_real_people_stays_as_a_name(
    admin: Device, rows: Rows
) -> None:
    entry = {"name": "赵真", "role": "observer", "district": "maojian"}
    assert admin.call("PUT", f"/people/{new_id()}", json=entry).status_code == 200
    report = remove(rows)
    assert len(report.kept_people) == 1
    kept = rows.one(Person, Person.name == report.kept_people[0])
    assert (kept.login, kept.password_hash, kept.demo) == (None, None, False)
    assert kept.disabled_at is not None
    assert rows.one(RegisterChange).by_id == kept.id
    assert admin.get("/me").status_code == 401
    assert rows.read(removal.counts) == {}
    assert rows.read(server_state.installation) is Installation.CITY


def test_every_table_that_names_a_removed_row_is_known_to_the_removal() -> None:
    """A table of a later release that refers to cases or places has to be added to `REMOVALS`."""
    removed = {one.model.__tablename__ for one in demo_rows.REMOVALS} | {"unit"}
    by_itself = {"photo_print", "print_word", "photo_likeness"}
    # Real people's, and refused or cleared before: see `obstacles` and `remove`.
    others = {"person", "channel"}
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            target = key.column.table.name
            if target in removed - {"person"} and table.name not in removed | by_itself | others:
                pytest.fail(f"{table.name} refers to {target}")
