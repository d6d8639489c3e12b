"""The real product for a test session: `inspect-server up` on a free port, in its own folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.support import forked
from tests.support.actors import CAPTURED_AT, new_id, record

# The last line `up` prints, once /readyz has answered.
_READY_LINE = "Ctrl-C"
_STOP_SECONDS = 60
_UP_COMMAND = (sys.executable, "-m", "inspect_server.cli", "up")


@dataclass(frozen=True)
class Live:
    """A running product and the demo cast's passwords."""

    origin: str
    passwords: Mapping[str, str]
    env: Mapping[str, str]
    # `inspect-server up`.
    pid: int = 0

    @contextmanager
    def silent(self) -> Iterator[None]:
        """The web server takes connections and answers nothing, as behind a dead line."""
        server = next(pid for pid in _children(self.pid) if "gunicorn" in _command_line(pid))
        os.killpg(server, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(server, signal.SIGCONT)

    def command(self, *arguments: str) -> None:
        """Run one of the operator's commands while it runs."""
        done = forked.run("inspect_server.cli", *arguments, env=self.env)
        if done.returncode != 0:
            raise RuntimeError(f"inspect-server {' '.join(arguments)}:\n{done.stdout}{done.stderr}")

    def report(self, many: int) -> None:
        """小陈 reports so many cases that wait to be filed: a demonstration may have none.

        Which of its cases are still to be filed depends on the hour and the weekday.
        """
        device = {"id": new_id(), "name": "test"}
        login = {"login": "chen", "password": self.passwords["chen"], "device": device}
        session = requests.post(f"{self.origin}/api/v1/sessions", json=login, timeout=60).json()
        batch = {
            "epoch": None,
            "device_id": device["id"],
            "batch_id": new_id(),
            "sent_at": CAPTURED_AT,
            "ops": [record(note=f"待立案 {number}") for number in range(many)],
        }
        bearer = {"Authorization": f"Bearer {session['access_token']}"}
        url = f"{self.origin}/api/v1/sync/push"
        answer = requests.post(url, json=batch, headers=bearer, timeout=60).json()
        assert {result["status"] for result in answer["results"]} == {"accepted"}, answer


@contextmanager
def running(home: Path, **more: str) -> Iterator[Live]:
    """Start it with some more settings, wait until it is ready, and stop it as Ctrl-C does."""
    port = _free_port()
    # The settings of the tests' own engines must not reach the product.
    env = {k: v for k, v in os.environ.items() if not k.startswith("INSPECT_")}
    env |= {"INSPECT_HOME": str(home), "INSPECT_PORT": str(port)} | more
    with subprocess.Popen(
        _UP_COMMAND,
        env=env,
        text=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as up:
        try:
            _wait_until_ready(up)
            passwords = _demo_passwords(home)
            yield Live(f"http://127.0.0.1:{port}", passwords, env, up.pid)
        finally:
            up.send_signal(signal.SIGINT)
            up.communicate(timeout=_STOP_SECONDS)


def _demo_passwords(home: Path) -> dict[str, str]:
    """The passwords of the demo cast; a real city has none."""
    file = home / "demo-logins.json"
    if not file.exists():
        return {}
    logins = json.loads(file.read_text(encoding="utf-8"))
    return {one["login"]: one["password"] for one in logins}


def _wait_until_ready(up: subprocess.Popen[str]) -> None:
    errors = []
    for line in up.stdout or ():
        errors.append(line)
        if _READY_LINE in line:
            return
    raise RuntimeError("inspect-server up ended:\n" + "".join(errors))


def _children(pid: int) -> list[int]:
    """The processes that this one started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def _command_line(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
