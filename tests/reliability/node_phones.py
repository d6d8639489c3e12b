"""The real phone's core in Node 手机内核: `web/field` bundled and told what to do line by line; its
requests go over loopback through the network of the histories to a live server.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.reliability.environment import Stage
from tests.reliability.network import ConnectionLost, Network, Request
from tests.support.actors import Shot

ROOT = Path(__file__).parents[2]
BUILD_SECONDS = 120
# As the template's tokens: a history never lasts so long.
FAR_AWAY = "2099-01-01T00:00:00Z"


class DriverFailed(Exception):
    """The phone's core threw what it should not; the text is its stack."""


def bundle(folder: Path, web: Path = ROOT / "web") -> Path:
    """Bundle the driver of a web tree into a folder; returns the file to run."""
    done = subprocess.run(
        ["node", "node_modules/vite/bin/vite.js", "build", "-c", "vite.reliability.config.ts"]
        + ["--outDir", str(folder)],
        cwd=web,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"the phone's core does not build:\n{done.stdout}{done.stderr}")
    return folder / "driver.js"


@dataclass
class Line:
    """The address phones speak to, and the network behind it: who syncs now is who speaks."""

    origin: str = ""
    network: Network | None = None
    phone: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def carry(self, request: Request) -> Any:
        """Carry one request of the phone that syncs now."""
        with self.lock:
            assert self.network is not None
            return self.network.carry(self.phone, request)


@contextmanager
def line() -> Iterator[Line]:
    """Listen on loopback for what phones send."""
    here = Line()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _carry(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, dict(self.headers.items()), body)
            self.close_connection = True
            try:
                answer = here.carry(request)
            except ConnectionLost:
                # Not a word, and the line is closed.
                return
            self.send_response_only(answer.status)
            left_out = ("content-length", "connection", "transfer-encoding", "date", "server")
            for name, value in answer.headers.items():
                if name.lower() not in left_out:
                    self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PATCH = do_HEAD = do_DELETE = _carry

        def log_message(self, *_: Any) -> None:
            """The trace tells."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    here.origin = f"http://127.0.0.1:{server.server_address[1]}"
    serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


class Driver:
    """A Node process with phones in it."""

    def __init__(self, program: Path, here: Line) -> None:
        """Start it."""
        self.line = here
        self._child = subprocess.Popen(
            ["node", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={"PATH": os.environ["PATH"]},
        )

    def ask(self, phone: str, command: str, *args: Any) -> Any:
        """Have a phone do something. Raises `DriverFailed`."""
        assert self._child.stdin and self._child.stdout
        self.line.phone = phone
        order = {"phone": phone, "command": command, "args": args}
        self._child.stdin.write(json.dumps(order) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise DriverFailed(f"node ended with {self._child.wait()} at {command} of {phone}")
        answer = json.loads(line)
        if "failed" in answer:
            raise DriverFailed(answer["failed"])
        return answer["result"]

    def close(self) -> None:
        """End it."""
        assert self._child.stdin and self._child.stdout
        self._child.stdin.close()
        self._child.wait(20)
        self._child.stdout.close()


@dataclass
class NodePhone:
    """One of the phones in the Node process, as `histories` knows phones."""

    name: str
    driver: Driver

    def record(self, shots: Sequence[Shot], note: str, outcome: str) -> dict[str, Any]:
        """See `Phone`."""
        made: dict[str, Any] = self.driver.ask(self.name, "record", _told(shots), note, outcome)
        return made

    def amend(self, which: int, shots: Sequence[Shot], note: str) -> Any:
        """See `Phone`."""
        return self.driver.ask(self.name, "amend", which, _told(shots), note)

    def withdraw(self, which: int) -> Any:
        """See `Phone`."""
        return self.driver.ask(self.name, "withdraw", which)

    def move(self, which: int, choice: int, shots: Sequence[Shot], note: str) -> Any:
        """See `Phone`."""
        return self.driver.ask(self.name, "move", which, choice, _told(shots), note)

    def visit(self, which: int, choice: int, shots: Sequence[Shot], note: str) -> Any:
        """See `Phone`."""
        return self.driver.ask(self.name, "visit", which, choice, _told(shots), note)

    def sync(self, seconds: int, kill_at: int | None) -> str:
        """See `Phone`."""
        return str(self.driver.ask(self.name, "sync", seconds, kill_at))

    def signed_in_again(self, session: dict[str, Any]) -> None:
        """See `Phone`."""
        self.driver.ask(self.name, "signed_in_again", session)

    def dump(self, quiet: bool) -> Any:
        """See `Phone`."""
        return self.driver.ask(self.name, "dump", quiet)


def _told(shots: Sequence[Shot]) -> list[dict[str, str]]:
    return [{"role": s.role, "base64": base64.b64encode(s.content).decode()} for s in shots]


@dataclass
class NodePhones:
    """Makes the phones of a history, in the order in which they are asked for."""

    driver: Driver

    def __call__(self, name: str, network: Network, on: Stage) -> NodePhone:
        """Make one; the first of a history takes the place of those before."""
        if self.driver.line.network is not network:
            self.driver.line.network = network
            known = {
                one: {
                    "device_id": phone.device_id,
                    "person": phone.person,
                    "access_token": phone.access_token,
                    "refresh_token": phone.refresh_token,
                    "expires_at": FAR_AWAY,
                    "cursor": phone.cursor,
                    "epoch": phone.epoch,
                }
                for one, phone in on.phones.items()
            }
            self.driver.ask("", "begin", self.driver.line.origin, known)
        return NodePhone(name, self.driver)


@contextmanager
def phones(program: Path) -> Iterator[NodePhones]:
    """The real core of the phones, and the line they speak over."""
    with line() as here:
        driver = Driver(program, here)
        try:
            yield NodePhones(driver)
        finally:
            driver.close()
