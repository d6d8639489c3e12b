"""The backfill of fingerprints: in small portions, resumed after a kill, last in the queue."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from inspect_server.core.database import db
from inspect_server.models import Job, Photo, PhotoPrint, Task
from inspect_server.operations import doctor
from inspect_server.photos.jobs import fingerprints
from inspect_server.photos.jobs.fingerprints import MissingFingerprints
from inspect_server.photos.services import screening
from media import keys
from media.store import ObjectStore, StoreSettings
from tests.support import forked
from tests.support.actors import Device, Shot, jpeg
from tests.support.clock import FakeClock
from tests.support.rows import Rows
from tests.support.server import environment

OLDER = 3


@pytest.fixture
def photos_before_screening(observer: Device, work: Callable[[], int], rows: Rows) -> list[UUID]:
    """Photos that were stored and copied before screening was built."""
    for seed in range(OLDER):
        observer.report(Shot(jpeg(seed)))
    work()
    rows.write(lambda session: session.execute(sa.delete(PhotoPrint)))
    return sorted(rows.read(lambda session: list(session.scalars(sa.select(Photo.id)))))


def order(app: Flask, one: MissingFingerprints, fake_clock: FakeClock) -> int:
    with app.app_context():
        return one.order(fake_clock())


def doctor_sentences(app: Flask, fake_clock: FakeClock) -> list[str]:
    """The doctor's sentences about fingerprints."""
    with app.app_context():
        sentences = [finding.sentence for finding in doctor._work(db.session(), fake_clock())]
    return [sentence for sentence in sentences if "fingerprints" in sentence]


def test_older_photos_get_their_fingerprints(
    photos_before_screening: list[UUID], work: Callable[[], int], rows: Rows
) -> None:
    assert work() == OLDER
    assert rows.read(screening.count_missing_fingerprints) == (0, 0)
    assert work() == 0


def test_the_existing_copies_are_not_changed(
    photos_before_screening: list[UUID], app: Flask, work: Callable[[], int]
) -> None:
    store: ObjectStore = app.extensions["store"]
    store.delete(keys.thumb(photos_before_screening[0]))
    work()
    assert keys.thumb(photos_before_screening[0]) not in set(store.list_keys("thumb/"))


def test_a_photo_without_any_job_is_not_forgotten(
    photos_before_screening: list[UUID], work: Callable[[], int], rows: Rows
) -> None:
    rows.write(lambda session: session.execute(sa.delete(Job)))
    work()
    assert rows.count(PhotoPrint) == OLDER


def test_a_few_are_ordered_at_a_time_and_each_once(
    photos_before_screening: list[UUID],
    app: Flask,
    fake_clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fingerprints, "PORTION", 2)
    one = MissingFingerprints()
    assert [order(app, one, fake_clock) for _ in range(3)] == [2, 1, 0]
    assert order(app, MissingFingerprints(), fake_clock) == 0


def test_a_new_photo_waits_for_one_portion_at_most(
    photos_before_screening: list[UUID],
    app: Flask,
    fake_clock: FakeClock,
    observer: Device,
    rows: Rows,
) -> None:
    order(app, MissingFingerprints(), fake_clock)
    observer.report(Shot(jpeg(9)))
    ready = rows.count(Job, Job.state == "ready")
    assert ready == OLDER + 1 <= fingerprints.PORTION + 1


def test_after_a_killed_worker_the_backfill_continues(
    photos_before_screening: list[UUID],
    work: Callable[[], int],
    fake_clock: FakeClock,
    rows: Rows,
    database_url: str,
    store_settings: StoreSettings,
    tmp_path: Path,
) -> None:
    env = environment(tmp_path / "home", database_url, store_settings) | {
        "INSPECT_FAILPOINTS": "derive.claimed=kill@2",
        "PATH": os.environ["PATH"],
    }
    killed = forked.run("inspect_server.cli", "worker", env=env)
    assert killed.returncode == -9, killed.stderr
    assert rows.count(PhotoPrint) == 1
    fake_clock.forward(minutes=3)
    work()
    assert rows.read(screening.count_missing_fingerprints) == (0, 0)


def test_a_broken_photo_is_passed_over_with_its_reason(
    photos_before_screening: list[UUID],
    app: Flask,
    work: Callable[[], int],
    rows: Rows,
    fake_clock: FakeClock,
) -> None:
    broken = rows.one(Photo, Photo.id == photos_before_screening[0])
    app.extensions["store"].delete(broken.object_key)
    work()
    assert rows.read(screening.count_missing_fingerprints) == (1, 1)
    assert rows.one(Job, Job.subject_id == broken.id).last_error == "original-missing"
    # The existing copies can still be viewed.
    assert rows.one(Photo, Photo.id == broken.id).derivative == "ready"
    assert work() == 0


def test_the_doctor_counts_what_is_missing_until_nothing_is(
    photos_before_screening: list[UUID], app: Flask, work: Callable[[], int], fake_clock: FakeClock
) -> None:
    (sentence,) = doctor_sentences(app, fake_clock)
    assert f"{OLDER} photos without fingerprints" in sentence
    work()
    assert doctor_sentences(app, fake_clock) == []


def test_the_demonstration_shares_its_photographs_and_is_left_out(
    photos_before_screening: list[UUID], work: Callable[[], int], rows: Rows
) -> None:
    rows.write(lambda session: session.execute(sa.update(Task).values(demo=True)))
    assert rows.read(screening.count_missing_fingerprints) == (0, 0)
    assert work() == 0
