"""A real gunicorn for tests that need a socket: started, watched and stopped."""

from __future__ import annotations

import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media.store import StoreSettings
from tests.support import database
from tests.support.forked import Child

ROOT = Path(__file__).parents[2]
READY_SECONDS = 30
# A worker that gunicorn's quick stop finds inside its own lock never ends by itself: it is killed
# after this long, which has to lie well below what the stop is waited for.
GRACE_SECONDS = 5


@dataclass
class Web:
    """A running gunicorn with one worker."""

    port: int
    arbiter: Child
    folder: Path

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def worker(self) -> int:
        """The process that answers requests."""
        children = Path(f"/proc/{self.arbiter.pid}/task/{self.arbiter.pid}/children")
        (pid,) = map(int, children.read_text().split())
        return pid

    def wait(self) -> None:
        """Until it answers."""
        until("the web server answers", self._answers)

    def _answers(self) -> bool:
        if self.arbiter.poll() is not None:
            raise RuntimeError((self.folder / "web.log").read_text()[-2000:])
        try:
            with urllib.request.urlopen(f"{self.origin}/livez", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False


def until(what: str, happened: Any) -> Any:
    """Repeat a check until it is true: another process sends no event."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if result := happened():
            return result
        time.sleep(0.02)
    raise TimeoutError(what)


@contextmanager
def gunicorn(folder: Path, env: dict[str, str]) -> Iterator[Web]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["wsgi:app", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    arguments += ["--threads", "8", "--no-control-socket", "--graceful-timeout", str(GRACE_SECONDS)]
    log = folder / "web.log"
    arbiter = Child("gunicorn", arguments, env, log, log)
    web = Web(port, arbiter, folder)
    try:
        web.wait()
        yield web
    finally:
        arbiter.send_signal(signal.SIGINT)
        arbiter.wait(READY_SECONDS)


def environment(home: Path, database_url: str, store: StoreSettings) -> dict[str, str]:
    """What the service behind gunicorn reads: these rows, this store, a spool in `home`."""
    return {
        "PATH": os.defpath,
        "INSPECT_HOME": str(home),
        "INSPECT_DATABASE_URL": database_url,
        "INSPECT_SECRET_KEY": database.SECRET,
        "INSPECT_S3_ENDPOINT_URL": store.endpoint_url,
        "INSPECT_S3_BUCKET": store.bucket,
        "INSPECT_S3_ACCESS_KEY_ID": store.access_key_id,
        "INSPECT_S3_SECRET_ACCESS_KEY": store.secret_access_key,
    }
