"""Processes 进程: the real web server and worker on a stage, killed and started again, and the
working day that is played on them.

gunicorn starts a worker of its own again; the background worker is started again by whoever
tends the service, as `inspect-server up` does. Failpoints are armed through the environment and
count their hits in the home, so a killed process strikes once.
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
from tests.reliability.environment import PHONES, Stage
from tests.reliability.model import ModelPhone
from tests.reliability.network import Answer, ConnectionLost, Names, Network, Request
from tests.support.actors import Shot, jpeg
from tests.support.forked import Child
from tests.support.server import environment

READY_SECONDS = 60.0
# A phone that has not come to rest after so many cycles never will.
MAX_ROUNDS = 30
STRAY = "stray.000000000000"


class NeverReady(Exception):
    """The service did not answer in time."""


@dataclass
class Service:
    """gunicorn and worker on one stage."""

    stage: Stage
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
        self.tend()
        self.wait_until_ready()

    def tend(self) -> None:
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
        self.tend()

    def wait_until_ready(self) -> None:
        """Return when /readyz says 200. Raises `NeverReady`."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.web is not None and self.web.poll() is not None:
                break
            if self._says("/readyz") == 200:
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
        """Answer one request over the line; a server that is gone is a line that broke."""
        try:
            return self.stage.serve(request, sent)
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionLost from error

    def _says(self, path: str) -> int | None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", path)
            return line.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            line.close()

    def _run(self, module: str, *words: str) -> Child:
        log = self.home / "log"
        return Child(module, words, self.env, log, log)


@contextmanager
def running(stage: Stage, home: Path, more: Mapping[str, str] | None = None) -> Iterator[Service]:
    """The service on this stage, in a home whose spool is the stage's."""
    home.mkdir(parents=True, exist_ok=True)
    spool = stage.app.extensions["uploads"].spool.folder
    if not (home / "spool").exists():
        (home / "spool").symlink_to(spool)
    rows = stage.app.config["SQLALCHEMY_DATABASE_URI"]
    env = environment(home, rows, stage.store.settings) | dict(more or {})
    service = Service(stage, home, env, _free_port())
    try:
        service.start()
        stage.origin = service.origin
        yield service
    finally:
        stage.origin = None
        service.stop()


# --- a working day ------------------------------------------------------------------------------


