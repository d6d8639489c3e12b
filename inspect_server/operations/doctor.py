"""The doctor 体检: checks an installation and returns findings, one a line.

Reads only. It checks what could lose work: whether the rows are sound, whether the store has every
photo that a row names, whether jobs pile up, and whether there is a backup.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import islice
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import migrate
from inspect_server.models import (
    Change,
    Counter,
    Job,
    JobState,
    Photo,
    Quarantined,
    ServerState,
    Task,
    TaskEvent,
)
from inspect_server.models.sync import CHANGE_LOG
from inspect_server.operations.backup import POOL, Progress
from inspect_server.photos.services import cleanup, screening
from media.store import ObjectMissing, ObjectStore
from schemas.vocabulary import PhotoState, QuarantineState

OLD_JOB: Final = timedelta(minutes=10)
OLD_BACKUP: Final = timedelta(hours=26)
LONG_WAIT: Final = timedelta(days=3)
LEAST_FREE_BYTES: Final = 2 * 1024**3
PREFIXES: Final = ("original/", "review/", "thumb/")
_PORTION: Final = 500


class Level(IntEnum):
    """The level of a finding; the worst one is the exit code of the command."""

    GOOD = 0
    WARNING = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding 体检结果: one sentence, Chinese first, and what to do when it is not good."""

    level: Level
    sentence: str


def examine(
    session: Session,
    store: ObjectStore,
    spool: Path,
    now: datetime,
    progress: Progress,
    *,
    deep: bool,
) -> Iterator[Finding]:
    """Yield all findings; with `deep` every original is read and its hash compared."""
    yield from _rows(session)
    yield from _photos(session, store, deep, progress)
    yield from _objects(session, store)
    yield from _work(session, now)
    yield from _disk(spool)
    yield from _backup(session, now)


def examine_pool(session: Session, target: Path, progress: Progress) -> Iterator[Finding]:
    """Read every original of a backup pool again and compare it with its row."""
    damaged = absent = 0
    stored = _stored(session)
    for done, (key, _, sha256) in enumerate(stored, 1):
        try:
            with (target / POOL / key).open("rb") as file:
                damaged += hashlib.file_digest(file, "sha256").hexdigest() != sha256
        except FileNotFoundError:
            absent += 1
        progress(done, len(stored))
    yield _finding(
        damaged,
        Level.BAD,
        f"备份中有 {damaged} 张照片已损坏：删除这些文件后重新备份 (photographs are damaged)",
        f"备份中 {len(stored) - absent} 张照片完好 (photographs of the backup are sound)",
    )
    if absent:
        yield Finding(Level.WARNING, f"{absent} 张照片还不在这份备份里 (not in the backup yet)")


def _rows(session: Session) -> Iterator[Finding]:
    if session.get_bind().dialect.name == "sqlite":
        check = session.execute(sa.text("PRAGMA integrity_check")).scalar_one()
        yield _finding(
            check != "ok",
            Level.BAD,
            f"数据库已损坏（{check}）：停止服务，用最近的备份恢复 (restore the last backup)",
            "数据库文件完好 (the database file is sound)",
        )
    different = migrate.differences(session.connection())
    yield _finding(
        len(different),
        Level.BAD,
        f"数据库结构有 {len(different)} 处不符：运行 inspect-server migrate (the schema differs)",
        "数据库结构是最新的 (the schema is the newest)",
    )
    counter = session.scalar(sa.select(Counter.value).where(Counter.name == CHANGE_LOG)) or 0
    last = session.scalar(sa.select(sa.func.max(Change.seq))) or 0
    yield _finding(
        last > counter,
        Level.BAD,
        f"变更日志编号 {last} 超过计数器 {counter}：手机会漏收更新 (phones would miss changes)",
        f"变更日志连贯，到 {last} 号 (the change log is in order)",
    )
    without_events = session.scalar(
        sa.select(sa.func.count())
        .select_from(Task)
        .where(~sa.exists().where(TaskEvent.task_id == Task.id))
    )
    yield _finding(
        without_events or 0,
        Level.BAD,
        f"{without_events} 个案件没有任何办理记录 (tasks without history)",
        "每个案件都有办理记录 (every task has its history)",
    )


def _photos(
    session: Session, store: ObjectStore, deep: bool, progress: Progress
) -> Iterator[Finding]:
    wrong: list[str] = []
    stored = _stored(session)
    for done, (key, size, sha256) in enumerate(stored, 1):
        progress(done, len(stored))
        if not _is_intact(store, key, size, sha256, deep):
            wrong.append(key)
    how = "逐张核对了哈希 (hashes compared)" if deep else "核对了大小 (sizes compared)"
    yield _finding(
        len(wrong),
        Level.BAD,
        f"{len(wrong)} 张照片的字节丢失或不符，例如 {''.join(wrong[:1])}："
        "从备份恢复，或从对象存储的副本找回 (bytes are missing or wrong)",
        f"{len(stored)} 张照片都在对象存储里，{how}",
    )


