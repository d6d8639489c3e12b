"""The commands `migrate`, `load` and `revise`: schema and first rows of a database."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from sqlalchemy.orm import Session

from inspect_server import create_app, read_settings
from inspect_server.commands import context
from inspect_server.commands.outlines import outlines_command
from inspect_server.commands.roads import roads_command
from inspect_server.config import database_url
from inspect_server.core import clock, migrate
from inspect_server.core.database import read_tx, write_tx
from inspect_server.core.server_state import installation
from inspect_server.launcher.demo_logins import Login, remember_logins
from inspect_server.operations import starter
from schemas.vocabulary import Installation


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema."""
    migrate.migrate(database_url(os.environ, context.home()))
    click.echo("数据库结构已是最新 The database schema is up to date")


@click.group("load", invoke_without_command=True)
@click.option("--cast", is_flag=True, help="Also make the demo people 演示账号.")
@click.pass_context
def load_command(ctx: click.Context, cast: bool) -> None:
    """Load the 十堰 starter data, or a file that the city brings.

    Without a subcommand: the starter data; existing rows are not changed, and a real city gets new
    categories and calendar years only.
    """
    if ctx.invoked_subcommand is None:
        _load_starter(cast)


load_command.add_command(outlines_command)
load_command.add_command(roads_command)


def _load_starter(cast: bool) -> None:
    settings = context.settings()
    app = create_app(settings)
    with app.app_context():
        is_city = read_tx(installation) is Installation.CITY
        if is_city and cast:
            context.stop("这里是真实城市，不建演示账号 (this is a real city)")
        load = starter.load_rules if is_city else starter.load
        report = write_tx(lambda session: load(session, clock.now()))
        if cast:
            write_tx(lambda session: _load_people(session, settings.home))
    for table, rows in report.added.items():
        click.echo(f"{table:14} +{rows}")


load_command.add_command(roads_command)


@click.command("revise")
@click.argument("message")
def revise_command(message: str) -> None:
    """Write the next migration from the difference to the models (for engineers)."""
    migrate.revise(database_url(os.environ, context.home()), message)


def prepare(environ: Mapping[str, str]) -> Sequence[Login]:
    """Migrate, and load what this installation starts with; return the logins to be shown.

    A real city gets new categories and calendar years, never a row of the demonstration. Everything
    else is one: it gets its starter data and the demo people.
    """
    settings = read_settings(environ)
    migrate.migrate(settings.database_url)
    app = create_app(settings)
    with app.app_context():
        if read_tx(installation) is Installation.CITY:
            write_tx(lambda session: starter.load_rules(session, clock.now()))
            return []
        write_tx(lambda session: starter.load(session, clock.now()))
        return write_tx(lambda session: _load_people(session, settings.home))


def _load_people(session: Session, home: Path) -> Sequence[Login]:
    """Create the missing demo people; passwords are saved before the commit makes them valid."""
    return remember_logins(home, starter.load_demo_people(session, clock.now()))
