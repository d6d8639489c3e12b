"""Write transactions: one that cannot begin because of a lock is repeated from a clean session."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from inspect_server.core.database import begin_write, db, write_tx
from inspect_server.models import Counter


@contextmanager
def locked_once(engine: sa.Engine) -> Iterator[list[str]]:
    """Another process holds SQLite's write lock until the first attempt has failed."""
    failures: list[str] = []
    with closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        def release(context: sa.engine.ExceptionContext) -> None:
            failures.append(str(context.original_exception))
            other.execute("ROLLBACK")

        sa.event.listen(engine, "handle_error", release)
        try:
            yield failures
        finally:
            sa.event.remove(engine, "handle_error", release)


@pytest.mark.one_database
def test_a_write_that_finds_the_database_locked_is_repeated(app: Flask) -> None:
    def work(session: Session) -> int:
        session.add(Counter(name="test", value=7))
        return 7

    with app.app_context():
        with db.engine.connect() as connection:
            # The pool hands out this connection again.
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
        try:
            with locked_once(db.engine) as failures:
                assert write_tx(work) == 7
        finally:
            db.engine.dispose()
        assert failures == ["database is locked"]
        assert db.session.scalar(sa.select(Counter.value).where(Counter.name == "test")) == 7


def test_a_write_does_not_begin_in_an_open_read(app: Flask) -> None:
    with app.app_context():
        db.session.scalar(sa.select(Counter.value))
        with pytest.raises(RuntimeError):
            begin_write(db.session())
        db.session.rollback()