def _stored(session: Session) -> list[tuple[str, int, str]]:
    """Return key, size and hash of every original that a row names."""
    rows = session.execute(
        sa.select(Photo.object_key, Photo.bytes, Photo.sha256)
        .where(Photo.state == PhotoState.STORED)
        .distinct()
    )
    return [(key or "", size, sha256) for key, size, sha256 in rows]


def _is_intact(store: ObjectStore, key: str, size: int, sha256: str, deep: bool) -> bool:
    try:
        if not deep:
            facts = store.head(key)
            return (facts.bytes, facts.sha256) == (size, sha256)
        digest = hashlib.sha256()
        with store.open(key) as stored:
            for chunk in stored:
                digest.update(chunk)
        return digest.hexdigest() == sha256
    except ObjectMissing:
        return False


def _objects(session: Session, store: ObjectStore) -> Iterator[Finding]:
    """Report objects that no row names: harmless, and deleted when they are old."""
    unreferenced = total = 0
    for prefix in PREFIXES:
        keys = iter(store.list_keys(prefix))
        while portion := list(islice(keys, _PORTION)):
            total += len(portion)
            unreferenced += len(cleanup.unreferenced_keys(session, portion))
    yield Finding(
        Level.GOOD,
        f"对象存储有 {total} 个对象，其中 {unreferenced} 个没有登记，满 30 天会清扫 "
        f"({unreferenced} objects without a row; harmless, swept after 30 days)",
    )


def _work(session: Session, now: datetime) -> Iterator[Finding]:
    def count(*conditions: sa.ColumnElement[bool]) -> int:
        return session.scalar(sa.select(sa.func.count()).where(*conditions)) or 0

    late = count(Job.state == JobState.READY, Job.run_after < now - OLD_JOB)
    yield _finding(
        late,
        Level.BAD,
        f"{late} 个后台任务超过 10 分钟没人做：后台进程在运行吗？看 log/worker.log (jobs pile up)",
        "后台任务没有积压 (no work piles up)",
    )
    missing, broken = screening.count_missing_fingerprints(session)
    if missing:
        yield Finding(
            Level.GOOD,
            f"{missing} 张旧照片还没有指纹，后台空闲时逐步补算，其中 {broken} 张算不出 "
            f"({missing} photos without fingerprints, {broken} of them cannot have one)",
        )
    failed = count(Job.state == JobState.FAILED) - broken
    yield _finding(
        failed,
        Level.WARNING,
        f"{failed} 张照片做不出审阅图，原图都在 (no review copy could be made; originals are safe)",
        "没有做不出的审阅图 (every review copy could be made)",
    )
    overdue = count(
        Photo.state.in_((PhotoState.DECLARED, PhotoState.PARTIAL)),
        Photo.declared_at < now - LONG_WAIT,
    )
    yield _finding(
        overdue,
        Level.WARNING,
        f"{overdue} 张照片登记超过 3 天还没上传：请联系上报人打开手机端 (photos still on phones)",
        "没有迟迟不到的照片 (no photo is long overdue)",
    )
    quarantined = count(Quarantined.state == QuarantineState.OPEN)
    yield _finding(
        quarantined,
        Level.WARNING,
        f"{quarantined} 条数据待人工核对：电脑端“待核对” (quarantine waits for a person)",
        "没有待人工核对的数据 (nothing waits in quarantine)",
    )


def _disk(spool: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(spool).free
    left = f"{free / 1024**3:.1f} GB"
    yield _finding(
        free < LEAST_FREE_BYTES,
        Level.BAD,
        f"磁盘只剩 {left}：请清理或扩容，写满后手机会一直等待 (the disk is nearly full)",
        f"磁盘剩余 {left} (disk space is left)",
    )


def _backup(session: Session, now: datetime) -> Iterator[Finding]:
    covered = session.scalar(sa.select(ServerState.backed_up_to))
    if covered is None:
        yield Finding(
            Level.WARNING,
            "还没有备份：inspect-server backup 文件夹 (there is no backup yet)",
        )
        return
    yield _finding(
        covered < now - OLD_BACKUP,
        Level.WARNING,
        f"最近的备份只到 {covered:%Y-%m-%d %H:%M} UTC (the last backup is more than a day old)",
        f"备份覆盖到 {covered:%Y-%m-%d %H:%M} UTC (backed up)",
    )


def _finding(wrong: int, level: Level, bad: str, good: str) -> Finding:
    return Finding(level, bad) if wrong else Finding(Level.GOOD, good)
