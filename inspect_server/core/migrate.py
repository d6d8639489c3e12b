"""The database schema 数据库结构: migrated to the newest version, by one process at a time."""

from __future__ import annotations

import secrets
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from inspect_server.core.database import engine_options, prepare_engine
from inspect_server.models import Base, Counter, ServerState
from inspect_server.models.sync import CHANGE_LOG, REFERENCE_EDITION

MIGRATIONS = Path(__file__).parents[1] / "migrations"
# The number of the advisory lock of PostgreSQL that is held during a migration.
_LOCK = 7_302_026


def open_engine(database_url: str) -> sa.Engine:
    """Return an engine with the settings the service uses."""
    engine = sa.create_engine(database_url, **engine_options(database_url))
    prepare_engine(engine)
    return engine


def migrate(database_url: str) -> None:
    """Migrate a database to the newest schema, and insert the first rows of a new one."""
    engine = open_engine(database_url)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_lock(_LOCK)))
                connection.commit()
            command.upgrade(_config(connection), "head")
            connection.commit()
            _first_rows(connection)
            connection.commit()
    finally:
        engine.dispose()


def revise(database_url: str, message: str) -> None:
    """Write the next migration from the models; for developers."""
    engine = open_engine(database_url)
    with engine.connect() as connection:
        config = _config(connection)
        number = len(list((MIGRATIONS / "versions").glob("[0-9]*.py"))) + 1
        command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")


def differences(connection: sa.Connection) -> list[object]:
    """Return the differences between the models and the schema of the database."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _first_rows(connection: sa.Connection) -> None:
    for name in (CHANGE_LOG, REFERENCE_EDITION):
        if connection.scalar(sa.select(Counter.value).where(Counter.name == name)) is None:
            connection.execute(sa.insert(Counter).values(name=name, value=0))
    if connection.scalar(sa.select(ServerState.epoch).where(ServerState.id == 1)) is None:
        epoch = secrets.token_hex(8)
        connection.execute(sa.insert(ServerState).values(id=1, epoch=epoch))
