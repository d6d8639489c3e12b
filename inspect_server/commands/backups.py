"""The commands `backup`, `backed-up` and `restore` 备份与恢复."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import sqlalchemy as sa

from inspect_server import create_app
from inspect_server.commands import context
from inspect_server.config import Settings
from inspect_server.core import clock, failpoints
from inspect_server.core.database import write_tx
from inspect_server.core.server_state import note_backup
from inspect_server.launcher import home_folder
from inspect_server.operations import backup as backups
from inspect_server.photos.settings import PhotoSettings
from media.store import ObjectStore


@click.command("backup")
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
def backup_command(target: Path) -> None:
    """Save every row and every original into TARGET; the service may go on working."""
    with _errors_as_sentences(), context.with_store() as settings:
        app = create_app(settings)
        database = _sqlite_file(settings)
        folder, backup = backups.make(
            database, app.extensions["store"], target.resolve(), clock.now(), context.count
        )
        if not backup.whole:
            context.stop(
                f"备份不完整：对象存储缺 {len(backup.missing)} 张照片，名单在 "
                f"{folder / backups.MANIFEST} (not whole: the store lacks photographs)"
            )
        with app.app_context():
            write_tx(lambda session: note_backup(session, backup.covers_to))
    click.echo(
        f"已备份 {backup.photos} 张照片和全部数据到 {folder} (saved; photos received before "
        f"{backup.covers_to:%Y-%m-%d %H:%M} UTC may now leave the phones)"
    )


@click.command("backed-up")
@click.argument("until", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%MZ"]))
def backed_up_command(until: datetime) -> None:
    """Record that a backup made by other means (PostgreSQL, cloud) covers everything UNTIL then."""
    app = create_app(context.settings())
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    if until > clock.now():
        context.stop("时间在将来 (that is in the future)")
    with app.app_context():
        write_tx(lambda session: note_backup(session, until))
    click.echo("已记下 Noted")


@click.command("restore")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--older", is_flag=True, help="Restore this one although there is a newer one.")
def restore_command(folder: Path, older: bool) -> None:
    """Replace database and originals by the backup in FOLDER; `up` must not run."""
    folder = folder.resolve()
    with _errors_as_sentences():
        backups.read(folder)
        newer = backups.newer_than(folder)
        if newer and not older:
            context.stop(
                f"还有更新的备份 {newer[-1]}。手机可能已经删掉它覆盖的照片；"
                "确实要恢复较旧的，请加 --older (there is a newer backup; add --older to insist)"
            )
        with _locked_home(), context.with_store(home_is_locked=True) as settings:
            # Without an application: no connection to the database may be open.
            failpoints.arm(settings.failpoints, settings.home / "failpoints")
            store = ObjectStore(settings.of(PhotoSettings).store)
            store.ensure_bucket()
            done = backups.restore(
                folder, _sqlite_file(settings), store, clock.now(), context.count
            )
    click.echo(f"已恢复，新代次 {done.epoch}：手机下次同步会补报 (restored; phones offer again)")
    if done.replaced_rows:
        click.echo(f"原来的数据库留在 {done.replaced_rows} (the rows that were there are kept)")
    if missing := len(done.missing_photo_ids):
        click.echo(f"{missing} 张照片不在备份里，等手机重传 (will be asked of their phones)")


@contextmanager
def _locked_home() -> Iterator[None]:
    """Yield the home while no `up` can run there; a new one gets its secret key."""
    home = context.home()
    with home_folder.locked(home):
        home_folder.keep_secret(home / "secret-key")
        yield


def _sqlite_file(settings: Settings) -> Path:
    url = sa.make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        context.stop(
            "这条命令只管 SQLite。PostgreSQL 请用 pg_dump 或连续归档，再用 inspect-server "
            "backed-up 记下覆盖到的时间，见 docs/runbook.md (SQLite only)"
        )
    return Path(url.database)


@contextmanager
def _errors_as_sentences() -> Iterator[None]:
    with context.errors_as_sentences():
        try:
            yield
        except backups.BackupWrong as wrong:
            context.stop(str(wrong))
