"""The operator's commands: run it, look after it, fill it, save it and put it back."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import NoReturn

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server import (
    backups,
    clock,
    create_app,
    doctor,
    embedded,
    failpoints,
    schema,
    up,
)
from inspect_server.config import Settings, SettingWrong, database_url
from inspect_server.extensions import db
from inspect_server.jobs import worker
from inspect_server.services import demo, starter, sync
from inspect_server.transactions import transact
from media.store import ObjectStore, StoreError

DEFAULT_PORT = 8460


@click.group()
@click.version_option(package_name="inspect-server")
def main() -> None:
    """十堰创文巡查: offline-first field inspection."""


@main.command("up")
@click.option("--lan", is_flag=True, help="Serve the local network over TLS with an own CA.")
def up_command(lan: bool) -> None:
    """Start everything on this machine: store, database, web server, worker."""
    environ = dict(os.environ)
    try:
        port = int(environ.get("INSPECT_PORT") or DEFAULT_PORT)
        database_url(environ, _home(environ))
    except ValueError:
        _stop("INSPECT_PORT 须为端口号 must be a port number")
    except SettingWrong as wrong:
        _stop(f"配置错误 {wrong}")
    sys.exit(up.run(_home(environ), port, lan=lan, environ=environ, prepare=_prepare))


@main.command("worker")
def worker_command() -> None:
    """Make review copies and sweep leftovers, until stopped."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.run(create_app(_settings()), stop, clock.now)


