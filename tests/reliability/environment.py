"""The environment of the histories: the real service with fresh rows and an empty bucket for every
history, a supervisor at the console, and an operator who expires tokens, backs up and restores.
"""

from __future__ import annotations

import http.client
import io
import shutil
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from inspect_server import create_app
from inspect_server.core import clock
from inspect_server.core.database import db, write_tx
from inspect_server.models import Change, ServerState, Task, Visit
from inspect_server.models import Session as DeviceSession
from inspect_server.tasks.rules.visits import KIND_IN
from media.store import ObjectStore, StoreSettings
from schemas.vocabulary import Collection, TaskState, VisitState
from tests.reliability import checker
from tests.reliability.network import Answer, ConnectionLost, Request
from tests.support import database, server
from tests.support.actors import Device, new_id

# Two phones of one observer, one of a handler, one of a visiting observer; and the supervisor.
PHONES = {"chen-1": "chen", "chen-2": "chen", "wang-1": "wang", "lin-1": "lin"}
VISITOR = "lin-1"
SUPERVISOR = "like"
BUCKET = "faults"
# Collections of the starter data that no history needs; they would make every pull longer.
STARTER = (
    Collection.CATEGORIES,
    Collection.POINTS,
    Collection.SHOPS,
    Collection.UNITS,
    Collection.CALENDAR,
)
ANSWER_SECONDS = 60


class DatabaseCopies(Protocol):
    """Copies of a database, saved and restored by name."""

    def save(self, name: str) -> None:
        """Save the rows as they are now."""

    def restore(self, name: str) -> None:
        """Restore the rows that were saved under this name."""


@dataclass(frozen=True)
class SqliteCopies:
    """Copies by SQLite's backup; open connections to the file stay valid."""

    path: Path

    def save(self, name: str) -> None:
        """See `DatabaseCopies`."""
        _backup(self.path, self._copy_path(name))

    def restore(self, name: str) -> None:
        """See `DatabaseCopies`."""
        _backup(self._copy_path(name), self.path)

    def _copy_path(self, name: str) -> Path:
        return self.path.with_name(f"{name}.copy")


