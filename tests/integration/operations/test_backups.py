"""Backups: a lost machine is restored from one, and phones send later records again."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from inspect_server.core.database import db
from inspect_server.core.server_state import note_backup
from inspect_server.models import Job, Observation, Photo, Task
from inspect_server.operations import backup as backups
from inspect_server.operations.backup import Backup, BackupWrong, Restored
from media import keys
from media.store import ObjectMissing, ObjectStore
from tests.support.actors import Device, Shot, jpeg, record
from tests.support.clock import FakeClock
from tests.support.rows import Rows

pytestmark = pytest.mark.one_database


class Vault:
    """A backup folder, and the product it saves."""

    def __init__(self, app: Flask, store: ObjectStore, fake_clock: FakeClock, folder: Path) -> None:
        self.app, self.store, self.fake_clock, self.folder = app, store, fake_clock, folder
        self.database = Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))

    def save(self) -> tuple[Path, Backup]:
        self.fake_clock.forward(seconds=1)
        return backups.make(self.database, self.store, self.folder, self.fake_clock(), no_progress)

    def put_back(self, folder: Path) -> Restored:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        return backups.restore(folder, self.database, self.store, self.fake_clock(), no_progress)

    def lose(self, photo: Photo) -> None:
        assert photo.object_key
        for key in (photo.object_key, keys.review(photo.id), keys.thumb(photo.id)):
            self.store.delete(key)


def no_progress(_done: int, _all: int) -> None:
    """Ignore the progress."""


@pytest.fixture
def vault(app: Flask, object_store: ObjectStore, fake_clock: FakeClock, tmp_path: Path) -> Vault:
    return Vault(app, object_store, fake_clock, tmp_path / "vault")


def test_rows_and_bytes_come_back(vault: Vault, observer: Device, rows: Rows) -> None:
    shot = Shot(jpeg())
    observer.report(shot)
    folder, _ = vault.save()
    photo = rows.one(Photo)
    vault.lose(photo)
    vault.database.unlink()
    vault.put_back(folder)
    assert rows.count(Task) == rows.count(Observation) == 1
    assert vault.store.get(photo.object_key) == shot.content


def test_what_came_after_the_backup_is_offered_again_and_stands_once(
    vault: Vault, observer: Device, rows: Rows
) -> None:
    observer.report(Shot(jpeg()))
    folder, _ = vault.save()
    late = Shot(jpeg(1))
    lost = record(late)
    observer.epoch = (observer.push(lost).json or {})["epoch"]
    observer.upload(late)
    vault.put_back(folder)
    assert observer.push(lost).status_code == 409
    ids = {"ops": [lost["op_id"]], "photos": [late.photo_id]}
    answer = observer.post("/sync/receipts", ids).json
    assert answer is not None
    assert answer["ops"][lost["op_id"]] == answer["photos"][late.photo_id] == "unknown"
    observer.epoch = answer["epoch"]
    (again,) = observer.send(lost)
    observer.upload(late)
    assert again["status"] == "accepted"
    assert rows.count(Task) == 2
    assert rows.count(Photo, Photo.state == "stored") == 2


def test_a_cursor_from_before_the_restore_is_refused(vault: Vault, observer: Device) -> None:
    cursor = observer.pull()["cursor"]
    folder, _ = vault.save()
    vault.put_back(folder)
    assert observer.get(f"/sync/pull?cursor={cursor}").status_code == 409


def test_a_backup_does_not_cover_requests_still_in_progress(vault: Vault, observer: Device) -> None:
    _, backup = vault.save()
    assert backup.covers_to == backup.made_at - backups.MARGIN


def test_the_covered_time_is_sent_to_phones_and_never_decreases(
    observer: Device, rows: Rows, fake_clock: FakeClock
) -> None:
    now = fake_clock()
    rows.write(lambda session: note_backup(session, now))
    rows.write(lambda session: note_backup(session, now - backups.MARGIN))
    backed_up_to = observer.pull()["backed_up_to"]
    assert backed_up_to.startswith(f"{now:%Y-%m-%dT%H:%M:%S}")


def test_the_rows_that_were_there_are_kept(vault: Vault, observer: Device) -> None:
    folder, _ = vault.save()
    observer.report(Shot(jpeg()))
    replaced = vault.put_back(folder).replaced_rows
    assert replaced is not None
    assert sqlite3.connect(replaced).execute("select count(*) from task").fetchone() == (1,)


def test_even_damaged_rows_are_kept_and_replaced(
    vault: Vault, observer: Device, rows: Rows
) -> None:
    observer.report(Shot(jpeg()))
    folder, _ = vault.save()
    vault.database.write_bytes(b"not a database at all" * 500)
    replaced = vault.put_back(folder).replaced_rows
    assert rows.count(Task) == 1
    assert replaced is not None and replaced.read_bytes().startswith(b"not a database")


def test_a_photo_neither_saved_nor_stored_is_requested_from_its_phone(
    vault: Vault, observer: Device, rows: Rows, work: Callable[[], int]
) -> None:
    shot = Shot(jpeg())
    observer.report(shot)
    work()
    vault.lose(rows.one(Photo))
    folder, backup = vault.save()
    assert not backup.whole
    assert [photo.hex for photo in vault.put_back(folder).missing_photo_ids] == [
        shot.photo_id.replace("-", "")
    ]
    assert rows.one(Observation).state == "incomplete"
    observer.upload(shot)
    assert rows.one(Observation).state == "complete"
    assert work() == 1
    assert rows.one(Photo).derivative == "ready"


def test_bytes_that_are_not_the_rows_bytes_do_not_get_into_a_backup(
    vault: Vault, observer: Device, rows: Rows
) -> None:
    observer.report(Shot(jpeg()))
    photo = rows.one(Photo)
    other = jpeg(2)
    digest = Shot(other).sha256
    vault.store.put(photo.object_key, other, bytes=len(other), sha256=digest, mime="image/jpeg")
    _, backup = vault.save()
    assert backup.missing == [photo.object_key]


def test_copies_the_store_lost_are_made_again(
    vault: Vault, observer: Device, rows: Rows, work: Callable[[], int]
) -> None:
    observer.report(Shot(jpeg()))
    work()
    folder, _ = vault.save()
    vault.lose(rows.one(Photo))
    assert vault.put_back(folder).copies_ordered == 1
    assert rows.one(Job).state == "ready"
    work()
    assert vault.store.get(keys.thumb(rows.one(Photo).id))


def test_the_second_backup_copies_only_what_is_new(vault: Vault, observer: Device) -> None:
    observer.report(Shot(jpeg()))
    vault.save()
    (first,) = photographs(vault)
    before = first.stat().st_ino
    observer.report(Shot(jpeg(1)))
    _, backup = vault.save()
    assert backup.photos == 2
    assert first.stat().st_ino == before


def test_a_backup_that_was_not_finished_is_none(vault: Vault, observer: Device) -> None:
    folder, _ = vault.save()
    (folder / backups.MANIFEST).unlink()
    with pytest.raises(BackupWrong, match="不是完整的备份"):
        vault.put_back(folder)


def test_damaged_rows_in_the_backup_are_not_restored(vault: Vault, observer: Device) -> None:
    observer.report(Shot(jpeg()))
    folder, _ = vault.save()
    with (folder / backups.ROWS).open("r+b") as file:
        file.seek(5000)
        file.write(b"rot")
    with pytest.raises(BackupWrong, match="已损坏"):
        vault.put_back(folder)


def test_a_damaged_photograph_in_the_backup_is_not_restored(
    vault: Vault, observer: Device, rows: Rows
) -> None:
    observer.report(Shot(jpeg()))
    folder, _ = vault.save()
    (saved,) = photographs(vault)
    saved.write_bytes(saved.read_bytes()[::-1])
    photo = rows.one(Photo)
    vault.lose(photo)
    assert vault.put_back(folder).missing_photo_ids == [photo.id]
    with pytest.raises(ObjectMissing):
        vault.store.head(photo.object_key)


def test_a_newer_backup_is_known(vault: Vault) -> None:
    first, _ = vault.save()
    second, _ = vault.save()
    shutil.copytree(first, vault.folder / "99990101T000000000000Z")
    (vault.folder / "99990101T000000000000Z" / backups.MANIFEST).unlink()
    assert backups.newer_than(first) == [second]


def test_there_is_nothing_to_save_without_a_database(vault: Vault) -> None:
    with pytest.raises(BackupWrong, match="没有数据库文件"):
        backups.make(
            vault.folder / "nowhere", vault.store, vault.folder, vault.fake_clock(), no_progress
        )


def photographs(vault: Vault) -> list[Path]:
    """Every file in the pool."""
    return [path for path in (vault.folder / backups.POOL).rglob("*") if path.is_file()]
