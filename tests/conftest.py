"""Fixtures of the whole suite: each test gets a fresh copy of a real database, a real store,
and the cast; the last lines of a run say which engines were used and which were left out.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from inspect_server.worker import loop
from media.derive import DerivativeWorker
from media.store import ObjectStore, StoreSettings
from tests.e2e import chromium
from tests.e2e.engines import programs
from tests.support import database as engines
from tests.support import stores, workspace
from tests.support.actors import Device
from tests.support.clock import FakeClock
from tests.support.rows import Rows
from tests.support.service import Service
from tests.support.workspace import Workspace

# The longest files start first, so that no worker runs one alone at the end.
LONGEST = (
    "tests/reliability/test_processes.py",
    "tests/reliability/test_restore.py",
    "tests/reliability/test_histories.py",
    "tests/e2e/test_kills.py",
    "tests/e2e/",
    "tests/integration/tasks/test_random_walks.py",
    "tests/integration/operations/test_commands.py",
    "tests/integration/notifications/test_deliveries.py",
)


# Why the tests in a browser are left out, by its name.
BROWSERS: dict[str, Callable[[], str | None]] = {
    "chromium": chromium.left_out,
    **programs.LEFT_OUT,
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, in the order in which workers are handed them."""

    def place(item: pytest.Item) -> int:
        places = [i for i, path in enumerate(LONGEST) if item.nodeid.startswith(path)]
        return places[0] if places else len(LONGEST)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Collect garbage less often: the objects of the suite live as long as the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test of the app on both databases; those marked `stores` on both stores too."""
    if "database" in metafunc.fixturenames:
        one = metafunc.definition.get_closest_marker("one_database") is not None
        names = engines.DATABASES[:1] if one else engines.DATABASES
        metafunc.parametrize("database", names, scope="session", indirect=True)
    if "store_name" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("stores") is not None
        names = stores.STORES if both else stores.STORES[:1]
        metafunc.parametrize("store_name", names, scope="session", indirect=True)


@pytest.fixture(scope="session")
def store_name(request: pytest.FixtureRequest) -> str:
    """Which object store this test runs on."""
    name = str(request.param)
    reason = stores.left_out(name)
    if reason is not None:
        pytest.skip(reason)
    return name


@pytest.fixture(scope="session")
def running_stores() -> Iterator[Callable[[str], StoreSettings]]:
    """The object stores of this run, each started at its first use and kept running."""
    with ExitStack() as stack:

        @cache
        def run(name: str) -> StoreSettings:
            folder = stack.enter_context(engines.quick_folder())
            return stack.enter_context(stores.running(name, folder, os.environ))

        yield run


@pytest.fixture(scope="session")
def store_settings(
    store_name: str, running_stores: Callable[[str], StoreSettings]
) -> StoreSettings:
    """A running object store."""
    return running_stores(store_name)


@pytest.fixture(scope="session")
def templates(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], engines.Template]]:
    """The template databases of this run, each filled once and kept."""
    # Starter data has no photo: the address of the store is not used.
    nowhere = StoreSettings("http://127.0.0.1:9", "none", "none", "none")
    with ExitStack() as stack:

        @cache
        def fill(name: str) -> engines.Template:
            folder = tmp_path_factory.mktemp(name)
            return stack.enter_context(engines.template(name, folder, nowhere))

        yield fill


@pytest.fixture(scope="session")
def database(
    request: pytest.FixtureRequest, templates: Callable[[str], engines.Template]
) -> engines.Template:
    """A database filled once, to be copied."""
    name = str(request.param)
    reason = engines.left_out(name)
    if reason is not None:
        pytest.skip(reason)
    return templates(name)


@pytest.fixture(scope="session")
def workspaces() -> Iterator[Callable[[engines.Template], Workspace]]:
    """The databases tests work in, one of each kind for this worker."""
    with ExitStack() as stack:

        @cache
        def open_one(name: str) -> Workspace:
            return stack.enter_context(workspace.opened(by_name[name]))

        by_name: dict[str, engines.Template] = {}

        def of(template: engines.Template) -> Workspace:
            by_name[template.name] = template
            return open_one(template.name)

        yield of


@pytest.fixture
def database_url(
    database: engines.Template, workspaces: Callable[[engines.Template], Workspace]
) -> str:
    """A database with the template's rows."""
    here = workspaces(database)
    here.restore()
    return here.url


