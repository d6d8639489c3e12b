"""The real phone's core in Node 手机内核: `web/field` is bundled and driven by commands on stdin.
Its requests go over loopback through the network of the histories to a live server.
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

from tests.reliability.environment import Environment
from tests.reliability.network import ConnectionLost, Network, Request
from tests.support.actors import Shot

ROOT = Path(__file__).parents[2]
BUILD_SECONDS = 120
# Tokens of the phones never expire by themselves in a history.
NEVER = "2099-01-01T00:00:00Z"


class DriverFailed(Exception):
    """The phone's core threw an error; the text is its stack."""


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
class Relay:
    """The address phones send to, and the network behind it; one phone syncs at a time."""

    origin: str = ""
    network: Network | None = None
    phone: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, request: Request) -> Any:
        """Send a request of the phone that syncs now."""
        with self.lock:
            assert self.network is not None
            return self.network.send(self.phone, request)


@contextmanager
def running_relay() -> Iterator[Relay]:
    """Listen on loopback for requests of phones."""
    relay = Relay()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _relay(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, dict(self.headers.items()), body)
            self.close_connection = True
            try:
                answer = relay.send(request)
            except ConnectionLost:
                # The connection is closed without an answer.
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

        do_GET = do_POST = do_PATCH = do_HEAD = do_DELETE = _relay

        def log_message(self, *_: Any) -> None:
            """Log nothing: the trace has it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    relay.origin = f"http://127.0.0.1:{server.server_address[1]}"
    serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    try:
        yield relay
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


class Driver:
    """A Node process that runs the phones."""

    def __init__(self, program: Path, relay: Relay) -> None:
        """Start the process."""
        self.relay = relay
        self._child = subprocess.Popen(
            ["node", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={"PATH": os.environ["PATH"]},
        )

    def command(self, phone: str, name: str, *args: Any) -> Any:
        """Send a command to a phone. Raises `DriverFailed`."""
        assert self._child.stdin and self._child.stdout
        self.relay.phone = phone
        request = {"phone": phone, "command": name, "args": args}
        self._child.stdin.write(json.dumps(request) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise DriverFailed(f"node ended with {self._child.wait()} at {name} of {phone}")
        answer = json.loads(line)
        if "failed" in answer:
            raise DriverFailed(answer["failed"])
        return answer["result"]

    def close(self) -> None:
        """End the process."""
        assert self._child.stdin and self._child.stdout
        self._child.stdin.close()
        self._child.wait(20)
        self._child.stdout.close()


@dataclass
class NodePhone:
    """One of the phones in the Node process."""

    name: str
    driver: Driver

    def record(self, shots: Sequence[Shot], note: str, outcome: str) -> dict[str, Any]:
        """See `Phone`."""
        op: dict[str, Any] = self.driver.command(
            self.name, "record", _encoded(shots), note, outcome
        )
        return op

    def amend(self, which: int, shots: Sequence[Shot], note: str) -> Any:
        """See `Phone`."""
        return self.driver.command(self.name, "amend", which, _encoded(shots), note)

    def withdraw(self, which: int) -> Any:
        """See `Phone`."""
        return self.driver.command(self.name, "withdraw", which)

    def move(self, which: int, choice: int, shots: Sequence[Shot], note: str) -> Any:
        """See `Phone`."""
        return self.driver.command(self.name, "move", which, choice, _encoded(shots), note)

    def visit(self, which: int, choice: int, shots: Sequence[Shot], note: str) -> Any:
        """See `Phone`."""
        return self.driver.command(self.name, "visit", which, choice, _encoded(shots), note)

    def sync(self, seconds: int, kill_at: int | None) -> str:
        """See `Phone`."""
        return str(self.driver.command(self.name, "sync", seconds, kill_at))

    def signed_in_again(self, session: dict[str, Any]) -> None:
        """See `Phone`."""
        self.driver.command(self.name, "signed_in_again", session)

    def dump(self, quiet: bool) -> Any:
        """See `Phone`."""
        return self.driver.command(self.name, "dump", quiet)


def _encoded(shots: Sequence[Shot]) -> list[dict[str, str]]:
    return [
        {"role": shot.role, "base64": base64.b64encode(shot.content).decode()} for shot in shots
    ]


@dataclass
class NodePhones:
    """Makes the phones of a history."""

    driver: Driver

    def __call__(self, name: str, network: Network, environment: Environment) -> NodePhone:
        """Make a phone; the first one of a history replaces all phones of the last history."""
        if self.driver.relay.network is not network:
            self.driver.relay.network = network
            sessions = {
                phone_name: {
                    "device_id": phone.device_id,
                    "person": phone.person,
                    "access_token": phone.access_token,
                    "refresh_token": phone.refresh_token,
                    "expires_at": NEVER,
                    "cursor": phone.cursor,
                    "epoch": phone.epoch,
                }
                for phone_name, phone in environment.phones.items()
            }
            self.driver.command("", "begin", self.driver.relay.origin, sessions)
        return NodePhone(name, self.driver)


@contextmanager
def phones(program: Path) -> Iterator[NodePhones]:
    """Start the Node process and its relay."""
    with running_relay() as relay:
        driver = Driver(program, relay)
        try:
            yield NodePhones(driver)
        finally:
            driver.close()
