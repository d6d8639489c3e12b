"""The stage of the histories 舞台: the real service on fresh rows and an empty bucket for every
history, a desk in it, and what an operator does: end a token, back up, put the backup back.
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
from tests.support import database
from tests.support.actors import Device, new_id
from tests.support.server import environment, gunicorn

# Two phones of one observer, a handler's, that of who is sent to look; and their district's desk.
PHONES = {"chen-1": "chen", "chen-2": "chen", "wang-1": "wang", "lin-1": "lin"}
VISITOR = "lin-1"
DESK = "like"
BUCKET = "faults"
# What a history does not need of the starter data would only make every pull longer.
STARTER = (
    Collection.CATEGORIES,
    Collection.POINTS,
    Collection.SHOPS,
    Collection.UNITS,
    Collection.CALENDAR,
)
ANSWER_SECONDS = 60


class Copies(Protocol):
    """A database that can be kept under a name and put back."""

    def keep(self, name: str) -> None:
        """Keep the rows as they are now."""

    def put_back(self, name: str) -> None:
        """Make the rows what they were when they were kept."""


@dataclass(frozen=True)
class SqliteCopies:
    """Copies by SQLite's own backup, which other connections of the file live through."""

    path: Path

    def keep(self, name: str) -> None:
        """See `Copies`."""
        _backup(self.path, self._kept(name))

    def put_back(self, name: str) -> None:
        """See `Copies`."""
        _backup(self._kept(name), self.path)

    def _kept(self, name: str) -> Path:
        return self.path.with_name(f"{name}.kept")


