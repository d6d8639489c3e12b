"""The worker: a job is leased, has its effect once, and survives a killed worker."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from inspect_server.core import job_queue
from inspect_server.models import Job, Photo, Upload
from inspect_server.photos.jobs import cleanup
from inspect_server.photos.services import derivatives
from inspect_server.worker import loop
from media import keys
from media.store import ObjectStore, StoreUnavailable
from tests.support.actors import Device, Shot, jpeg, record
from tests.support.clock import FakeClock
from tests.support.rows import Rows

KINDS = ("derive", "deliver")


@pytest.fixture
def photo(observer: Device, rows: Rows) -> Photo:
    """A stored photo whose copies are ordered."""
    observer.report(Shot(jpeg()))
    return rows.one(Photo)  # type: ignore[no-any-return]


def claim(rows: Rows, fake_clock: FakeClock, limit: int = 8) -> list[job_queue.ClaimedJob]:
    return rows.write(lambda session: job_queue.claim(session, fake_clock(), limit, KINDS))


def test_a_photo_is_ready_after_the_worker_ran(
    photo: Photo, work: Callable[[], int], rows: Rows
) -> None:
    assert work() == 1
    assert rows.one(Photo).derivative == "ready"
    assert rows.one(Job).state == "done"


def test_a_job_is_not_run_twice(photo: Photo, work: Callable[[], int]) -> None:
    work()
    assert work() == 0


def test_a_job_whose_worker_died_is_claimed_after_its_lease(
    photo: Photo, rows: Rows, fake_clock: FakeClock, work: Callable[[], int]
) -> None:
    claim(rows, fake_clock)
    assert work() == 0
    fake_clock.forward(minutes=2, seconds=1)
    assert work() == 1
    assert rows.one(Photo).derivative == "ready"
    assert rows.one(Job).attempts == 2


def test_a_job_done_twice_changes_nothing(
    photo: Photo, app: Flask, rows: Rows, fake_clock: FakeClock, work: Callable[[], int]
) -> None:
    (late,) = claim(rows, fake_clock)
    fake_clock.forward(minutes=3)
    work()
    store: ObjectStore = app.extensions["store"]
    before = store.get(keys.review(photo.id))
    (handler,) = [one for one in app.extensions["worker"].handlers if one.kind == late.kind]
    with app.app_context():
        loop.work(handler, late, fake_clock)
    assert store.get(keys.review(photo.id)) == before
    assert (rows.one(Photo).derivative, rows.one(Job).state) == ("ready", "done")


def test_while_the_store_is_away_a_job_waits_longer_each_time(
    photo: Photo,
    app: Flask,
    rows: Rows,
    fake_clock: FakeClock,
    work: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_full_second = fake_clock().replace(microsecond=0) + timedelta(seconds=1)
    fake_clock.stop_at(a_full_second.isoformat())

    def unreachable(*_: Any, **__: Any) -> bytes:
        raise StoreUnavailable("down")

    with monkeypatch.context() as patch:
        patch.setattr(app.extensions["store"], "get", unreachable)
        waits = []
        for _ in range(8):
            assert work() == 1
            job = rows.one(Job)
            assert job.state == "ready"
            waits.append((job.run_after - fake_clock()).total_seconds())
            fake_clock.forward(seconds=waits[-1])
    assert waits[:4] == [2, 4, 8, 16]
    assert work() == 1
    assert rows.one(Photo).derivative == "ready"


def test_an_unexpected_error_is_tried_five_times_and_then_reported(
    photo: Photo,
    rows: Rows,
    fake_clock: FakeClock,
    work: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(derivatives, "render", fail)
    for _ in range(job_queue.MAX_ATTEMPTS):
        work()
        fake_clock.forward(hours=1)
    job = rows.one(Job)
    assert (job.state, job.attempts) == ("failed", 5)
    assert "nobody thought of this" in job.last_error
    assert rows.one(Photo).derivative == "failed"
    assert work() == 0


def test_a_photo_gone_from_the_store_is_marked(
    photo: Photo, app: Flask, rows: Rows, work: Callable[[], int]
) -> None:
    app.extensions["store"].delete(photo.object_key)
    work()
    assert rows.one(Photo).derivative_problem == "original-missing"
    assert rows.one(Job).state == "failed"


# --- the sweep -----------------------------------------------------------------------------------


def clean_up(app: Flask, fake_clock: FakeClock) -> None:
    with app.app_context():
        cleanup.clean_spool(app.extensions["uploads"].spool, fake_clock())


def test_an_abandoned_upload_is_deleted(
    observer: Device, app: Flask, rows: Rows, fake_clock: FakeClock
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    fake_clock.forward(days=31)
    clean_up(app, fake_clock)
    assert rows.count(Upload) == rows.count(Photo) == 0


def test_an_upload_of_yesterday_is_left_alone(
    observer: Device, app: Flask, rows: Rows, fake_clock: FakeClock
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    fake_clock.forward(days=1)
    clean_up(app, fake_clock)
    assert rows.one(Upload).offset == 500


def test_a_declared_photo_stays_wanted_when_its_upload_expired(
    observer: Device, app: Flask, rows: Rows, fake_clock: FakeClock
) -> None:
    shot = Shot(jpeg())
    sent = record(shot)
    observer.send(sent)
    observer.upload(shot, shot.content[:500])
    fake_clock.forward(days=31)
    clean_up(app, fake_clock)
    assert rows.one(Photo).state == "declared"
    phone = Device(observer.app, observer.login, observer.password)
    (again,) = phone.send(sent)
    assert again["wanted"] == [shot.photo_id]


def test_a_stored_photo_without_a_record_is_kept(
    observer: Device, app: Flask, rows: Rows, fake_clock: FakeClock
) -> None:
    observer.upload(Shot(jpeg()))
    fake_clock.forward(days=31)
    clean_up(app, fake_clock)
    assert rows.one(Photo).state == "stored"


def test_a_part_that_an_upload_needs_is_never_deleted(
    observer: Device, app: Flask, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    monkeypatch.setattr(cleanup, "GRACE_SECONDS", -1)
    clean_up(app, fake_clock)
    assert observer.patch(shot, 500, shot.content[500:]).headers["Upload-Complete"] == "?1"


def test_an_unused_part_is_deleted_after_a_day(
    app: Flask, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = app.extensions["uploads"].spool.folder
    (folder / "left-behind").write_bytes(b"x")
    # The modification time is that of this process, not of the file system's clock.
    os.utime(folder / "left-behind", (time.time(), time.time()))
    clean_up(app, fake_clock)
    assert [path.name for path in folder.iterdir()] == ["left-behind"]
    monkeypatch.setattr(cleanup, "GRACE_SECONDS", -1)
    clean_up(app, fake_clock)
    assert list(folder.iterdir()) == []


# --- objects nobody counts on --------------------------------------------------------------------


def test_an_object_without_a_row_is_deleted_after_the_grace_period(
    observer: Device, object_store: ObjectStore, rows: Rows, app: Flask, fake_clock: FakeClock
) -> None:
    observer.report(Shot(jpeg()))
    named = rows.one(Photo).object_key
    orphan_key = keys.original(UUID(Shot(b"").photo_id), Shot(b"stray").sha256)
    object_store.put(orphan_key, b"stray", bytes=5, sha256=Shot(b"stray").sha256, mime="image/jpeg")
    # An object's age is counted by the clock of the store.
    (written,) = [one for one in object_store.list_objects("original/") if one.key == orphan_key]
    fake_clock.stop_at(written.modified_at.isoformat())
    with app.app_context():
        cleanup.clean_store(object_store, fake_clock())
        assert object_store.head(orphan_key).bytes == 5
        fake_clock.forward(days=31)
        cleanup.clean_store(object_store, fake_clock())
    assert orphan_key not in set(object_store.list_keys("original/"))
    assert named in set(object_store.list_keys("original/"))
