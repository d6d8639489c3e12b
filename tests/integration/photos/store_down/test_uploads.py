"""Uploads while the object store is down: no byte is lost, no photo is stored too early."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from inspect_server.models import Photo
from tests.support.actors import Device, Shot, jpeg, record
from tests.support.rows import Rows


def test_a_photo_waits_for_the_store_and_a_head_request_finishes_it(
    observer: Device, store_back: Callable[[], None], rows: Rows
) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    answer = observer.upload(shot)
    assert (answer.status_code, answer.json["slug"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert rows.one(Photo).state == "partial"
    # While the store is down HEAD does not answer the full offset.
    for again in (observer.head(shot), observer.upload(shot)):
        assert again.status_code == 503
        assert "Upload-Offset" not in again.headers
    receipts = observer.post("/sync/receipts", {"photos": [shot.photo_id]}).json["photos"]
    assert receipts[shot.photo_id] == f"partial:{len(shot.content)}"
    store_back()
    finished = observer.head(shot)
    assert finished.headers["Upload-Complete"] == "?1"
    assert rows.one(Photo).state == "stored"


def test_a_repeated_creation_finishes_a_waiting_photo_too(
    observer: Device, store_back: Callable[[], None], rows: Rows
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:100])
    assert observer.patch(shot, 100, shot.content[100:]).status_code == 503
    store_back()
    assert observer.upload(shot).headers["Upload-Complete"] == "?1"
    assert rows.one(Photo).state == "stored"


def test_an_empty_piece_finishes_a_waiting_photo_too(
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
