"""The operator's commands: `inspect-server up`, `worker`, `migrate`, `load`, `demo`."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from inspect_server import clock, create_app, schema, up
from inspect_server.config import Settings, SettingWrong, database_url
from inspect_server.jobs import worker
from inspect_server.services import demo, starter
from inspect_server.services.starter import DemoLogin
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
            _keep_logins(settings.home, _load_cast())
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


def _prepare(environ: Mapping[str, str]) -> list[DemoLogin]:
    """Migrate, load the starter data and the demo cast; return the logins to be shown."""
    settings = Settings.from_env(environ)
    schema.migrate(settings.database_url)
    app = create_app(settings)
    with app.app_context():
        transact(lambda session: starter.load(session, clock.now()))
        return _keep_logins(settings.home, _load_cast())


def _load_cast() -> list[DemoLogin]:
    return transact(lambda session: starter.load_demo_cast(session, clock.now()))


def _keep_logins(home: Path, fresh: list[DemoLogin]) -> list[DemoLogin]:
    """Keep the demo logins in a file only the operator may read; return all of them."""
    path = home / "demo-logins.json"
    known: list[dict[str, Any]] = json.loads(path.read_text()) if path.is_file() else []
    logins = known + [asdict(login) for login in fresh]
    if fresh:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(logins, file, ensure_ascii=False, indent=1)
    return [DemoLogin(**login) for login in logins]


def _settings() -> Settings:
    """Read the settings; a store that `up` started is found through its own file."""
    environ = dict(os.environ)
    try:
        return Settings.from_env(environ | up.settings_of_running(_home(environ), environ))
    except SettingWrong as wrong:
        _stop(f"配置错误 {wrong}")


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("INSPECT_HOME") or "var").expanduser().resolve()


def _stop(sentence: str) -> Any:
    click.echo(sentence, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
