"""Backups 备份: every row and every original in one folder, verified, and put back.

A backup folder holds a pool of originals under their object keys, shared by all backups in it,
and for each backup a folder of its own with the rows as they were at one moment. A backup counts
only with its manifest, which is written last; a restore writes the photos before
the rows and gives the rows a new epoch before anybody can read them, so a phone that knows the
old epoch offers again what it still has (DESIGN §4).
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from inspect_server.core import failpoints, migrate
from inspect_server.models import Job, JobState, Observation, Photo, ServerState
from inspect_server.photos.services.photos import DERIVE_JOB
from media.store import ObjectMissing, ObjectStore
from schemas.vocabulary import DerivativeState, ObservationState, PhotoState

ROWS: Final = "rows.sqlite3"
MANIFEST: Final = "manifest.json"
POOL: Final = "photos"
# A transaction that began before the rows were copied may carry an earlier time and be missing
# from them; none lives this long.
MARGIN: Final = timedelta(minutes=2)
_AT_ONCE: Final = 4
_CHUNK: Final = 1024 * 1024

# Called with the number of photos done, and the number of all photos.
Progress = Callable[[int, int], None]


class BackupWrong(Exception):
    """A backup cannot be used 备份不可用; the text is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Backup:
    """The manifest of a backup 一份备份. Times are UTC, sizes bytes."""

    made_at: datetime
    covers_to: datetime
    epoch: str
    rows_sha256: str
    photos: int
    photo_bytes: int
    # Originals the store did not have, or had with other bytes: not in this backup.
    missing: list[str]

    @property
    def whole(self) -> bool:
        """Whether every original was saved."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore 恢复结果; phones send the missing photos again."""

    epoch: str
    replaced_rows: Path | None
    photos: int
    put: int
    copies_ordered: int
    missing_photo_ids: list[UUID]


# --- making ---------------------------------------------------------------------------------


def make(
    database: Path, store: ObjectStore, target: Path, now: datetime, progress: Progress
) -> tuple[Path, Backup]:
    """Copy the rows as they are now, then every original they name; return the new folder.

    The service may run meanwhile. Raises `BackupWrong`, `StoreError`, OSError.
    """
    if not database.is_file():
        raise BackupWrong(f"没有数据库文件 {database} (there is no such database)")
    folder = target / f"{now:%Y%m%dT%H%M%S%fZ}"
    folder.mkdir(parents=True, mode=0o700)
    rows = folder / ROWS
    _copy_rows(database, rows)
    failpoints.reach("backup.rows")
    epoch, rows_of_photos = _contents(rows)
    originals = list({original.key: original for original in rows_of_photos}.values())
    missing = []
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        saved = threads.map(
            lambda original: _save_original(store, target / POOL, original), originals
        )
        for count, (original, is_saved) in enumerate(zip(originals, saved, strict=True), 1):
            if not is_saved:
                missing.append(original.key)
            progress(count, len(originals))
    backup = Backup(
        made_at=now,
        covers_to=now - MARGIN,
        epoch=epoch,
        rows_sha256=_sha256(rows),
        photos=len(originals) - len(missing),
        photo_bytes=sum(original.bytes for original in originals),
        missing=missing,
    )
    _write(folder / MANIFEST, _as_json(backup))
    failpoints.reach("backup.photos")
    return folder, backup


