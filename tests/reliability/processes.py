"""Processes 进程: the real web server and worker in an environment of the histories, killed and
started again, and a working day 一天 as a fixed scenario of all kinds of ops.

gunicorn restarts its own worker; the background worker is restarted by the test, as
`inspect-server up` does. Failpoints are armed through environment variables and count their hits
in the home folder, so a failpoint kills once.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import clock
from inspect_server.core.database import db
from inspect_server.models import Job, JobState
from tests.reliability import checker
from tests.reliability.checker import Report
from tests.reliability.environment import PHONES, Environment
from tests.reliability.model import ModelPhone
from tests.reliability.network import Answer, ConnectionLost, IdNames, Network, Request
from tests.support import server
from tests.support.actors import Shot, jpeg
from tests.support.forked import Child

READY_SECONDS = 60.0
# A phone that is not done after so many cycles never will be.
MAX_ROUNDS = 30
ORPHANED_PART = "orphan.000000000000"


class NeverReady(Exception):
    """The service did not answer in time."""


@dataclass
class Service:
    """gunicorn and worker in one environment."""

    environment: Environment
    home: Path
    env: dict[str, str]
    port: int
    web: Child | None = None
    worker: Child | None = None
    worker_starts: int = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start both, and wait until the web server is ready."""
        self.web = self._run(
            *("gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{self.port}"),
            *("--worker-class", "gthread", "--workers", "1", "--threads", "16"),
            *("--graceful-timeout", "25", "--no-control-socket"),
        )
        self.restart_dead_worker()
        self.wait_until_ready()

    def restart_dead_worker(self) -> None:
        """Start the worker again when it has died."""
        if self.worker is None or self.worker.poll() is not None:
            self.worker_starts += 1
            self.worker = self._run("inspect_server.cli", "worker")

    def restart_worker(self) -> None:
        """Stop the worker as an operator does, and start it again."""
        assert self.worker is not None
        self.worker.terminate()
        self.worker.wait(READY_SECONDS)
        self.worker = None
        self.restart_dead_worker()

    def wait_until_ready(self) -> None:
        """Return when /readyz answers 200. Raises `NeverReady`."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.web is not None and self.web.poll() is not None:
                break
            if self._status_of("/readyz") == 200:
                return
            time.sleep(0.05)
        raise NeverReady((self.home / "log").read_text(encoding="utf-8")[-4000:])

    def web_worker(self) -> int:
        """The process of gunicorn that answers requests."""
        assert self.web is not None
        children = Path(f"/proc/{self.web.pid}/task/{self.web.pid}/children").read_text()
        return int(children.split()[0])

    def stop(self) -> None:
        """End both."""
        for child in (self.web, self.worker):
            if child is None:
                continue
            child.terminate()
            try:
                child.wait(READY_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()

    def serve(self, request: Request, sent: int | None = None, /) -> Answer:
        """Answer one request over HTTP; a dead server is a lost connection."""
        try:
            return self.environment.serve(request, sent)
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionLost from error

    def _status_of(self, path: str) -> int | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def _run(self, module: str, *arguments: str) -> Child:
        log = self.home / "log"
        return Child(module, arguments, self.env, log, log)


@contextmanager
def running(
    environment: Environment, home: Path, settings: Mapping[str, str] | None = None
) -> Iterator[Service]:
    """Run the service in this environment; its home uses the spool of the environment."""
    home.mkdir(parents=True, exist_ok=True)
    spool = environment.app.extensions["uploads"].spool.folder
    if not (home / "spool").exists():
        (home / "spool").symlink_to(spool)
    url = environment.app.config["SQLALCHEMY_DATABASE_URI"]
    env = server.environment(home, url, environment.store.settings) | dict(settings or {})
    service = Service(environment, home, env, _free_port())
    try:
        service.start()
        environment.origin = service.origin
        yield service
    finally:
        environment.origin = None
        service.stop()


# --- a working day ------------------------------------------------------------------------------


@dataclass
class WorkingDay:
    """一天: the phones of observers and a handler at work while processes are killed.

    A fixed scenario with every kind of op; the tests of this folder run it once or twice.
    """

    service: Service
    network: Network = field(init=False)
    phones: dict[str, ModelPhone] = field(init=False)
    trace: list[str] = field(default_factory=list)
    # How many workers had been started when the leases were last ended.
    ended_leases_at: int = 1

    def __post_init__(self) -> None:
        """Make the phones."""
        environment = self.service.environment
        self.network = Network(self.service.serve, IdNames(), self.trace.append)
        self.phones = {
            name: ModelPhone(name, self.network, environment.phones[name], clock.now())
            for name in PHONES
        }

    def work(self) -> None:
        """Every kind of op, uploads in one request and in pieces, jobs, notices, a cleanup."""
        chen, other, wang, lin = self.phones.values()
        chen.record([photo(1), photo_in_pieces(1)], "两张照片", "open")
        chen.record([photo_in_pieces(2)], "一张照片", "open")
        self._leave_orphaned_part()
        self.sync("chen-1")
        other.record([photo(2), photo(3)], "另一部手机", "persuaded")
        other.record([], "不合规矩", "nonsense")
        other.record([], "仍然不合规矩", "nonsense")
        self.sync("chen-2")
        self.service.restart_worker()
        chen.amend(0, [photo(4)], "补一张")
        other.withdraw(0)
        self.sync("chen-1")
        self.sync("chen-2")
        for which in range(2):
            self.service.environment.supervisor_move(which, 0)
        self.sync("wang-1")
        wang.move(0, 1, [], "受理")
        self.sync("wang-1")
        wang.move(0, 1, [photo(5), photo_in_pieces(3)], "改好了")
        self.sync("wang-1")
        self.service.environment.request_visit(0)
        self.sync("lin-1")
        lin.visit(0, 1, [photo(6), photo_in_pieces(4)], "还在")
        self.sync("lin-1")

    def sync(self, name: str) -> str:
        """One cycle of a phone; a dead worker is restarted first."""
        self.service.restart_dead_worker()
        outcome = self.phones[name].sync(600, None)
        if outcome.startswith("offline") or "left" not in outcome:
            self.service.wait_until_ready()
        return outcome

    def sync_until_idle(self) -> None:
        """Without faults: phones sync until nothing is left, the worker until all jobs are done."""
        for _ in range(MAX_ROUNDS):
            if {self.sync(name) for name in self.phones} == {"done, 0 left"}:
                # The jobs of the last ops are done, and every phone pulls the result.
                self._finish_jobs()
                for name in self.phones:
                    assert self.sync(name) == "done, 0 left"
                return
            self._finish_jobs()
        raise AssertionError("the phones are never done:\n" + "\n".join(self.trace[-30:]))

    def check(self, *, restored: bool = False) -> Report:
        """Compare phones, rows and bucket."""
        environment = self.service.environment
        dumps = [phone.dump(quiet=True) for phone in self.phones.values()]
        bucket = checker.read_bucket(environment.store)
        with environment.app.app_context(), Session(db.engine) as session:
            return checker.examine(session, bucket, dumps, restored=restored)

    def _finish_jobs(self) -> None:
        """Wait for the worker; the lease of a dead one is ended at once, two minutes early."""
        waiting = sa.select(sa.func.count()).where(Job.state.in_((JobState.READY, JobState.LEASED)))
        deadline = time.monotonic() + READY_SECONDS
        while self._count(waiting):
            self.service.restart_dead_worker()
            if self.service.worker_starts > self.ended_leases_at:
                self.ended_leases_at = self.service.worker_starts
                leased = sa.update(Job).where(Job.state == JobState.LEASED)
                self.service.environment.write(leased.values(run_after=clock.now()))
            if time.monotonic() > deadline:
                raise AssertionError("the worker does not finish its jobs")
            time.sleep(0.05)

    def _count(self, query: Any) -> int:
        with self.service.environment.app.app_context():
            count = db.session.scalar(query) or 0
            db.session.rollback()
        return int(count)

    def _leave_orphaned_part(self) -> None:
        """Leave a part in the spool as a server does that was killed before it wrote the row."""
        part = self.service.environment.app.extensions["uploads"].spool.folder / ORPHANED_PART
        part.write_bytes(b"orphan")
        long_ago = time.time() - 3 * 24 * 3600
        os.utime(part, (long_ago, long_ago))


def photo_in_pieces(seed: int) -> Shot:
    """A photo of a size the model phone sends in two pieces."""
    return _sized(seed, pieces=True)


def photo(seed: int) -> Shot:
    """A photo of a size the model phone sends at once."""
    return _sized(seed, pieces=False)


def _sized(seed: int, *, pieces: bool) -> Shot:
    contents = (
        content
        for number in range(200)
        if (len(content := jpeg(number, 96 + 4 * (number // 30))) % 3 == 0) is pieces
    )
    for _ in range(seed):
        next(contents)
    return Shot(next(contents))


# --- one big upload -----------------------------------------------------------------------------


def kill_web_worker(service: Service) -> None:
    """Kill the process that answers requests with SIGKILL."""
    os.kill(service.web_worker(), signal.SIGKILL)


def terminate_web_server(service: Service) -> None:
    """Stop the web server with SIGTERM; requests under way get 25 seconds."""
    assert service.web is not None
    service.web.terminate()
    service.web.wait(READY_SECONDS)


def send_part(
    service: Service,
    shot: Shot,
    headers: Mapping[str, str],
    body: bytes,
    stop: Callable[[Service], None] = kill_web_worker,
) -> int:
    """Send these bytes of an upload and end the server while it waits for more.

    Returns how many bytes reached its disk. A complete photo would be stored and removed from
    the spool.
    """
    assert len(body) < len(shot.content)
    spool = service.environment.app.extensions["uploads"].spool.folder
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        before = _size(spool)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        target = f"PATCH /api/v1/uploads/{shot.photo_id}"
        connection.sendall(f"{target} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode() + body)
        received = last = -1
        # The server writes pieces of at most 64 KB: wait until the size no longer changes.
        deadline = time.monotonic() + READY_SECONDS
        while received != last or received < len(body) - 64 * 1024:
            if time.monotonic() > deadline:
                raise AssertionError(f"of {len(body)} bytes {received} reached the disk")
            last, received = received, _size(spool) - before
            time.sleep(0.05)
        stop(service)
    return received


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """Mount a disk of so many bytes at this folder. Skips the test without the right to mount."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("NOT RUN: a small disk can only be mounted by root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.name != ORPHANED_PART)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
