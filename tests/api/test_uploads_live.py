"""Photos over real sockets: stock tuspy against gunicorn, cut and resumed."""

from __future__ import annotations

import http.client
import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from inspect_server import gunicorn_gate, leash
from media.store import StoreSettings
from tests.cast import TUS, Shot, jpeg, new_id
from tests.engines import SECRET, Template

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).parent.parent.parent
READY_SECONDS = 60


class Phone:
    """小陈's phone on the network."""

    def __init__(self, origin: str, password: str) -> None:
        """Sign in."""
        self.api = f"{origin}/api/v1"
        device = {"id": new_id(), "name": "live"}
        body = {"login": "chen", "password": password, "device": device}
        answer = requests.post(f"{self.api}/sessions", json=body, timeout=30)
        assert answer.status_code == 201, answer.text
        self.bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def head(self, shot: Shot) -> requests.Response:
        url = f"{self.api}/uploads/{shot.photo_id}"
        return requests.head(url, headers=self.bearer | TUS, timeout=30)

    def receipt(self, shot: Shot) -> str:
        body = {"photos": [shot.photo_id]}
        answer = requests.post(f"{self.api}/sync/receipts", json=body, headers=self.bearer,
                               timeout=30)  # fmt: skip
        return str(answer.json()["photos"][shot.photo_id])

    def uploader(self, shot: Shot, **more: Any) -> Any:
        """Stock tuspy for this photo."""
        client = TusClient(f"{self.api}/uploads", headers=self.bearer)
        told = {"photo_id": shot.photo_id, "sha256": shot.sha256}
        return client.uploader(file_stream=io.BytesIO(shot.content), metadata=told, **more)


@pytest.fixture
def phone(
    database_url: str, database: Template, store_settings: StoreSettings, tmp_path: Path
) -> Iterator[Phone]:
    """A phone, and the web server it talks to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {
        "PATH": os.environ["PATH"],
        "INSPECT_HOME": str(tmp_path),
        "INSPECT_DATABASE_URL": database_url,
        "INSPECT_SECRET_KEY": SECRET,
        "INSPECT_S3_ENDPOINT_URL": store_settings.endpoint_url,
        "INSPECT_S3_BUCKET": store_settings.bucket,
        "INSPECT_S3_ACCESS_KEY_ID": store_settings.access_key_id,
        "INSPECT_S3_SECRET_ACCESS_KEY": store_settings.secret_access_key,
    }
    command = [
        *(sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}"),
        *("--config", str(Path(gunicorn_gate.__file__))),
        *("--worker-class", "gthread", "--workers", "1", "--threads", "8"),
    ]
    log = tmp_path / "gunicorn.log"
    child = leash.start(command, cwd=ROOT, env=environ, log=log)
    try:
        _wait(child, port, log)
        yield Phone(f"http://127.0.0.1:{port}", database.passwords["chen"])
    finally:
        leash.stop(child, 15)


def _wait(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            if requests.get(f"http://127.0.0.1:{port}/livez", timeout=2).ok:
                return
        except requests.RequestException:
            assert child.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()


def test_stock_tuspy_brings_a_photo_in_pieces(phone: Phone) -> None:
    shot = Shot(jpeg())
    phone.uploader(shot, chunk_size=3000).upload()
    answer = phone.head(shot)
    assert answer.headers["Upload-Complete"] == "?1"
    assert answer.headers["Upload-Offset"] == str(len(shot.content))
    assert phone.receipt(shot) == "stored"


def test_stock_tuspy_goes_on_where_a_cut_connection_ended(phone: Phone) -> None:
    shot = Shot(jpeg())
    begun = phone.uploader(shot)
    begun.set_url(begun.create_url())
    cut(phone, shot, 5000)
    deadline = time.monotonic() + READY_SECONDS
    while phone.receipt(shot) != "partial:5000":
        assert time.monotonic() < deadline, phone.receipt(shot)
    resumed = phone.uploader(shot, url=begun.url, chunk_size=4000)
    assert resumed.offset == 5000
    resumed.upload()
    assert phone.receipt(shot) == "stored"


def cut(phone: Phone, shot: Shot, after: int) -> None:
    """Promise the whole photo, send its first bytes, and go into a lift."""
    host = phone.api.split("/")[2]
    line = http.client.HTTPConnection(host, timeout=30)
    line.putrequest("PATCH", f"/api/v1/uploads/{shot.photo_id}")
    headers = phone.bearer | TUS | {
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(len(shot.content)),
        "Upload-Offset": "0",
    }  # fmt: skip
    for name, value in headers.items():
        line.putheader(name, value)
    line.endheaders(shot.content[:after])
    line.close()


def test_stock_tuspy_learns_that_the_bytes_were_not_those_promised(phone: Phone) -> None:
    shot = Shot(jpeg())
    uploader = phone.uploader(shot)
    uploader.metadata["sha256"] = "0" * 64
    with pytest.raises(TusCommunicationError) as refusal:
        uploader.upload()
    assert refusal.value.status_code == 460
    assert phone.receipt(shot) == "partial:0"
