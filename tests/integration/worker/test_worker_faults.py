"""Faults of the worker: a bad photo, a late worker, a failed cleanup."""

from __future__ import annotations

import threading
from collections.abc import Callable
from io import BytesIO
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from inspect_server.core import job_queue
from inspect_server.models import Job, Photo
from inspect_server.photos.services import derivatives
from inspect_server.photos.services.photos import DERIVE_JOB
from inspect_server.worker import loop
from media import keys
from media.store import ObjectStore
from tests.support.actors import Device, Shot, jpeg
from tests.support.clock import FakeClock
from tests.support.photos import png, png_chunk
from tests.support.rows import Rows


def photo_of(rows: Rows, shot: Shot) -> Photo:
    photo: Photo = rows.one(Photo, Photo.id == UUID(shot.photo_id))
    return photo


def bucket(app: Flask) -> ObjectStore:
    store: ObjectStore = app.extensions["store"]
    return store


@pytest.mark.stores
def test_the_worker_makes_both_copies(
    observer: Device, app: Flask, rows: Rows, work: Callable[[], int]
) -> None:
    shot = Shot(jpeg())
    observer.report(shot)
    assert work() == 1
    photo = photo_of(rows, shot)
    assert photo.derivative == "ready"
    for key in (photo.review_key, photo.thumb_key):
        with Image.open(BytesIO(bucket(app).get(key or ""))) as copy:
            assert (copy.format, copy.size) == ("JPEG", (320, 240))
    assert rows.one(Job).state == "done"


def test_making_the_copies_twice_changes_nothing(
    observer: Device, app: Flask, rows: Rows, fake_clock: FakeClock, work: Callable[[], int]
) -> None:
    shot = Shot(jpeg())
    observer.report(shot)
    work()
    before, review = photo_of(rows, shot), bucket(app).get(keys.review(UUID(shot.photo_id)))
    rows.write(lambda s: s.execute(sa.update(Photo).values(derivative="pending")))
    rows.write(lambda s: s.execute(sa.update(Job).values(state="ready", run_after=fake_clock())))
    assert work() == 1
    after = photo_of(rows, shot)
    for name in ("state", "derivative", "object_key", "review_key", "thumb_key"):
        assert getattr(after, name) == getattr(before, name)
    assert bucket(app).get(keys.review(UUID(shot.photo_id))) == review


# A PNG whose chunks are all in order and whose pixels are nonsense: only decoding shows it.
UNREADABLE = png(64, 48, png_chunk(b"IDAT", b"no compressed pixels at all"))


def test_one_photo_that_cannot_be_decoded_holds_up_no_other(
    observer: Device, rows: Rows, work: Callable[[], int]
) -> None:
    bad, good = Shot(UNREADABLE), Shot(jpeg())
    observer.report(bad, good)
    assert work() == 2
    assert photo_of(rows, good).derivative == "ready"


def test_a_late_failure_does_not_hide_copies_that_are_ready(
    observer: Device, rows: Rows, work: Callable[[], int]
) -> None:
    shot = Shot(jpeg())
    observer.report(shot)
    work()
    rows.write(lambda s: derivatives.mark_failed(s, UUID(shot.photo_id), "timeout"))
    assert photo_of(rows, shot).derivative == "ready"


def test_a_photo_taken_back_meanwhile_is_no_work(
    observer: Device, rows: Rows, fake_clock: FakeClock, work: Callable[[], int]
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    rows.write(lambda s: job_queue.order(s, DERIVE_JOB, UUID(int=7), fake_clock()))
    assert work() == 2
    assert rows.count(Job, Job.state == "done") == 2


class UntilIdle(threading.Event):
    """Tells the worker to stop when it has nothing left to do."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


def test_the_worker_runs_until_it_is_stopped(
    observer: Device, app: Flask, rows: Rows, fake_clock: FakeClock
) -> None:
    shot = Shot(jpeg())
    observer.report(shot)
    loop.run(app, UntilIdle(), fake_clock)
    assert photo_of(rows, shot).derivative == "ready"


def test_a_failed_cleanup_does_not_stop_the_worker(
    observer: Device, app: Flask, rows: Rows, fake_clock: FakeClock
) -> None:
    shot = Shot(jpeg())
    observer.report(shot)
    rows.write(lambda s: s.execute(sa.text("ALTER TABLE upload RENAME TO away")))
    loop.run(app, UntilIdle(), fake_clock)
    rows.write(lambda s: s.execute(sa.text("ALTER TABLE away RENAME TO upload")))
    assert photo_of(rows, shot).derivative == "ready"