@main.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema."""
    environ = os.environ
    schema.migrate(database_url(environ, _home(environ)))
    click.echo("数据库结构已是最新 The database schema is up to date")


@main.command("load")
@click.option("--cast", is_flag=True, help="Also make the demo people 演示账号.")
def load_command(cast: bool) -> None:
    """Load the 十堰 starter data; what is there already is left alone."""
    settings = _settings()
    app = create_app(settings)
    with app.app_context():
        report = transact(lambda session: starter.load(session, clock.now()))
        if cast:
            transact(lambda session: _load_cast(session, settings.home))
    for table, rows in report.added.items():
        click.echo(f"{table:14} +{rows}")


@main.command("demo")
@click.option("--records", type=click.IntRange(1, 100_000), required=True)
@click.option("--seed", type=int, default=2026, show_default=True)
def demo_command(records: int, seed: int) -> None:
    """Fill in a believable history; its photos are shared, the disk use is said first."""
    app = create_app(_settings())
    store: ObjectStore = app.extensions["store"]
    click.echo(demo.disk_use_in_words(records))
    with (
        app.app_context(),
        click.progressbar(length=records, label="写入演示数据 Filling in") as bar,
    ):
        try:
            demo.fill(store, records, clock.now(), seed, bar.update, transact)
        except StoreError as error:
            _stop(f"照片存储不可用 The object store is not available: {error}")
    click.echo("完成 Done")


@main.command("backup")
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
def backup_command(target: Path) -> None:
    """Save every row and every original into TARGET; the service may go on working."""
    environ = dict(os.environ)
    with _sentences(), _store_at_hand(environ) as settings:
        app = create_app(settings)
        database = _sqlite_file(settings)
        folder, backup = backups.make(
            database, app.extensions["store"], target.resolve(), clock.now(), _count
        )
        if not backup.whole:
            _stop(
                f"备份不完整：对象存储缺 {len(backup.missing)} 张照片，名单在 "
                f"{folder / backups.MANIFEST} (not whole: the store lacks photographs)"
            )
        with app.app_context():
            transact(lambda session: sync.note_backup(session, backup.covers_to))
    click.echo(
        f"已备份 {backup.photos} 张照片和全部数据到 {folder} (saved; photos received before "
        f"{backup.covers_to:%Y-%m-%d %H:%M} UTC may now leave the phones)"
    )


@main.command("backed-up")
@click.argument("until", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%MZ"]))
def backed_up_command(until: datetime) -> None:
    """Say that a backup made by other means covers everything UNTIL then (PostgreSQL, cloud)."""
    app = create_app(_settings())
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    if until > clock.now():
        _stop("时间在将来 (that is in the future)")
    with app.app_context():
        transact(lambda session: sync.note_backup(session, until))
    click.echo("已记下 Noted")


@main.command("restore")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--older", is_flag=True, help="Restore this one although there is a newer one.")
def restore_command(folder: Path, older: bool) -> None:
    """Put the backup in FOLDER in the place of what is there; `up` must not run."""
    environ = dict(os.environ)
    folder = folder.resolve()
    with _sentences():
        newer = backups.newer_than(folder)
        if newer and not older:
            _stop(
                f"还有更新的备份 {newer[-1]}。手机可能已经删掉它覆盖的照片；"
                "确实要恢复较旧的，请加 --older (there is a newer backup; add --older to insist)"
            )
        with up.alone(_home(environ)), _store_at_hand(environ) as settings:
            # Without an app: nobody may have the database open.
            failpoints.arm(settings.failpoints, settings.home / "failpoints")
            store = ObjectStore(settings.store)
            store.ensure_bucket()
            done = backups.restore(folder, _sqlite_file(settings), store, clock.now(), _count)
    click.echo(f"已恢复，新代次 {done.epoch}：手机下次同步会补报 (restored; phones offer again)")
    if done.rows_kept:
        click.echo(f"原来的数据库留在 {done.rows_kept} (the rows that were there are kept)")
    if done.unfound:
        click.echo(
            f"{len(done.unfound)} 张照片不在备份里，等手机重传 (will be asked of their phones)"
        )


@main.command("doctor")
@click.option("--deep", is_flag=True, help="Read every original and compare its hash.")
@click.option(
    "--backup",
    "target",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Also read every original of this backup.",
)
def doctor_command(deep: bool, target: Path | None) -> None:
    """Look at everything that could lose work; the exit code is the worst finding (0, 1, 2)."""
    marks = {
        doctor.Level.GOOD: "好 ok  ",
        doctor.Level.WARNING: "警 warn",
        doctor.Level.BAD: "坏 BAD ",
    }
    worst = doctor.Level.GOOD
    with _sentences(), _store_at_hand(dict(os.environ)) as settings:
        app = create_app(settings)
        with app.app_context():
            session = db.session()
            findings = doctor.examine(
                session, app.extensions["store"], settings.spool, clock.now(), _count, deep=deep
            )
            if target is not None:
                findings = chain(findings, doctor.examine_pool(session, target, _count))
            for finding in findings:
                click.echo(f"{marks[finding.level]} {finding.sentence}")
                worst = max(worst, finding.level)
    sys.exit(worst)


@main.command("revise")
@click.argument("message")
def revise_command(message: str) -> None:
    """Write the next migration from what the models say (for engineers)."""
    environ = os.environ
    schema.revise(database_url(environ, _home(environ)), message)


def _prepare(environ: Mapping[str, str]) -> list[up.KeptLogin]:
    """Migrate, load the starter data and the demo cast; return the logins to be shown."""
    settings = Settings.from_env(environ)
    schema.migrate(settings.database_url)
    app = create_app(settings)
    with app.app_context():
        transact(lambda session: starter.load(session, clock.now()))
        return transact(lambda session: _load_cast(session, settings.home))


def _load_cast(session: Session, home: Path) -> list[up.KeptLogin]:
    """Make the missing demo people; their passwords are written down before they count."""
    return up.remember_logins(home, starter.load_demo_cast(session, clock.now()))


def _settings() -> Settings:
    """Read the settings; the store that `up` runs is found through what it keeps."""
    environ = dict(os.environ)
    if not environ.get("INSPECT_S3_ENDPOINT_URL"):
        environ |= up.store_variables(embedded.settings_of(_home(environ)))
    try:
        return Settings.from_env(environ)
    except SettingWrong as wrong:
        _stop(f"配置错误 {wrong}")


@contextmanager
def _store_at_hand(environ: dict[str, str]) -> Iterator[Settings]:
    """The settings, with a store that answers: the one of `up`, or its own for this while."""
    if environ.get("INSPECT_S3_ENDPOINT_URL") or up.is_running(_home(environ)):
        yield _settings()
        return
    with embedded.EmbeddedStore(_home(environ)) as store:
        environ |= up.store_variables(store.start())
        try:
            yield Settings.from_env(environ)
        except SettingWrong as wrong:
            _stop(f"配置错误 {wrong}")


def _sqlite_file(settings: Settings) -> Path:
    found = sa.make_url(settings.database_url)
    if found.get_backend_name() != "sqlite" or not found.database:
        _stop(
            "这条命令只管 SQLite。PostgreSQL 请用 pg_dump 或连续归档，再用 inspect-server "
            "backed-up 记下覆盖到的时间，见 docs/runbook.md (SQLite only)"
        )
    return Path(found.database)


@contextmanager
def _sentences() -> Iterator[None]:
    """One sentence instead of a traceback for what an operator can do something about."""
    try:
        yield
    except (backups.BackupWrong, up.UpFailed, embedded.EmbeddedStoreError) as wrong:
        _stop(str(wrong))
    except StoreError as error:
        _stop(f"照片存储不可用 The object store is not available: {error}")
    except OSError as error:
        _stop(f"文件读写失败 {error.filename or ''}: {error.strerror}")


def _count(done: int, all_of_them: int) -> None:
    """Show on a terminal how many photographs are done."""
    if sys.stderr.isatty():
        end = "\n" if done == all_of_them else ""
        click.echo(f"\r照片 photographs {done}/{all_of_them}", err=True, nl=False)
        click.echo(end, err=True, nl=False)


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("INSPECT_HOME") or "var").expanduser().resolve()


def _stop(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