def _backup(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as read, sqlite3.connect(target, timeout=30) as write:
        write.execute("PRAGMA synchronous=OFF")
        read.backup(write)
    read.close()
    write.close()


@dataclass(frozen=True)
class PostgresCopies:
    """Copies as databases of their own."""

    url: str
    mark: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    def keep(self, name: str) -> None:
        """See `Copies`."""
        self._copy(self._live, f"{name}_{self.mark}")

    def put_back(self, name: str) -> None:
        """See `Copies`."""
        self._copy(f"{name}_{self.mark}", self._live)

    def drop(self, *names: str) -> None:
        """Take the kept copies away."""
        self._run(*(f'DROP DATABASE IF EXISTS "{name}_{self.mark}"' for name in names))

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
    """What a phone knows after signing in."""

    device_id: str
    person: dict[str, Any]
    access_token: str
    refresh_token: str
    cursor: str
    epoch: str


@dataclass
class Stage:
    """The service on which one history after the other is played."""

    app: Flask
    store: ObjectStore
    copies: Copies
    passwords: dict[str, str]
    phones: dict[str, SignedIn] = field(default_factory=dict)
    desk: Device | None = None
    origin: str | None = None
    restored: bool = False
    backed_up: bool = False

    # --- before and after a history ---

    def prepare(self) -> None:
        """Sign everybody in once; every history begins here."""
        with self.app.app_context():
            starter = sa.delete(Change).where(Change.collection.in_(STARTER))
            write_tx(lambda session: session.execute(starter))
        devices = {
            name: Device(self.app, login, self.passwords[login]) for name, login in PHONES.items()
        }
        self.desk = Device(self.app, DESK, self.passwords[DESK])
        with self.app.app_context():
            # A thousand histories take longer than a token lives.
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
        self._let_go()
        self.copies.keep("begin")

    def begin(self) -> None:
        """Fresh rows, an empty bucket, an empty spool."""
        self._let_go()
        self.copies.put_back("begin")
        with ThreadPoolExecutor(checker.READERS) as threads:
            list(threads.map(self.store.delete, list(self.store.list_keys(""))))
        spool = self.app.extensions["uploads"].spool.folder
        shutil.rmtree(spool)
        spool.mkdir()
        self.restored = self.backed_up = False

    def _let_go(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    # --- what phones talk to ---

    def serve(self, request: Request, sent: int | None = None, /) -> Answer:
        """Answer one request: by the live server where there is one, else in this process."""
        if self.origin is not None:
            return _over_the_line(self.origin, request, sent)
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

    # --- what an operator does ---

    def end_token(self, device_id: str) -> None:
        """The access token of this device ends."""
        long_ago = clock.now() - timedelta(hours=1)
        change = sa.update(DeviceSession).where(DeviceSession.device_id == device_id)
        self.write(change.values(access_expires_at=long_ago))

    def bump_epoch(self) -> None:
        """The server is of another generation, with the rows it has."""
        self.write(sa.update(ServerState).values(epoch=new_id()))

    def back_up(self) -> None:
        """Keep the rows, and tell the phones what is kept."""
        moment = clock.now()
        self._let_go()
        self.copies.keep("backup")
        self.backed_up = True
        self.write(sa.update(ServerState).values(backed_up_to=moment))

    def restore(self) -> None:
        """Put the older rows back; the bucket keeps what it has. Tokens go on."""
        self._let_go()
        self.copies.put_back("backup")
        self.restored = True
        self.bump_epoch()

    def sign_in(self, phone: str) -> dict[str, Any]:
        """The person signs in again on this phone."""
        login = PHONES[phone]
        known = self.phones[phone]
        device = Device(self.app, login, self.passwords[login], device_id=known.device_id)
        return device.session

    def write(self, statement: Any) -> None:
        """Change rows as an operator might."""
        with self.app.app_context():
            write_tx(lambda session: session.execute(statement))

    # --- the desk ---

    def desk_move(self, which: int, choice: int) -> str:
        """The supervisor takes a sensible step of one of the tasks; returns what was done."""
        assert self.desk is not None
        tasks = self._tasks_in(DESK_MOVES)
        if not tasks:
            return "nothing to do"
        task_id, state, version = tasks[which % len(tasks)]
        done = []
        for move, reason in _pick(DESK_MOVES[state], choice):
            task = {"id": str(task_id), "version": version}
            answer = self.desk.ask(task, move, **({"reason": reason} if reason else {}))
            done.append(f"{move} {answer.status_code}")
            if answer.status_code != 200:
                break
            version = answer.json["version"]
        return f"{state}: {', '.join(done)}"

    def ask_visit(self, which: int) -> str:
        """The supervisor sends somebody to look at one of the tasks 现场复核."""
        assert self.desk is not None
        tasks = self._tasks_in(KIND_IN)
        if not tasks:
            return "nothing to look at"
        task_id, state, _ = tasks[which % len(tasks)]
        wanted = {"visit_id": new_id(), "observer_id": self.phones[VISITOR].person["id"]}
        answer = self.desk.post(f"/tasks/{task_id}/visits", wanted)
        return f"{state}: visit {wanted['visit_id']} {answer.status_code}"

    def call_off_visit(self, which: int) -> str:
        """The supervisor takes one of the visits back."""
        assert self.desk is not None
        asked = sa.select(Visit.task_id, Visit.id).where(Visit.state == VisitState.ASKED)
        visits = self._read(asked.join(Task, Task.id == Visit.task_id).order_by(Task.serial))
        if not visits:
            return "nothing to take back"
        task_id, visit_id = visits[which % len(visits)]
        answer = self.desk.post(f"/tasks/{task_id}/visits/{visit_id}/withdrawal", {})
        return f"visit {visit_id} taken back {answer.status_code}"

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
_ON: Moves = (("file", None), ("dispatch", None))
DESK_MOVES: dict[TaskState, Sequence[Moves]] = {
    TaskState.AWAITING_EVIDENCE: (
        (("proceed", "urgent"),),
        (("void", "test_record"),),
    ),
    TaskState.REPORTED: (_ON, _ON, _ON, _ON, (("file", None),), (("reject", "not_a_problem"),)),
    TaskState.FILED: ((("dispatch", None),), (("dispatch", None),), (("void", "test_record"),)),
    TaskState.HANDED_BACK: ((("dispatch", None),),),
    TaskState.HANDLING: ((("void", "test_record"),),),
    TaskState.VERIFYING: ((("pass", None),), (("fail", "not_fixed"),)),
}


def _pick(of: Sequence[Moves], choice: int) -> Moves:
    return of[choice % len(of)]


def _over_the_line(origin: str, request: Request, sent: int | None) -> Answer:
    """Speak to a live server; a cut body is cut by closing our half of the line."""
    host = origin.removeprefix("http://")
    line = http.client.HTTPConnection(host, timeout=ANSWER_SECONDS)
    try:
        line.putrequest(request.method, request.target, skip_accept_encoding=True, skip_host=True)
        headers = {"Host": host, "Connection": "close", "Content-Length": str(len(request.body))}
        left_out = {"host", "connection", "content-length", "keep-alive", "transfer-encoding"}
        headers |= {k: v for k, v in request.headers.items() if k.lower() not in left_out}
        for name, value in headers.items():
            line.putheader(name, value)
        line.endheaders()
        line.send(request.body[:sent])
        if sent is not None:
            # The server sees the end of the line and is done with it before we go on.
            line.sock.shutdown(1)
            line.sock.recv(65536)
            raise ConnectionLost
        answer = line.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        line.close()


@contextmanager
def opened(
    template: database.Template, folder: Path, store: StoreSettings, bucket: str = BUCKET
) -> Iterator[Stage]:
    """A stage on a copy of this database and a bucket of its own in this store."""
    settings = replace(store, bucket=bucket)
    objects = ObjectStore(settings)
    objects.ensure_bucket()
    with template.copy() as url:
        app = create_app(database.settings_for(url, folder, settings))
        copies: Copies
        if template.name == "sqlite":
            copies = SqliteCopies(Path(url.removeprefix("sqlite:///")))
        else:
            copies = PostgresCopies(url)
        stage = Stage(app, objects, copies, dict(template.passwords))
        stage.prepare()
        try:
            yield stage
        finally:
            stage._let_go()
            if isinstance(copies, PostgresCopies):
                copies.drop("begin", "backup")
            objects.close()


@contextmanager
def live(on: Stage, folder: Path) -> Iterator[None]:
    """Let phones speak to a real gunicorn on the same rows, store and spool."""
    env = environment(folder, on.app.config["SQLALCHEMY_DATABASE_URI"], on.store.settings)
    with gunicorn(folder, env) as web:
        on.origin = web.origin
        try:
            yield
        finally:
            on.origin = None
