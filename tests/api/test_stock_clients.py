"""Clients we did not write, and a web server that dies: over a real socket to a real gunicorn."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from media.store import StoreSettings
from tests import engines
from tests.cast import BYTES, TUS, Device, Shot, jpeg

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).parents[2]
READY_SECONDS = 30


@dataclass
class Web:
    """A running gunicorn with one worker."""

    port: int
    arbiter: subprocess.Popen[bytes]
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
    """Look until it is so: what another process does is seen only by looking."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if found := happened():
            return found
        time.sleep(0.02)
    raise TimeoutError(what)


@contextmanager
def gunicorn(folder: Path, env: dict[str, str]) -> Iterator[Web]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--threads", "8", "--no-control-socket"]
    with (
        open(folder / "web.log", "wb") as log,
        subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log) as arbiter,
    ):
        web = Web(port, arbiter, folder)
        try:
            web.wait()
            yield web
        finally:
            arbiter.send_signal(signal.SIGINT)
            arbiter.wait(READY_SECONDS)


@pytest.fixture
def web(
    app: Flask, database_url: str, store_settings: StoreSettings, tmp_path: Path
) -> Iterator[Web]:
    """The service behind gunicorn, on the rows, the store and the spool of `app`."""
    env = {
        "PATH": os.defpath,
        "INSPECT_HOME": str(tmp_path),
        "INSPECT_DATABASE_URL": database_url,
        "INSPECT_SECRET_KEY": engines.SECRET,
        "INSPECT_S3_ENDPOINT_URL": store_settings.endpoint_url,
        "INSPECT_S3_BUCKET": store_settings.bucket,
        "INSPECT_S3_ACCESS_KEY_ID": store_settings.access_key_id,
        "INSPECT_S3_SECRET_ACCESS_KEY": store_settings.secret_access_key,
    }
    with gunicorn(tmp_path, env) as running:
        yield running


@pytest.fixture
def shot() -> Shot:
    """A photo of some hundred kilobytes."""
    taken = Shot(jpeg(0, 1600))
    assert len(taken.content) > 100_000
    return taken


def uploader(web: Web, observer: Device, shot: Shot, **more: Any) -> Any:
    """tuspy, as its manual has it."""
    client = TusClient(f"{web.origin}/api/v1/uploads", headers=dict(observer.bearer))
    told = {"photo_id": shot.photo_id, "sha256": shot.sha256}
    return client.uploader(file_stream=io.BytesIO(shot.content), metadata=told, **more)


def test_tuspy_uploads_a_photo_in_pieces(web: Web, observer: Device, shot: Shot) -> None:
    uploader(web, observer, shot, chunk_size=30_000, upload_checksum=False).upload()
    assert observer.head(shot).headers["Upload-Complete"] == "?1"


def test_tuspy_goes_on_where_it_was_cut(web: Web, observer: Device, shot: Shot) -> None:
    first = uploader(web, observer, shot, chunk_size=30_000)
    first.upload_chunk()
    address = first.url
    anew = uploader(web, observer, shot, chunk_size=30_000, url=address)
    assert anew.offset == 30_000
    anew.upload()
    assert observer.head(shot).headers["Upload-Complete"] == "?1"


def test_tuspy_sees_a_refusal_as_a_failure(web: Web, observer: Device) -> None:
    words = Shot(b"these are words, not a photo" * 10)
    with pytest.raises(TusCommunicationError) as failure:
        uploader(web, observer, words).upload()
    assert failure.value.status_code == 422


def begin(web: Web, observer: Device, shot: Shot, sent: int) -> socket.socket:
    """Send the head of a PATCH and its first bytes, and stop there."""
    answer = requests.post(
        f"{web.origin}/api/v1/uploads",
        headers=observer.bearer
        | TUS
        | {
            "Upload-Length": str(len(shot.content)),
            "Upload-Metadata": metadata(shot),
        },
        timeout=READY_SECONDS,
    )
    assert answer.status_code == 201
    line = socket.create_connection(("127.0.0.1", web.port))
    headers = observer.bearer | TUS | BYTES | {"Upload-Offset": "0", "Host": "phone"}
    headers["Content-Length"] = str(len(shot.content))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    line.sendall(f"PATCH /api/v1/uploads/{shot.photo_id} HTTP/1.1\r\n{head}\r\n".encode())
    line.sendall(shot.content[:sent])
    return line


def metadata(shot: Shot) -> str:
    return ",".join(
        f"{name} {b64encode(value.encode()).decode()}"
        for name, value in (("photo_id", shot.photo_id), ("sha256", shot.sha256))
    )


def spooled(web: Web) -> int:
    """How many bytes lie in the spool."""
    return sum(part.stat().st_size for part in (web.folder / "spool").iterdir())


def test_what_came_before_the_worker_was_killed_is_kept(
    web: Web, observer: Device, shot: Shot
) -> None:
    line = begin(web, observer, shot, 100_000)
    kept = until("bytes are in the spool", lambda: spooled(web))
    os.kill(web.worker(), signal.SIGKILL)
    line.close()
    web.wait()
    answer = requests.head(
        f"{web.origin}/api/v1/uploads/{shot.photo_id}",
        headers=observer.bearer | TUS,
        timeout=READY_SECONDS,
    )
    offset = int(answer.headers["Upload-Offset"])
    assert 0 < kept <= offset < len(shot.content)
    anew = uploader(web, observer, shot, url=f"{web.origin}/api/v1/uploads/{shot.photo_id}")
    assert anew.offset == offset
    anew.upload()
    assert observer.head(shot).headers["Upload-Complete"] == "?1"


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_what_came_before_the_connection_was_cut_is_kept(
    web: Web, observer: Device, shot: Shot, how: str
) -> None:
    line = begin(web, observer, shot, 50_000)
    until("bytes are in the spool", lambda: spooled(web))
    if how == "reset":
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    line.close()
    # The server's own buffer gives its last bytes in pieces of a kilobyte.
    until("the cut is noticed", lambda: spooled(web) > 50_000 - 1024)
    assert int(observer.head(shot).headers["Upload-Offset"]) == spooled(web)