def read(folder: Path) -> Backup:
    """Return what a backup's manifest says, after verifying that its rows are the ones it names.

    Raises `BackupWrong`.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        times = {name: datetime.fromisoformat(manifest[name]) for name in ("made_at", "covers_to")}
        backup = Backup(**manifest | times)
    except FileNotFoundError:
        raise BackupWrong(
            f"{folder} 不是完整的备份：没有 {MANIFEST} (no whole backup: it was not finished)"
        ) from None
    except (ValueError, TypeError, KeyError):
        raise BackupWrong(f"{folder / MANIFEST} 读不懂 (the manifest cannot be read)") from None
    if not (folder / ROWS).is_file() or _sha256(folder / ROWS) != backup.rows_sha256:
        raise BackupWrong(f"{folder / ROWS} 已损坏 (the rows are not the ones saved)")
    return backup


def _as_json(backup: Backup) -> bytes:
    return json.dumps(asdict(backup), indent=1, default=datetime.isoformat).encode()


def newer_than(folder: Path) -> list[Path]:
    """Return the whole backups beside this one that were made later."""
    return sorted(
        other
        for other in folder.parent.iterdir()
        if other.name > folder.name and other.name != POOL and (other / MANIFEST).is_file()
    )


# --- putting back ---------------------------------------------------------------------------


def restore(
    folder: Path, database: Path, store: ObjectStore, now: datetime, progress: Progress
) -> Restored:
    """Replace the database by a backup; nobody else may use it meanwhile.

    The database that was there is renamed, not deleted. An original that is neither in the backup
    nor in the store is marked as never arrived, so its phone sends it again if it still can.
    Raises `BackupWrong`, `StoreError`, OSError.
    """
    backup = read(folder)
    restored = database.with_name(f"{database.name}.restoring")
    _drop_database(restored)
    shutil.copyfile(folder / ROWS, restored)
    migrate.migrate(f"sqlite:///{restored}")
    _, originals = _contents(restored)
    put = 0
    missing_photo_ids, copyless = [], []
    for count, original in enumerate(originals, 1):
        written = _restore_original(store, folder.parent / POOL, original)
        if written is None:
            missing_photo_ids.append(original.photo_id)
        elif original.copies and not _has_copies(store, original.copies):
            copyless.append(original.photo_id)
        put += written is True
        progress(count, len(originals))
    failpoints.reach("restore.photos")
    epoch = secrets.token_hex(8)
    # It covers its own content: phones may still delete photos that are in this backup.
    generation = {"epoch": epoch, "backed_up_to": backup.covers_to}
    _begin_generation(restored, generation, missing_photo_ids, copyless, now)
    replaced = _replace(database, restored, now)
    failpoints.reach("restore.rows")
    return Restored(epoch, replaced, len(originals), put, len(copyless), missing_photo_ids)


def _begin_generation(
    database: Path,
    generation: Mapping[str, object],
    missing_photo_ids: list[UUID],
    without_copies: list[UUID],
    now: datetime,
) -> None:
    """Give the restored rows a new epoch, and merge the log into the database file."""
    engine = migrate.open_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.execute(sa.update(ServerState).values(**generation))
        for photo_id in missing_photo_ids + without_copies:
            # Its derivatives are ordered again, now or when the photo arrives again.
            connection.execute(sa.delete(Job).where(Job.subject_id == photo_id))
        for photo_id in missing_photo_ids:
            # Its record is not whole any more, and says so (I11).
            connection.execute(
                sa.update(Observation)
                .where(
                    Observation.id
                    == sa.select(Photo.observation_id)
                    .where(Photo.id == photo_id)
                    .scalar_subquery(),
                    Observation.state == ObservationState.COMPLETE,
                )
                .values(state=ObservationState.INCOMPLETE)
            )
            connection.execute(
                sa.update(Photo)
                .where(Photo.id == photo_id)
                .values(
                    state=PhotoState.DECLARED,
                    stored_at=None,
                    object_key=None,
                    derivative=DerivativeState.PENDING,
                    review_key=None,
                    thumb_key=None,
                )
            )
        for photo_id in without_copies:
            connection.execute(
                sa.update(Photo)
                .where(Photo.id == photo_id)
                .values(derivative=DerivativeState.PENDING, review_key=None, thumb_key=None)
            )
            connection.execute(
                sa.insert(Job).values(
                    kind=DERIVE_JOB,
                    subject_id=photo_id,
                    state=JobState.READY,
                    run_after=now,
                    created_at=now,
                    attempts=0,
                )
            )
    engine.dispose()
    _checkpoint(database)


def _replace(database: Path, restored: Path, now: datetime) -> Path | None:
    """Put a database in another's place in one step; return where the other is now."""
    replaced = None
    if database.exists():
        replaced = database.with_name(f"{database.name}.before-{now:%Y%m%dT%H%M%SZ}")
        try:
            _checkpoint(database)
        except sqlite3.DatabaseError:
            # Damaged, perhaps the reason for the restore: renamed as it is, with its log.
            for end in ("-wal", "-shm"):
                if (log := Path(f"{database}{end}")).exists():
                    log.rename(f"{replaced}{end}")
        os.link(database, replaced)
    os.replace(restored, database)
    _flush(database.parent)
    return replaced


