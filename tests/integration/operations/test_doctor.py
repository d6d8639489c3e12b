"""The doctor: danger of lost work is bad, work that waits for a person is a warning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from inspect_server.core.database import db
from inspect_server.core.server_state import note_backup
from inspect_server.models import Counter, Photo, TaskEvent
from inspect_server.operations import backup, doctor
from inspect_server.operations.doctor import Level
from media.store import ObjectStore
from tests.support.actors import Device, Shot, jpeg, record
from tests.support.clock import FakeClock
from tests.support.rows import Rows

Examine = Callable[..., dict[Level, str]]


@pytest.fixture
def examine(
    app: Flask, object_store: ObjectStore, fake_clock: FakeClock, tmp_path: Path
) -> Examine:
    """Run all checks: the sentences by level."""

    def levels(deep: bool = False) -> dict[Level, str]:
        with app.app_context():
            spool = app.extensions["uploads"].spool.folder
            findings = list(
                doctor.examine(
                    db.session(), object_store, spool, fake_clock(), no_progress, deep=deep
                )
            )
        return {
            level: "\n".join(one.sentence for one in findings if one.level is level)
            for level in Level
        }

    return levels


def no_progress(_done: int, _all: int) -> None:
    """Ignore the progress."""


def test_a_healthy_service_has_nothing_bad(
    examine: Examine, observer: Device, rows: Rows, fake_clock: FakeClock, work: Callable[[], int]
) -> None:
    observer.report(Shot(jpeg()))
    work()
    rows.write(lambda session: note_backup(session, fake_clock()))
    levels = examine(deep=True)
    assert levels[Level.BAD] == levels[Level.WARNING] == ""


def test_a_photo_whose_bytes_are_gone_is_bad(
    examine: Examine, observer: Device, rows: Rows, object_store: ObjectStore
) -> None:
    observer.report(Shot(jpeg()))
    object_store.delete(rows.one(Photo).object_key)
    assert "1 张照片的字节丢失或不符" in examine()[Level.BAD]


def test_other_bytes_under_a_photos_key_are_found_when_read(
    examine: Examine, observer: Device, rows: Rows, object_store: ObjectStore
) -> None:
    observer.report(Shot(jpeg()))
    photo = rows.one(Photo)
    object_store.put(
        photo.object_key,
        wrong := jpeg(1)[: photo.bytes].ljust(photo.bytes, b"\0"),
        bytes=photo.bytes,
        sha256=Shot(wrong).sha256,
        mime="image/jpeg",
    )
    assert "字节丢失或不符" in examine(deep=True)[Level.BAD]


def test_an_object_without_a_row_is_reported_and_harmless(
    examine: Examine, observer: Device, rows: Rows
) -> None:
    observer.upload(Shot(jpeg(5)))
    before = examine()[Level.GOOD]
    rows.write(lambda session: session.execute(sa.delete(Photo)))
    assert examine()[Level.GOOD] != before
    assert examine()[Level.BAD] == ""


def test_waiting_jobs_without_a_worker_are_bad(
    examine: Examine, observer: Device, fake_clock: FakeClock
) -> None:
    observer.report(Shot(jpeg()))
    fake_clock.forward(minutes=11)
    assert "1 个后台任务超过 10 分钟没人做" in examine()[Level.BAD]


def test_photos_that_do_not_come_are_a_warning(
    examine: Examine, observer: Device, fake_clock: FakeClock
) -> None:
    observer.send(record(Shot(jpeg())))
    fake_clock.forward(days=4)
    assert "1 张照片登记超过 3 天还没上传" in examine()[Level.WARNING]


def test_what_waits_in_quarantine_is_a_warning(examine: Examine, observer: Device) -> None:
    observer.send(record(category="NOPE"))
    assert "1 条数据待人工核对" in examine()[Level.WARNING]


def test_a_log_ahead_of_its_counter_is_bad(examine: Examine, observer: Device, rows: Rows) -> None:
    observer.report(Shot(jpeg()))
    rows.write(lambda session: session.execute(sa.update(Counter).values(value=0)))
    assert "超过计数器 0" in examine()[Level.BAD]


def test_a_task_without_history_is_bad(examine: Examine, observer: Device, rows: Rows) -> None:
    observer.report(Shot(jpeg()))
    rows.write(lambda session: session.execute(sa.delete(TaskEvent)))
    assert "1 个案件没有任何办理记录" in examine()[Level.BAD]


def test_no_backup_is_a_warning(examine: Examine) -> None:
    assert "还没有备份" in examine()[Level.WARNING]


def test_an_old_backup_is_a_warning(examine: Examine, rows: Rows, fake_clock: FakeClock) -> None:
    rows.write(lambda session: note_backup(session, fake_clock() - timedelta(hours=27)))
    assert "最近的备份只到" in examine()[Level.WARNING]


@pytest.mark.one_database
def test_a_damaged_photograph_in_the_backup_is_bad(
    app: Flask, observer: Device, object_store: ObjectStore, fake_clock: FakeClock, tmp_path: Path
) -> None:
    observer.report(Shot(jpeg()))
    database = Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))
    backup.make(database, object_store, tmp_path / "vault", fake_clock(), no_progress)
    (saved,) = [p for p in (tmp_path / "vault" / backup.POOL).rglob("*") if p.is_file()]
    saved.write_bytes(b"rot")
    with app.app_context():
        (finding,) = doctor.examine_pool(db.session(), tmp_path / "vault", no_progress)
    assert finding.level is Level.BAD
