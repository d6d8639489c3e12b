"""Whole photos: what is stored or refused for good, and what its author may delete."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from inspect_server.models import Job, Photo, Task, Upload
from tests.support.actors import TUS, Device, Shot, jpeg, record
from tests.support.photos import encoded, scene
from tests.support.rows import Rows
from tests.support.uploads import store_of

# --- stored --------------------------------------------------------------------------------------


@pytest.mark.stores
def test_the_bytes_in_the_store_hash_to_what_the_phone_said(
    observer: Device, app: Flask, rows: Rows
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:2000])
    observer.patch(shot, 2000, shot.content[2000:])
    stored = store_of(app).get(rows.one(Photo).object_key)
    assert hashlib.sha256(stored).hexdigest() == shot.sha256


@pytest.mark.one_database
def test_a_stored_photo_orders_its_copies_once(observer: Device, rows: Rows) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    observer.upload(shot)
    assert rows.count(Job) == 1


@pytest.mark.one_database
def test_the_spool_is_empty_when_a_photo_is_stored(observer: Device, app: Flask) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:2000])
    observer.patch(shot, 2000, shot.content[2000:])
    assert list(app.extensions["uploads"].spool.folder.iterdir()) == []


@pytest.mark.one_database
def test_each_kind_of_photo_is_taken(
    observer: Device, rows: Rows, subtests: pytest.Subtests
) -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        with subtests.test(kind):
            shot = Shot(encoded(scene(200, 150), kind))
            assert observer.upload(shot).status_code == 201
            photo = rows.one(Photo, Photo.id == UUID(shot.photo_id))
            assert (photo.mime, photo.width, photo.height) == (f"image/{kind.lower()}", 200, 150)


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
NO_PHOTO = {
    "words": (b"these are words, not a photo" * 10, "photo-not-an-image"),
    "HEIC": (HEIC, "photo-heic"),
    "half a JPEG": (jpeg()[: len(jpeg()) // 2], "photo-truncated"),
    "a JPEG with something behind it": (jpeg() + b"PK\3\4 hidden", "photo-trailing-data"),
    "a GIF": (b"GIF89a" + bytes(60), "photo-not-an-image"),
}


@pytest.mark.one_database
def test_what_is_no_photo_is_refused_for_good(observer: Device, subtests: pytest.Subtests) -> None:
    for name, (content, slug) in NO_PHOTO.items():
        with subtests.test(name):
            shot = Shot(content)
            answer = observer.upload(shot)
            assert (answer.status_code, answer.json["slug"]) == (422, slug)
            assert observer.head(shot).status_code == 410
            assert observer.patch(shot, 0, content).json["reason"]["slug"] == slug
            assert observer.upload(shot).status_code == 410


@pytest.mark.one_database
def test_a_refused_photo_lets_its_record_go_on_and_marks_it(observer: Device, rows: Rows) -> None:
    good, bad = Shot(jpeg()), Shot(HEIC)
    sent = record(good, bad)
    observer.send(sent)
    observer.upload(bad)
    assert rows.one(Task).state == "awaiting_evidence"
    observer.upload(good)
    assert rows.one(Task).state == "reported"
    observation = observer.get(f"/observations/{sent['entity_id']}").json
    assert observation["state"] == "incomplete"
    assert [p["state"] for p in observation["photos"]] == ["stored", "rejected"]


@pytest.mark.one_database
def test_a_supervisor_sees_which_photo_is_missing(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    good, missing = Shot(jpeg()), Shot(jpeg(1))
    observer.send(record(good, missing))
    observer.upload(good)
    current = supervisor.task(str(rows.one(Task).id))
    assert current["missing_photos"] == [missing.photo_id]


# --- deletion ---------------------------------------------------------------------------------


def delete(device: Device, shot: Shot) -> TestResponse:
    return device.call("DELETE", f"/uploads/{shot.photo_id}", headers=TUS)


def test_an_own_unattached_photo_may_be_deleted(
    observer: Device, app: Flask, rows: Rows, work: Callable[[], int]
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    work()
    assert delete(observer, shot).status_code == 204
    assert observer.head(shot).status_code == 404
    stored = [k for kind in ("original", "review", "thumb") for k in store_of(app).list_keys(kind)]
    assert [key for key in stored if shot.photo_id in key] == []
    assert rows.count(Job) == 0


def test_an_upload_under_way_may_be_deleted(observer: Device, app: Flask, rows: Rows) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    assert delete(observer, shot).status_code == 204
    assert rows.count(Photo) == rows.count(Upload) == 0
    assert list(app.extensions["uploads"].spool.folder.iterdir()) == []


def test_a_photo_that_belongs_to_a_record_stays(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.report(shot)
    answer = delete(observer, shot)
    assert (answer.status_code, answer.json["slug"]) == (403, "upload-attached")
    assert observer.head(shot).headers["Upload-Complete"] == "?1"


def test_a_photo_of_a_quarantined_op_stays(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot, category="XX9999"))
    observer.upload(shot)
    assert delete(observer, shot).status_code == 403


def test_an_unknown_photo_cannot_be_deleted(observer: Device) -> None:
    assert delete(observer, Shot(jpeg())).status_code == 404


def test_a_photo_keeps_the_id_the_phone_gave_it(observer: Device, rows: Rows) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    assert rows.one(Photo).id == UUID(shot.photo_id)
