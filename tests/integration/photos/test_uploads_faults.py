"""Uploads with concurrent or broken requests: no byte is lost, duplicated or mixed."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.unreader import SocketUnreader
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from inspect_server import create_app
from inspect_server.core.database import db
from inspect_server.http import answers
from inspect_server.models import Photo
from inspect_server.photos.jobs import cleanup
from inspect_server.photos.spool import Part, Spool
from media.store import ObjectStore, StoreSettings
from tests.support import database
from tests.support.actors import BYTES, TUS, Device, Shot, jpeg, new_id, record
from tests.support.clock import FakeClock
from tests.support.concurrency import at_once
from tests.support.photos import encoded, scene
from tests.support.rows import Rows
from tests.support.uploads import InterruptedBody

DAY_SECONDS = 24 * 3600


def patch_from(
    device: Device,
    shot: Shot,
    offset: int,
    stream: Any,
    length: int,
    line: socket.socket | None = None,
    **headers: str,
) -> Response:
    """A PATCH whose body is this stream, as a server passes it, with its socket."""
    environ = EnvironBuilder(
        path=f"/api/v1/uploads/{shot.photo_id}",
        method="PATCH",
        headers=device.bearer | TUS | BYTES | {"Upload-Offset": str(offset)} | headers,
    ).get_environ()
    environ["CONTENT_LENGTH"] = str(length)
    environ["wsgi.input"] = stream
    environ["gunicorn.socket"] = line
    return Response.from_app(device.app, environ, buffered=True)


def at(answer: Response) -> int:
    assert answer.status_code < 300, answer.get_data(as_text=True)
    return int(answer.headers["Upload-Offset"])


def stored_bytes(app: Flask, rows: Rows, shot: Shot) -> bytes:
    key = rows.one(Photo, Photo.id == UUID(shot.photo_id)).object_key
    return bytes(app.extensions["store"].get(key))


@pytest.fixture
def again(observer: Device) -> Device:
    """The same person on another connection, as after a cut."""
    return Device(observer.app, observer.login, observer.password)


def spool(app: Flask) -> Path:
    return Path(app.extensions["uploads"].spool.folder)


# --- two at the same photo -----------------------------------------------------------------------


def test_a_second_request_for_a_finished_photo_is_answered_as_stored(
    observer: Device, again: Device
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    rest = shot.content[1000:]
    body = InterruptedBody(rest, 3000, lambda: again.patch(shot, 1000, rest))
    late = patch_from(observer, shot, 1000, body, len(rest))
    assert late.status_code == 204
    assert late.headers["Upload-Complete"] == "?1"


class SpoolWithAction(Spool):
    """A spool that runs an action just before parts are joined."""

    action: Callable[[], Any] | None = None

    def join(self, parts: Any) -> tuple[Path, str]:
        if self.action:
            action, self.action = self.action, None
            action()
        return super().join(parts)


def test_the_second_of_two_finishing_requests_is_answered_as_stored(
    observer: Device, again: Device, app: Flask, rows: Rows
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    patched_spool = app.extensions["uploads"].spool = SpoolWithAction(spool(app))
    patched_spool.action = lambda: again.head(shot)
    late = observer.patch(shot, 1000, shot.content[1000:])
    assert (late.status_code, late.headers["Upload-Complete"]) == (204, "?1")
    assert stored_bytes(app, rows, shot) == shot.content


def test_finishing_while_the_parts_are_deleted_is_answered_503(
    observer: Device, app: Flask
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    patched_spool = app.extensions["uploads"].spool = SpoolWithAction(spool(app))
    patched_spool.action = lambda: patched_spool.drop([path.name for path in spool(app).iterdir()])
    late = observer.patch(shot, 1000, shot.content[1000:])
    assert (late.status_code, late.json["slug"]) == (503, "unavailable")
    assert at(observer.head(shot)) == 0
    assert observer.upload(shot).headers["Upload-Complete"] == "?1"


def test_two_finishing_requests_at_once_have_a_file_each(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    part = Part(spool.new_name(UUID(new_id())))
    with spool.writing(part.name) as file:
        file.write(b"bytes")
    first, second = (spool.join([(part.name, 5)])[0] for _ in range(2))
    assert first != second


def test_a_phone_that_falls_silent_holds_no_thread_and_what_it_sent_is_kept(
    observer: Device, again: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "SILENCE_SECONDS", 0.05)
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    phone, server = socket.socketpair()
    with phone, server:
        phone.sendall(shot.content[1000:6000])
        body = Body(LengthReader(SocketUnreader(server), len(shot.content) - 1000))
        answer = patch_from(observer, shot, 1000, body, len(shot.content) - 1000, line=server)
    offset = at(again.head(shot))
    # The server's buffer gives its last bytes in pieces of a kilobyte.
    assert 5000 <= at(answer) == offset <= 6000


@pytest.mark.stores
def test_two_writers_of_other_bytes_at_one_offset_never_mix(
    observer: Device, again: Device, app: Flask, rows: Rows
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    rest = shot.content[1000:]
    calls = [lambda: observer.patch(shot, 1000, rest), lambda: again.patch(shot, 1000, rest[::-1])]
    at_once(calls)
    offset = at(again.head(shot))
    if offset < len(shot.content):
        again.patch(shot, offset, shot.content[offset:])
    assert again.head(shot).headers["Upload-Complete"] == "?1"
    assert stored_bytes(app, rows, shot) == shot.content


def test_four_head_requests_at_once_finish_a_waiting_photo_once(
    observer: Device, app: Flask, store_settings: StoreSettings, rows: Rows
) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    observer.upload(shot, shot.content[:1000])
    with store_away(app, store_settings):
        assert observer.patch(shot, 1000, shot.content[1000:]).status_code == 503
    phones = [Device(app, observer.login, observer.password) for _ in range(4)]
    looks = at_once([lambda phone=phone: phone.head(shot) for phone in phones])
    # Between the deletion of the parts and the commit of the row the client must retry.
    assert {answer.status_code for answer in looks} <= {200, 503}
    assert observer.head(shot).headers["Upload-Complete"] == "?1"
    assert stored_bytes(app, rows, shot) == shot.content


def test_a_head_request_during_a_piece_with_a_wrong_checksum_loses_no_good_byte(
    observer: Device, again: Device, app: Flask, rows: Rows
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    piece = shot.content[1000:9000]
    body = InterruptedBody(piece, 3000, lambda: again.head(shot))
    answer = patch_from(
        observer, shot, 1000, body, len(piece), **{"Upload-Checksum": f"sha256 {wrong}"}
    )
    assert answer.status_code == 460
    assert at(again.head(shot)) == 1000
    assert at(again.patch(shot, 1000, shot.content[1000:])) == len(shot.content)
    assert stored_bytes(app, rows, shot) == shot.content


# --- the store -----------------------------------------------------------------------------------


@contextmanager
def store_away(app: Flask, settings: StoreSettings) -> Iterator[None]:
    """Give the app the address of a store where nothing listens."""
    receiver = app.extensions["uploads"]
    there = receiver._store
    receiver._store = ObjectStore(replace(settings, endpoint_url="http://127.0.0.1:9"))
    yield
    receiver._store.close()
    receiver._store = there


@pytest.mark.stores
def test_a_new_process_finishes_what_the_store_did_not_take(
    observer: Device, app: Flask, database_url: str, store_settings: StoreSettings, tmp_path: Path
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    with store_away(app, store_settings):
        answer = observer.patch(shot, 1000, shot.content[1000:])
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "15")
    new_app = create_app(database.settings_for(database_url, tmp_path, store_settings))
    try:
        finished = new_app.test_client().head(
            f"/api/v1/uploads/{shot.photo_id}", headers=observer.bearer | TUS
        )
        assert finished.headers["Upload-Complete"] == "?1"
        assert observer.head(shot).headers["Upload-Complete"] == "?1"
    finally:
        with new_app.app_context():
            db.engine.dispose()
        new_app.extensions["store"].close()


@pytest.mark.stores
def test_two_photos_with_equal_bytes_are_two_photos(
    observer: Device, app: Flask, rows: Rows
) -> None:
    one, two = Shot(jpeg()), Shot(jpeg())
    observation = observer.report(one, two)
    assert [photo["id"] for photo in observation["photos"]] == [one.photo_id, two.photo_id]
    assert stored_bytes(app, rows, one) == stored_bytes(app, rows, two) == one.content
    assert rows.count(Photo) == 2


# --- photos and records --------------------------------------------------------------------------


def test_a_photo_that_came_before_its_op_is_attached_and_not_wanted(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    sent = record(shot)
    (result,) = observer.send(sent)
    assert (result["status"], result["wanted"]) == ("accepted", [])
    observation = observer.get(f"/observations/{sent['entity_id']}").json
    assert [(p["id"], p["state"]) for p in observation["photos"]] == [(shot.photo_id, "stored")]


def test_half_a_photo_that_came_before_its_op_is_wanted(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    (result,) = observer.send(record(shot))
    assert result["wanted"] == [shot.photo_id]
    assert at(observer.patch(shot, 1000, shot.content[1000:])) == len(shot.content)


def moving_picture() -> bytes:
    frames = [scene(64, 48), scene(64, 48).rotate(180)]
    return encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])


REFUSED = {
    "photo-not-an-image": b"these are words, not a photo" * 10,
    "photo-heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200),
    "photo-truncated": jpeg()[: len(jpeg()) // 2],
    "photo-trailing-data": jpeg() + b"PK\3\4 hidden",
    "photo-many-frames": moving_picture(),
}


@pytest.mark.parametrize("slug,content", REFUSED.items(), ids=REFUSED.keys())
def test_the_author_of_a_refused_photo_reads_why(
    observer: Device, slug: str, content: bytes
) -> None:
    shot = Shot(content)
    results = observer.send(record(shot))
    assert results[0]["wanted"] == [shot.photo_id]
    assert observer.upload(shot).json["slug"] == slug
    receipts = observer.post("/sync/receipts", {"photos": [shot.photo_id]}).json["photos"]
    assert receipts == {shot.photo_id: f"rejected:{slug}"}
    notices = [c["data"] for c in observer.pull()["changes"] if c["collection"] == "notices"]
    assert [notice["kind"] for notice in notices] == ["photo_rejected"]
    assert notices[0]["body"]


# --- headers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Upload-Metadata", "Upload-Checksum"])
def test_a_header_beyond_ascii_is_refused(observer: Device, name: str) -> None:
    value = {"Upload-Metadata": "photo_id é", "Upload-Checksum": "sha256 é"}[name]
    answer = observer.upload(Shot(jpeg()), **{name: value})
    assert (answer.status_code, answer.json["slug"]) == (400, "upload-headers")


# --- the sweep -----------------------------------------------------------------------------------


def clean_up(app: Flask, fake_clock: FakeClock) -> None:
    """Clean the spool, as the worker does every ten minutes."""
    with app.app_context():
        cleanup.clean_spool(app.extensions["uploads"].spool, fake_clock())


def make_old(path: Path) -> None:
    """Make a file two days old."""
    then = path.stat().st_mtime - 2 * DAY_SECONDS
    os.utime(path, (then, then))


def test_a_part_deleted_meanwhile_does_not_stop_the_cleanup(
    app: Flask, fake_clock: FakeClock
) -> None:
    old = spool(app) / "zzz.old"
    old.write_bytes(b"left behind")
    make_old(old)
    # Listed, but not there when opened: as when a request finishes in between.
    (spool(app) / "gone").symlink_to(spool(app) / "nowhere")
    clean_up(app, fake_clock)
    assert not old.exists()