@dataclass
class Day:
    """一天: two observers' phones and a handler's at work, while processes die under them."""

    service: Service
    network: Network = field(init=False)
    phones: dict[str, ModelPhone] = field(init=False)
    trace: list[str] = field(default_factory=list)
    # How many workers had been started when the leases were last ended.
    ended_leases_at: int = 1

    def __post_init__(self) -> None:
        """Hand out the phones."""
        stage = self.service.stage
        self.network = Network(self.service.serve, Names(), self.trace.append)
        self.phones = {
            name: ModelPhone(name, self.network, stage.phones[name], clock.now()) for name in PHONES
        }

    def work(self) -> None:
        """Every kind of op, whole uploads and uploads in pieces, jobs, notices, a sweep."""
        chen, other, wang, lin = self.phones.values()
        chen.record([whole(1), in_pieces(1)], "两张照片", "open")
        chen.record([in_pieces(2)], "一张照片", "open")
        self._leave_a_stray_part()
        self.sync("chen-1")
        other.record([whole(2), whole(3)], "另一部手机", "persuaded")
        other.record([], "不合规矩", "nonsense")
        other.record([], "仍然不合规矩", "nonsense")
        self.sync("chen-2")
        self.service.restart_worker()
        chen.amend(0, [whole(4)], "补一张")
        other.withdraw(0)
        self.sync("chen-1")
        self.sync("chen-2")
        for which in range(2):
            self.service.stage.desk_move(which, 0)
        self.sync("wang-1")
        wang.move(0, 1, [], "受理")
        self.sync("wang-1")
        wang.move(0, 1, [whole(5), in_pieces(3)], "改好了")
        self.sync("wang-1")
        self.service.stage.ask_visit(0)
        self.sync("lin-1")
        lin.visit(0, 1, [whole(6), in_pieces(4)], "还在")
        self.sync("lin-1")

    def sync(self, name: str) -> str:
        """One cycle of a phone, on whatever is alive now."""
        self.service.tend()
        outcome = self.phones[name].sync(600, None)
        if outcome.startswith("offline") or "left" not in outcome:
            self.service.wait_until_ready()
        return outcome

    def come_to_rest(self) -> None:
        """Faults are over: phones sync until nothing is left, and the worker until all is done."""
        for _ in range(MAX_ROUNDS):
            if {self.sync(name) for name in self.phones} == {"done, 0 left"}:
                # What the last of them sent is worked off, and everybody hears of that.
                self._finish_jobs()
                for name in self.phones:
                    assert self.sync(name) == "done, 0 left"
                return
            self._finish_jobs()
        raise AssertionError("the phones never came to rest:\n" + "\n".join(self.trace[-30:]))

    def judge(self, *, restored: bool = False) -> Report:
        """Hold phones, rows and bucket against each other."""
        stage = self.service.stage
        dumps = [phone.dump(quiet=True) for phone in self.phones.values()]
        bucket = checker.read_bucket(stage.store)
        with stage.app.app_context(), Session(db.engine) as session:
            return checker.examine(session, bucket, dumps, restored=restored)

    def _finish_jobs(self) -> None:
        """Wait for the worker; the lease of a dead one is over at once, two minutes early."""
        waiting = sa.select(sa.func.count()).where(Job.state.in_((JobState.READY, JobState.LEASED)))
        deadline = time.monotonic() + READY_SECONDS
        while self._count(waiting):
            self.service.tend()
            if self.service.worker_starts > self.ended_leases_at:
                self.ended_leases_at = self.service.worker_starts
                over = sa.update(Job).where(Job.state == JobState.LEASED)
                self.service.stage.write(over.values(run_after=clock.now()))
            if time.monotonic() > deadline:
                raise AssertionError("the worker does not come to an end")
            time.sleep(0.05)

    def _count(self, query: Any) -> int:
        with self.service.stage.app.app_context():
            found = db.session.scalar(query) or 0
            db.session.rollback()
        return int(found)

    def _leave_a_stray_part(self) -> None:
        """What a server that died before its row was written leaves in the spool."""
        stray = self.service.stage.app.extensions["uploads"].spool.folder / STRAY
        stray.write_bytes(b"nobody's")
        long_ago = time.time() - 3 * 24 * 3600
        os.utime(stray, (long_ago, long_ago))


def in_pieces(seed: int) -> Shot:
    """A photo of a size the model phone sends in two pieces."""
    return _sized(seed, pieces=True)


def whole(seed: int) -> Shot:
    """A photo of a size the model phone sends at once."""
    return _sized(seed, pieces=False)


def _sized(seed: int, *, pieces: bool) -> Shot:
    fitting = (
        content
        for number in range(200)
        if (len(content := jpeg(number, 96 + 4 * (number // 30))) % 3 == 0) is pieces
    )
    for _ in range(seed):
        next(fitting)
    return Shot(next(fitting))


# --- one big upload -----------------------------------------------------------------------------


def killed(service: Service) -> None:
    """kill -9 for the process that answers."""
    os.kill(service.web_worker(), signal.SIGKILL)


def asked_to_stop(service: Service) -> None:
    """SIGTERM for the web server, which gives what is under way 25 seconds."""
    assert service.web is not None
    service.web.terminate()
    service.web.wait(READY_SECONDS)


def send_part(
    service: Service,
    shot: Shot,
    headers: Mapping[str, str],
    body: bytes,
    stop: Callable[[Service], None] = killed,
) -> int:
    """Go on with an upload, hand over these bytes, and end the server while it waits for more.

    Returns how many bytes had reached its disk. A whole photo would be finished and gone.
    """
    assert len(body) < len(shot.content)
    spool = service.stage.app.extensions["uploads"].spool.folder
    with socket.create_connection(("127.0.0.1", service.port)) as line:
        before = _size(spool)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        target = f"PATCH /api/v1/uploads/{shot.photo_id}"
        line.sendall(f"{target} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode() + body)
        came = last = -1
        # It hands over what has come in pieces of at most 64 KB: wait until it is still.
        deadline = time.monotonic() + READY_SECONDS
        while came != last or came < len(body) - 64 * 1024:
            if time.monotonic() > deadline:
                raise AssertionError(f"of {len(body)} bytes {came} reached the disk")
            last, came = came, _size(spool) - before
            time.sleep(0.05)
        stop(service)
    return came


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """A disk of so many bytes at this folder. Skips the test where one may not mount."""
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
    return sum(path.stat().st_size for path in folder.iterdir() if path.name != STRAY)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
