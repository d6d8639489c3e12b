"""The operator's commands: `inspect-server up`, `worker`, `migrate`, `load`, `demo`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.orm import Session

from inspect_server import clock, create_app, embedded, schema, up
from inspect_server.config import Settings, SettingWrong, database_url
from inspect_server.jobs import worker
from inspect_server.services import demo, starter
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


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("INSPECT_HOME") or "var").expanduser().resolve()


def _stop(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