def _backup(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as read, sqlite3.connect(target, timeout=30) as write:
        write.execute("PRAGMA synchronous=OFF")
        read.backup(write)
    read.close()
    write.close()


@dataclass(frozen=True)
class PostgresCopies:
    """Copies as separate databases."""

    url: str
    suffix: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    def save(self, name: str) -> None:
        """See `DatabaseCopies`."""
        self._copy(self._live, f"{name}_{self.suffix}")

    def restore(self, name: str) -> None:
        """See `DatabaseCopies`."""
        self._copy(f"{name}_{self.suffix}", self._live)

    def drop(self, *names: str) -> None:
        """Delete the saved copies."""
        self._run(*(f'DROP DATABASE IF EXISTS "{name}_{self.suffix}"' for name in names))

    @property
    def _live(self) -> str:
        return str(sa.make_url(self.url).database)

    def _copy(self, source: str, target: str) -> None:
        self._run(
            f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)',
            f'CREATE DATABASE "{target}" TEMPLATE "{source}"',
        )

    def _run(self, *statements: str) -> None:
        url = sa.make_url(self.url).set(database="postgres", drivername="postgresql+psycopg")
        admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        admin.dispose()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a phone has after signing in."""

    device_id: str
    person: dict[str, Any]
    access_token: str
    refresh_token: str
    cursor: str
    epoch: str


@dataclass
class Environment:
    """The service on which one history after the other is run."""

    app: Flask
    store: ObjectStore
    copies: DatabaseCopies
    passwords: dict[str, str]
    phones: dict[str, SignedIn] = field(default_factory=dict)
    console: Device | None = None
    origin: str | None = None
    restored: bool = False
    backed_up: bool = False

    # --- before and after a history ---

    def prepare(self) -> None:
        """Sign everybody in once; every history begins with these rows."""
        with self.app.app_context():
            starter = sa.delete(Change).where(Change.collection.in_(STARTER))
            write_tx(lambda session: session.execute(starter))
        devices = {
            name: Device(self.app, login, self.passwords[login]) for name, login in PHONES.items()
        }
        self.console = Device(self.app, SUPERVISOR, self.passwords[SUPERVISOR])
        with self.app.app_context():
            # A thousand histories take longer than a token is valid.
            later = clock.now() + timedelta(days=90)
            write_tx(lambda s: s.execute(sa.update(DeviceSession).values(access_expires_at=later)))
        for name, device in devices.items():
            page = device.pull()
            self.phones[name] = SignedIn(
                device.device_id,
                device.person,
                device.session["access_token"],
                device.session["refresh_token"],
                page["cursor"],
                page["epoch"],
            )
        self._close_connections()
        self.copies.save("start")

    def reset(self) -> None:
        """Set fresh rows, an empty bucket and an empty spool."""
        self._close_connections()
        self.copies.restore("start")
        with ThreadPoolExecutor(checker.READERS) as threads:
            list(threads.map(self.store.delete, list(self.store.list_keys(""))))
        spool = self.app.extensions["uploads"].spool.folder
        shutil.rmtree(spool)
        spool.mkdir()
        self.restored = self.backed_up = False

    def _close_connections(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    # --- requests of phones ---

    def serve(self, request: Request, sent: int | None = None, /) -> Answer:
        """Answer one request: by the live server if there is one, else in this process."""
        if self.origin is not None:
            return _send_over_http(self.origin, request, sent)
        path, _, query = request.target.partition("?")
        environ = EnvironBuilder(
            path=path, query_string=query, method=request.method, headers=request.headers
        ).get_environ()
        environ["CONTENT_LENGTH"] = str(len(request.body))
        environ["wsgi.input"] = io.BytesIO(request.body[:sent])
        chunks, status, headers = run_wsgi_app(self.app, environ, buffered=True)
        if sent is not None:
            raise ConnectionLost
        return Answer(int(status.split()[0]), dict(headers.items()), b"".join(chunks))

    # --- actions of the operator ---

    def expire_token(self, device_id: str) -> None:
        """Expire the access token of this device."""
        long_ago = clock.now() - timedelta(hours=1)
        change = sa.update(DeviceSession).where(DeviceSession.device_id == device_id)
        self.write(change.values(access_expires_at=long_ago))

    def change_epoch(self) -> None:
        """Give the server another generation; the rows stay."""
        self.write(sa.update(ServerState).values(epoch=new_id()))

    def back_up(self) -> None:
        """Save the rows and set the time that phones read as backed up."""
        moment = clock.now()
        self._close_connections()
        self.copies.save("backup")
        self.backed_up = True
        self.write(sa.update(ServerState).values(backed_up_to=moment))

    def restore(self) -> None:
        """Restore the older rows; the bucket keeps its objects, tokens stay valid."""
        self._close_connections()
        self.copies.restore("backup")
        self.restored = True
        self.change_epoch()

    def sign_in(self, phone: str) -> dict[str, Any]:
        """Sign in again on this phone."""
        login = PHONES[phone]
        device_id = self.phones[phone].device_id
        device = Device(self.app, login, self.passwords[login], device_id=device_id)
        return device.session

    def write(self, statement: Any) -> None:
        """Change rows directly."""
        with self.app.app_context():
            write_tx(lambda session: session.execute(statement))

    # --- actions of the supervisor ---

    def supervisor_move(self, which: int, choice: int) -> str:
        """Take a possible step of one of the tasks; returns a line for the trace."""
        assert self.console is not None
        tasks = self._tasks_in(SUPERVISOR_MOVES)
        if not tasks:
            return "nothing to do"
        task_id, state, version = tasks[which % len(tasks)]
        done = []
        for move, reason in _pick(SUPERVISOR_MOVES[state], choice):
            task = {"id": str(task_id), "version": version}
            answer = self.console.ask(task, move, **({"reason": reason} if reason else {}))
            done.append(f"{move} {answer.status_code}")
            if answer.status_code != 200:
                break
            version = answer.json["version"]
        return f"{state}: {', '.join(done)}"

    def request_visit(self, which: int) -> str:
        """Request a visit of one of the tasks 现场复核."""
        assert self.console is not None
        tasks = self._tasks_in(KIND_IN)
        if not tasks:
            return "nothing to visit"
        task_id, state, _ = tasks[which % len(tasks)]
        body = {"visit_id": new_id(), "observer_id": self.phones[VISITOR].person["id"]}
        answer = self.console.post(f"/tasks/{task_id}/visits", body)
        return f"{state}: visit {body['visit_id']} {answer.status_code}"

    def withdraw_visit(self, which: int) -> str:
        """Withdraw one of the open visits."""
        assert self.console is not None
        open_visits = sa.select(Visit.task_id, Visit.id).where(Visit.state == VisitState.ASKED)
        visits = self._read(open_visits.join(Task, Task.id == Visit.task_id).order_by(Task.serial))
        if not visits:
            return "nothing to withdraw"
        task_id, visit_id = visits[which % len(visits)]
        answer = self.console.post(f"/tasks/{task_id}/visits/{visit_id}/withdrawal", {})
        return f"visit {visit_id} withdrawn {answer.status_code}"

    def _tasks_in(self, states: Iterable[TaskState]) -> Sequence[Any]:
        return self._read(
            sa.select(Task.id, Task.state, Task.version)
            .where(Task.state.in_(list(states)))
            .order_by(Task.serial)
        )

    def _read(self, query: sa.Select[Any]) -> Sequence[Any]:
        with self.app.app_context():
            rows = db.session.execute(query).all()
            db.session.rollback()
        return rows


Moves = Sequence[tuple[str, str | None]]
_FILE_AND_DISPATCH: Moves = (("file", None), ("dispatch", None))
SUPERVISOR_MOVES: dict[TaskState, Sequence[Moves]] = {
    TaskState.AWAITING_EVIDENCE: (
        (("proceed", "urgent"),),
        (("void", "test_record"),),
    ),
    TaskState.REPORTED: (
        *(_FILE_AND_DISPATCH,) * 4,
        (("file", None),),
        (("reject", "not_a_problem"),),
    ),
    TaskState.FILED: ((("dispatch", None),), (("dispatch", None),), (("void", "test_record"),)),
    TaskState.HANDED_BACK: ((("dispatch", None),),),
    TaskState.HANDLING: ((("void", "test_record"),),),
    TaskState.VERIFYING: ((("pass", None),), (("fail", "not_fixed"),)),
}


def _pick(choices: Sequence[Moves], choice: int) -> Moves:
    return choices[choice % len(choices)]


def _send_over_http(origin: str, request: Request, sent: int | None) -> Answer:
    """Send to a live server; a cut body ends by closing our half of the connection."""
    host = origin.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=ANSWER_SECONDS)
    try:
        connection.putrequest(
            request.method, request.target, skip_accept_encoding=True, skip_host=True
        )
        headers = {"Host": host, "Connection": "close", "Content-Length": str(len(request.body))}
        left_out = {"host", "connection", "content-length", "keep-alive", "transfer-encoding"}
        headers |= {k: v for k, v in request.headers.items() if k.lower() not in left_out}
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(request.body[:sent])
        if sent is not None:
            # The server sees the end of the connection and finishes before the history continues.
            connection.sock.shutdown(1)
            connection.sock.recv(65536)
            raise ConnectionLost
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


@contextmanager
def open_environment(
    template: database.Template, folder: Path, store: StoreSettings, bucket: str = BUCKET
) -> Iterator[Environment]:
    """An environment on a copy of this database, with its own bucket in this store."""
    settings = replace(store, bucket=bucket)
    objects = ObjectStore(settings)
    objects.ensure_bucket()
    with template.copy() as url:
        app = create_app(database.settings_for(url, folder, settings))
        copies: DatabaseCopies
        if template.name == "sqlite":
            copies = SqliteCopies(Path(url.removeprefix("sqlite:///")))
        else:
            copies = PostgresCopies(url)
        environment = Environment(app, objects, copies, dict(template.passwords))
        environment.prepare()
        try:
            yield environment
        finally:
            environment._close_connections()
            if isinstance(copies, PostgresCopies):
                copies.drop("start", "backup")
            objects.close()


@contextmanager
def live_server(environment: Environment, folder: Path) -> Iterator[None]:
    """Let phones use a real gunicorn with the same rows, store and spool."""
    env = server.environment(
        folder, environment.app.config["SQLALCHEMY_DATABASE_URI"], environment.store.settings
    )
    with server.gunicorn(folder, env) as web:
        environment.origin = web.origin
        try:
            yield
        finally:
            environment.origin = None
