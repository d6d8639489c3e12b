"""The database 数据库 and the rate limiter, with the settings SQLite and PostgreSQL need."""

from __future__ import annotations

import sqlite3
from typing import Any

import sqlalchemy as sa
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy.orm import Session as DatabaseSession

from inspect_server.models import Base


class OneEngineSession(FlaskSession):
    """A session of the only database of the application.

    The extension looks up the engine of every statement by its tables, which is a tenth of a
    small request's CPU.
    """

    def __init__(self, db: SQLAlchemy, **kwargs: Any) -> None:
        """Use the app's engine."""
        super().__init__(db, **(kwargs | {"bind": db.engine}))

    # SQLAlchemy's method uses `bind`; that of the extension examines every table of a statement.
    get_bind = DatabaseSession.get_bind  # type: ignore[assignment]


db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False, "class_": OneEngineSession},
    disable_autonaming=True,
)
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)

WRITES = "writes"


def begin_write(session: DatabaseSession) -> None:
    """Begin a transaction that will write; SQLite then takes its lock at once.

    SQLite refuses at once to turn a read transaction into a write transaction (PITFALLS 34), so
    raises RuntimeError when a transaction is open already.
    """
    if session.in_transaction():
        raise RuntimeError("a reading transaction is still open")
    session.connection(execution_options={WRITES: True})


def engine_options(database_url: str) -> dict[str, Any]:
    """Return what `create_engine` needs for this database."""
    if database_url.startswith("sqlite"):
        return {
            # The text of an error must not contain notes, positions or tokens (DOMAIN §9).
            "hide_parameters": True,
            "connect_args": {"timeout": 30, "check_same_thread": False},
            "pool_size": 32,
            "max_overflow": 64,
        }
    return {
        "hide_parameters": True,
        # In an eastern zone, the last hours of the year 9999, which a phone may send, are beyond
        # what a Python datetime can hold.
        "connect_args": {"options": "-c timezone=UTC"},
        "pool_size": 16,
        "max_overflow": 32,
        "pool_pre_ping": True,
    }


def prepare_engine(engine: sa.Engine) -> None:
    """Set up every new connection of an engine."""
    if engine.dialect.name != "sqlite":
        return
    sa.event.listen(engine, "connect", _open_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)


def _open_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # `_begin_sqlite` begins the transactions, not the driver.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-8000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
