"""The commands `migrate`, `load`, `demo` and `revise`: schema and first rows of a database."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from sqlalchemy.orm import Session

from inspect_server import create_app, read_settings
from inspect_server.commands import context
from inspect_server.config import database_url
from inspect_server.core import clock, migrate
from inspect_server.core.database import write_tx
from inspect_server.launcher.demo_logins import Login, remember_logins
from inspect_server.operations import starter
from inspect_server.operations.demo.fill import describe_disk_use, fill
from media.store import ObjectStore, StoreError


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema."""
    migrate.migrate(database_url(os.environ, context.home()))
    click.echo("数据库结构已是最新 The database schema is up to date")


@click.command("load")
@click.option("--cast", is_flag=True, help="Also make the demo people 演示账号.")
def load_command(cast: bool) -> None:
    """Load the 十堰 starter data; existing rows are not changed."""
    settings = context.settings()
    app = create_app(settings)
    with app.app_context():
        report = write_tx(lambda session: starter.load(session, clock.now()))
        if cast:
            write_tx(lambda session: _load_people(session, settings.home))
    for table, rows in report.added.items():
        click.echo(f"{table:14} +{rows}")


@click.command("demo")
@click.option("--records", type=click.IntRange(1, 100_000), required=True)
@click.option("--seed", type=int, default=2026, show_default=True)
def demo_command(records: int, seed: int) -> None:
    """Fill in a realistic history; its photos are shared, the disk use is printed first."""
    app = create_app(context.settings())
    store: ObjectStore = app.extensions["store"]
    click.echo(describe_disk_use(records))
    with (
        app.app_context(),
        click.progressbar(length=records, label="写入演示数据 Filling in") as bar,
    ):
        try:
            fill(store, records, clock.now(), seed, bar.update, write_tx)
        except StoreError as error:
            context.stop(f"照片存储不可用 The object store is not available: {error}")
    click.echo("完成 Done")


@click.command("revise")
@click.argument("message")
def revise_command(message: str) -> None:
    """Write the next migration from the difference to the models (for engineers)."""
    migrate.revise(database_url(os.environ, context.home()), message)


def prepare(environ: Mapping[str, str]) -> Sequence[Login]:
    """Migrate, load the starter data and the demo people; return the logins to be shown."""
    settings = read_settings(environ)
    migrate.migrate(settings.database_url)
    app = create_app(settings)
    with app.app_context():
        write_tx(lambda session: starter.load(session, clock.now()))
        return write_tx(lambda session: _load_people(session, settings.home))


def _load_people(session: Session, home: Path) -> Sequence[Login]:
    """Create the missing demo people; passwords are saved before the commit makes them valid."""
    return remember_logins(home, starter.load_demo_people(session, clock.now()))
