"""Third-party tus clients and a killed web server, over a real socket to gunicorn."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from media import keys
from media.store import ObjectStore
from tests.reliability.proxy import Fault, Kind, Planned, Proxy, Script, proxied
from tests.support.actors import BYTES, TUS, Shot, jpeg
from tests.support.server import READY_SECONDS, ROOT, until
from tests.support.tus_client import UPLOADS_PATH, Wire, address

pytestmark = pytest.mark.one_database

# Where the line breaks within a photo, and how much more than the photo may go over it: what was
# on its way at the cut, and the heads of some requests.
BREAK = 60_000
MAX_OVERHEAD = 40_000
TUS_JS = Path(__file__).with_name("tus_js_client.mjs")


@pytest.fixture
def shot() -> Shot:
    """A photo of some hundred kilobytes."""
    taken = Shot(jpeg(0, 1600))
    assert len(taken.content) > 100_000
    return taken


def uploader(server: Wire | Proxy, wire: Wire, shot: Shot, **more: Any) -> Any:
    """tuspy, as its manual has it."""
    client = TusClient(f"{server.origin}{UPLOADS_PATH}", headers=dict(wire.bearer))
    metadata_values = {"photo_id": shot.photo_id, "sha256": shot.sha256}
    return client.uploader(file_stream=io.BytesIO(shot.content), metadata=metadata_values, **more)


def test_tuspy_uploads_a_photo_in_pieces(wire: Wire, shot: Shot) -> None:
    uploader(wire, wire, shot, chunk_size=30_000, upload_checksum=False).upload()
    assert wire.head(shot).headers["Upload-Complete"] == "?1"


def test_tuspy_goes_on_where_it_was_cut(wire: Wire, shot: Shot) -> None:
    first = uploader(wire, wire, shot, chunk_size=30_000)
    first.upload_chunk()
    address = first.url
    resumed = uploader(wire, wire, shot, chunk_size=30_000, url=address)
    assert resumed.offset == 30_000
    resumed.upload()
    assert wire.head(shot).headers["Upload-Complete"] == "?1"


def breaking(kind: Kind, at: int = BREAK) -> Script:
    """The first PATCH goes wrong."""
    return Script(plan=[Planned(Fault(kind, at), "PATCH")])


def is_stored(wire: Wire, store: ObjectStore, shot: Shot) -> bool:
    """The server says complete, and the bytes in the object store are those of the phone."""
    with store.open(keys.original(UUID(shot.photo_id), shot.sha256)) as stored:
        stored_hash = sha256(stored.read()).hexdigest()
    return wire.head(shot).headers["Upload-Complete"] == "?1" and stored_hash == shot.sha256


def test_tuspy_is_cut_in_the_middle_and_goes_on(
    wire: Wire, shot: Shot, object_store: ObjectStore
) -> None:
    with proxied(wire.origin, breaking(Kind.CUT_REQUEST)) as proxy:
        first = uploader(proxy, wire, shot)
        with pytest.raises((TusCommunicationError, requests.ConnectionError)):
            first.upload()
        until("the cut is noticed", lambda: spooled_bytes(wire, shot) > BREAK - 1024)
        resumed = uploader(proxy, wire, shot, url=first.url)
        assert BREAK - 1024 < resumed.offset <= BREAK
        resumed.upload()
        assert is_stored(wire, object_store, shot)
        assert proxy.bytes_up < len(shot.content) + MAX_OVERHEAD


def test_tuspy_whose_last_answer_is_lost_finds_its_photo_complete(
    wire: Wire, shot: Shot, object_store: ObjectStore
) -> None:
    with proxied(wire.origin, breaking(Kind.DROP_REPLY)) as proxy:
        first = uploader(proxy, wire, shot)
        with pytest.raises((TusCommunicationError, requests.ConnectionError)):
            first.upload()
        assert uploader(proxy, wire, shot, url=first.url).offset == len(shot.content)
        assert is_stored(wire, object_store, shot)


def by_tus_js(proxy: Proxy, wire: Wire, shot: Shot, tmp_path: Path, **more: Any) -> Any:
    """tus-js-client in Node, as its manual has it; returns its last output."""
    file = tmp_path / "photo.jpg"
    file.write_bytes(shot.content)
    options = {
        "file": str(file),
        "client": str(ROOT / "web"),
        "options": {
            "endpoint": proxy.origin + UPLOADS_PATH,
            "headers": dict(wire.bearer),
            "metadata": {"photo_id": shot.photo_id, "sha256": shot.sha256},
        }
        | more,
    }
    done = subprocess.run(
        ["node", str(TUS_JS)],
        input=json.dumps(options),
        capture_output=True,
        text=True,
        timeout=READY_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "more",
    [{}, {"uploadDataDuringCreation": True}, {"chunkSize": 50_000}],
    ids=["whole", "with the creation", "in chunks"],
)
def test_tus_js_client_uploads_a_photo(
    wire: Wire, shot: Shot, object_store: ObjectStore, tmp_path: Path, more: Any
) -> None:
    with proxied(wire.origin) as proxy:
        output = by_tus_js(proxy, wire, shot, tmp_path, **more)
        assert output == {"url": proxy.origin + address(shot)}
        assert is_stored(wire, object_store, shot)


def test_tus_js_client_is_cut_in_the_middle_and_goes_on(
    wire: Wire, shot: Shot, object_store: ObjectStore, tmp_path: Path
) -> None:
    with proxied(wire.origin, breaking(Kind.CUT_REQUEST)) as proxy:
        by_tus_js(proxy, wire, shot, tmp_path)
        assert [one.method for one in proxy.log] == ["POST", "PATCH", "HEAD", "PATCH"]
        assert proxy.bytes_up < len(shot.content) + MAX_OVERHEAD
        assert is_stored(wire, object_store, shot)


def test_tus_js_client_whose_last_answer_is_lost_asks_once_and_is_done(
    wire: Wire, shot: Shot, object_store: ObjectStore, tmp_path: Path
) -> None:
    with proxied(wire.origin, breaking(Kind.DROP_REPLY)) as proxy:
        by_tus_js(proxy, wire, shot, tmp_path)
        assert [one.method for one in proxy.log] == ["POST", "PATCH", "HEAD"]
        assert is_stored(wire, object_store, shot)


def test_tus_js_client_sends_again_what_was_spoilt_on_the_way(
    wire: Wire, shot: Shot, object_store: ObjectStore, tmp_path: Path
) -> None:
    with proxied(wire.origin, breaking(Kind.CORRUPT_REQUEST)) as proxy:
        assert "460" in by_tus_js(proxy, wire, shot, tmp_path)["error"]
        assert wire.head(shot).headers["Upload-Offset"] == "0"
        by_tus_js(proxy, wire, shot, tmp_path)
        assert is_stored(wire, object_store, shot)


def test_tus_js_client_without_patch_names_it_in_a_header(
    wire: Wire, shot: Shot, object_store: ObjectStore, tmp_path: Path
) -> None:
    with proxied(wire.origin) as proxy:
        by_tus_js(proxy, wire, shot, tmp_path, overridePatchMethod=True)
        assert [one.method for one in proxy.log] == ["POST", "POST"]
        assert is_stored(wire, object_store, shot)


def test_tuspy_sees_a_refusal_as_a_failure(wire: Wire) -> None:
    text_file = Shot(b"these are words, not a photo" * 10)
    with pytest.raises(TusCommunicationError) as failure:
        uploader(wire, wire, text_file).upload()
    assert failure.value.status_code == 422


def begin(wire: Wire, shot: Shot, sent: int) -> socket.socket:
    """Send the head of a PATCH and its first bytes, and stop there."""
    assert wire.create(shot).status_code == 201
    line = socket.create_connection(("127.0.0.1", wire.web.port))
    headers = wire.bearer | TUS | BYTES | {"Upload-Offset": "0", "Host": "phone"}
    headers["Content-Length"] = str(len(shot.content))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    line.sendall(f"PATCH /api/v1/uploads/{shot.photo_id} HTTP/1.1\r\n{head}\r\n".encode())
    line.sendall(shot.content[:sent])
    return line


def spooled_bytes(wire: Wire, shot: Shot) -> int:
    """How many bytes of this photo are in the spool."""
    parts = (wire.web.folder / "spool").glob(f"{shot.photo_id}.*")
    return sum(part.stat().st_size for part in parts)


def test_what_came_before_the_worker_was_killed_is_kept(wire: Wire, shot: Shot) -> None:
    line = begin(wire, shot, 100_000)
    received = until("bytes are in the spool", lambda: spooled_bytes(wire, shot))
    os.kill(wire.web.worker(), signal.SIGKILL)
    line.close()
    wire.web.wait()
    offset = int(wire.head(shot).headers["Upload-Offset"])
    assert 0 < received <= offset < len(shot.content)
    resumed = uploader(wire, wire, shot, url=wire.origin + address(shot))
    assert resumed.offset == offset
    resumed.upload()
    assert wire.head(shot).headers["Upload-Complete"] == "?1"


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_what_came_before_the_connection_was_cut_is_kept(wire: Wire, shot: Shot, how: str) -> None:
    line = begin(wire, shot, 50_000)
    until("bytes are in the spool", lambda: spooled_bytes(wire, shot))
    if how == "reset":
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    line.close()
    # The server's own buffer gives its last bytes in pieces of a kilobyte.
    until("the cut is noticed", lambda: spooled_bytes(wire, shot) > 50_000 - 1024)
    assert int(wire.head(shot).headers["Upload-Offset"]) == spooled_bytes(wire, shot)
