"""The object store goes away and comes back: no byte is lost, nothing is called stored early."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from inspect_server import create_app
from inspect_server.extensions import db
from inspect_server.models import Photo
from media.store import ObjectStore, StoreSettings
from tests import engines
from tests.cast import Device, Shot, jpeg, record
from tests.hands import Hands
from tests.rows import Rows


@pytest.fixture
def app(
    database_url: str, store_settings: StoreSettings, tmp_path: Path, hands: Hands
) -> Iterator[Flask]:
    """The service, pointed at a port where nobody listens."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        gone = replace(store_settings, endpoint_url=away)
        made = create_app(engines.settings_for(database_url, tmp_path, gone), hands)
        yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def store_back(app: Flask, store_settings: StoreSettings) -> Iterator[Callable[[], None]]:
    """Call to have the store come back."""
    there = ObjectStore(store_settings)

    def come_back() -> None:
        app.extensions["receiver"]._store = there

    yield come_back
    there.close()


def test_a_photo_waits_for_the_store_and_a_look_finishes_the_job(
    observer: Device, store_back: Callable[[], None], rows: Rows
) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    answer = observer.upload(shot)
    assert (answer.status_code, answer.json["slug"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert rows.one(Photo).state == "partial"
    # Whoever asks while it is away is not told a full offset.
    for again in (observer.head(shot), observer.upload(shot)):
        assert again.status_code == 503
        assert "Upload-Offset" not in again.headers
    told = observer.post("/sync/receipts", {"photos": [shot.photo_id]}).json["photos"]
    assert told[shot.photo_id] == f"partial:{len(shot.content)}"
    store_back()
    finished = observer.head(shot)
    assert finished.headers["Upload-Complete"] == "?1"
    assert rows.one(Photo).state == "stored"


def test_a_repeated_creation_finishes_the_job_too(
    observer: Device, store_back: Callable[[], None], rows: Rows
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:100])
    assert observer.patch(shot, 100, shot.content[100:]).status_code == 503
    store_back()
    assert observer.upload(shot).headers["Upload-Complete"] == "?1"
    assert rows.one(Photo).state == "stored"


def test_a_piece_of_nothing_finishes_the_job_too(
    observer: Device, store_back: Callable[[], None]
) -> None:
    shot = Shot(jpeg())
    assert observer.upload(shot).status_code == 503
    store_back()
    last = observer.patch(shot, len(shot.content), b"")
    assert last.headers["Upload-Complete"] == "?1"


def test_records_are_taken_while_the_store_is_away(observer: Device) -> None:
    (result,) = observer.send(record(Shot(jpeg())))
    assert result["status"] == "accepted"


def test_the_operator_sees_that_the_store_is_away(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["store"]) == (503, "unavailable")
    assert client.get("/livez").status_code == 200
