"""The database 数据库: its engine, its sessions and its transactions; and the rate limiter.

`api`, `jobs` and `commands` run their work in `transaction`, `write_tx` or `read_tx`, which publish
the change log and commit; no other module commits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

import sqlalchemy as sa
import structlog
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from inspect_server.core import change_log, failpoints
from inspect_server.core.problems import Problem
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
    get_bind = Session.get_bind  # type: ignore[assignment]


db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False, "class_": OneEngineSession},
    disable_autonaming=True,
)
sa.event.listen(OneEngineSession, "after_soft_rollback", change_log.discard)
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)

WRITES = "writes"
MAX_TRIES = 4

Result = TypeVar("Result")
Function = TypeVar("Function", bound=Callable[..., Any])
log = structlog.get_logger()


def begin_write(session: Session) -> None:
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


# --- transactions --------------------------------------------------------------------------------


@contextmanager
def transaction() -> Iterator[Session]:
    """One write transaction: its changes are published and committed, or rolled back on error.

    A problem with `keeps_changes` commits the changes made before it was raised.
    """
    session = db.session()
    try:
        begin_write(session)
        yield session
        failpoints.reach("commit.unpublished")
        change_log.publish(session)
        failpoints.reach("commit.published")
        session.commit()
        failpoints.reach("commit.done")
    except Problem as problem:
        if problem.keeps_changes:
            change_log.forget(session)
            session.commit()
        else:
            session.rollback()
        raise
    except BaseException:
        session.rollback()
        raise


def write_tx(work: Callable[[Session], Result]) -> Result:
    """Run `work` in one short write transaction; repeat it after a deadlock, at most MAX_TRIES."""
    for tries_left in reversed(range(MAX_TRIES)):
        try:
            with transaction() as session:
                return work(session)
        except (OperationalError, IntegrityError) as error:
            # A deadlock, a lock timeout, or another request inserted the same row first.
            if not tries_left or not is_passing(error):
                raise
            log.info("transaction.again", tries_left=tries_left)
    raise AssertionError("the last try returns or raises")


def in_write_tx(function: Function) -> Function:
    """Decorate a function so that each call is one write transaction, as in `write_tx`."""

    @wraps(function)
    def in_transaction(*args: Any, **kwargs: Any) -> Any:
        return write_tx(lambda _session: function(*args, **kwargs))

    return cast(Function, in_transaction)


def read_tx(work: Callable[[Session], Result]) -> Result:
    """Run `work` in one short read transaction; none is open afterwards."""
    session = db.session()
    try:
        return work(session)
    finally:
        session.rollback()


def is_passing(error: DBAPIError) -> bool:
    """Say whether the same work may succeed when it is repeated at once."""
    if isinstance(error, IntegrityError):
        return True
    code = getattr(error.orig, "sqlstate", None)
    return code in ("40001", "40P01", "55P03") or "database is locked" in str(error.orig)