@pytest.fixture
def fake_clock() -> FakeClock:
    """The clock of the app, for tests that stop it or move it on."""
    return FakeClock()


@pytest.fixture(scope="session")
def object_store(store_settings: StoreSettings) -> Iterator[ObjectStore]:
    """The product's client of this store: making one takes longer than most tests."""
    store = ObjectStore(store_settings)
    # The garbage collector need not visit objects that live as long as the run.
    gc.collect()
    gc.freeze()
    yield store
    store.close()


@pytest.fixture(scope="session")
def services() -> Iterator[dict[tuple[str, ObjectStore], Service]]:
    """The applications of this worker: one for each database and store."""
    made: dict[tuple[str, ObjectStore], Service] = {}
    yield made
    for service in made.values():
        service.close()


@pytest.fixture
def app(
    database: engines.Template,
    database_url: str,
    workspaces: Callable[[engines.Template], Workspace],
    services: dict[tuple[str, ObjectStore], Service],
    object_store: ObjectStore,
    derivative_worker: DerivativeWorker,
    tmp_path: Path,
    fake_clock: FakeClock,
) -> Iterator[Flask]:
    """The whole service on fresh rows."""
    # A new client of the store counts as another store: a service keeps its own client.
    key = (database_url, object_store)
    if key not in services:
        services[key] = Service(workspaces(database), tmp_path, object_store, derivative_worker)
    with services[key].fresh(tmp_path, fake_clock) as fresh:
        yield fresh


@pytest.fixture
def rows(app: Flask) -> Rows:
    """The rows behind the app."""
    return Rows(app)


@pytest.fixture
def sign_in(app: Flask, database: engines.Template) -> Callable[..., Device]:
    """Sign in a person of the cast."""

    def signed(login: str, **more: Any) -> Device:
        return Device(app, login, database.passwords[login], **more)

    return signed


@pytest.fixture
def observer(sign_in: Callable[..., Device]) -> Device:
    """小陈, an observer in 茅箭."""
    return sign_in("chen")


@pytest.fixture
def visitor(sign_in: Callable[..., Device]) -> Device:
    """小林, another observer in 茅箭, who is sent to look."""
    return sign_in("lin")


@pytest.fixture
def handler(sign_in: Callable[..., Device]) -> Device:
    """老王, a handler of the unit that answers for frontage in 茅箭."""
    return sign_in("wang")


@pytest.fixture
def supervisor(sign_in: Callable[..., Device]) -> Device:
    """李科, a supervisor of 茅箭."""
    return sign_in("like")


@pytest.fixture
def outsider(sign_in: Callable[..., Device]) -> Device:
    """外人: a supervisor of another district, without access to 茅箭."""
    return sign_in("sun")


@pytest.fixture
def admin(sign_in: Callable[..., Device]) -> Device:
    """The administrator."""
    return sign_in("admin")


@pytest.fixture(scope="session")
def derivative_worker() -> Iterator[DerivativeWorker]:
    """One for the whole run: its child takes longer to start than to render a photo."""
    with DerivativeWorker() as opened:
        yield opened


@pytest.fixture
def work(app: Flask, fake_clock: FakeClock) -> Callable[[], int]:
    """Run all jobs that are ready."""
    return lambda: loop.drain(app, fake_clock)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say which engines the run used and which were left out, and why."""
    lines = []
    for kind, names, left_out in (
        ("database", engines.DATABASES, engines.left_out),
        ("object store", stores.STORES, stores.left_out),
        ("browser", BROWSERS, lambda name: BROWSERS[name]()),
    ):
        for name in names:
            reason = left_out(name)
            lines.append(f"{kind} {name}: " + ("used" if reason is None else f"NOT RUN: {reason}"))
    terminalreporter.write_sep("-", "engines")
    for line in lines:
        terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI set, an engine that could not be had is a failure."""
    if not os.environ.get("CI") or hasattr(session.config, "workerinput"):
        return
    needed = [engines.left_out(name) for name in engines.DATABASES]
    needed += [stores.left_out("seaweedfs"), chromium.left_out()]
    if any(needed) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