# --- rows -----------------------------------------------------------------------------------


def _copy_rows(database: Path, rows: Path) -> None:
    """Copy a database that is in use, as it is at one moment, and verify the copy."""
    with (
        closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(rows)) as copy,
    ):
        source.execute("PRAGMA busy_timeout=30000")
        source.backup(copy)
    _checkpoint(rows)
    with closing(sqlite3.connect(rows)) as copy:
        check = copy.execute("PRAGMA integrity_check").fetchone()[0]
        broken_key = copy.execute("PRAGMA foreign_key_check").fetchone()
    if check != "ok" or broken_key is not None:
        raise BackupWrong(f"数据库已损坏：{check} (the database is damaged; nothing was saved)")
    with rows.open("rb") as file:
        os.fsync(file.fileno())


def _checkpoint(database: Path) -> None:
    """Write a database's log into its file and delete the log."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _drop_database(database: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        Path(f"{database}{end}").unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Original:
    """An original that a row names."""

    photo_id: UUID
    key: str
    sha256: str
    bytes: int
    mime: str
    # The keys of its copies, once it has any.
    copies: tuple[str, str] | None


def _contents(database: Path) -> tuple[str, list[_Original]]:
    """Return the epoch of these rows and every original they name."""
    engine = sa.create_engine(f"sqlite:///{database}")
    try:
        with engine.connect() as connection:
            epoch = connection.execute(sa.select(ServerState.epoch)).scalar_one()
            rows = connection.execute(
                sa.select(Photo.__table__)
                .where(Photo.state == PhotoState.STORED)
                .order_by(Photo.id)
            )
            return epoch, [
                _Original(
                    photo_id=row.id,
                    key=row.object_key,
                    sha256=row.sha256,
                    bytes=row.bytes,
                    mime=row.mime,
                    copies=(row.review_key, row.thumb_key) if row.review_key else None,
                )
                for row in rows
            ]
    finally:
        engine.dispose()


# --- photographs ----------------------------------------------------------------------------


def _save_original(store: ObjectStore, pool: Path, original: _Original) -> bool:
    """Put an original into the pool, by its hash; return whether it is there."""
    target = pool / original.key
    if target.is_file() and target.stat().st_size == original.bytes:
        # Hashed when it was written; `doctor --backup` reads it again.
        return True
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    coming = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    digest = hashlib.sha256()
    try:
        with store.open(original.key) as stored, coming.open("xb") as file:
            for chunk in stored:
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except ObjectMissing:
        return False
    if digest.hexdigest() != original.sha256:
        coming.unlink()
        return False
    os.replace(coming, target)
    return True


def _restore_original(store: ObjectStore, pool: Path, original: _Original) -> bool | None:
    """Put an original into the store; True if it was put, None if no bytes exist."""
    try:
        there = store.head(original.key)
        if there.bytes == original.bytes and there.sha256 == original.sha256:
            return False
    except ObjectMissing:
        pass
    try:
        with (pool / original.key).open("rb") as file:
            store.put(
                original.key,
                file,
                bytes=original.bytes,
                sha256=original.sha256,
                mime=original.mime,
            )
    except (FileNotFoundError, ValueError):
        # Not in this backup, or damaged there.
        return None
    return True


def _has_copies(store: ObjectStore, copies: tuple[str, str]) -> bool:
    try:
        for key in copies:
            store.head(key)
    except ObjectMissing:
        return False
    return True


# --- files ----------------------------------------------------------------------------------


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Write a file atomically."""
    coming = path.with_name(f"{path.name}.part")
    with coming.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(coming, path)
    _flush(path.parent)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
