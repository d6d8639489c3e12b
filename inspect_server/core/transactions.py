"""Transactions 事务: the only place that commits, after it has published the change log.

Api, jobs and commands run their work in one of these; services never commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from inspect_server.core import change_log, failpoints
from inspect_server.core.database import begin_write, db
from inspect_server.core.problems import Problem

MAX_TRIES = 4

Result = TypeVar("Result")
log = structlog.get_logger()


@contextmanager
def transaction() -> Iterator[Session]:
    """One write transaction: its changes are published and committed, or rolled back on error.

    A problem with `keeps_changes` commits the changes made before it was raised.
    """
    session = db.session()
    begin_write(session)
    try:
        yield session
        failpoints.reach("commit.unpublished")
        change_log.publish(session)
        failpoints.reach("commit.published")
        session.commit()
        failpoints.reach("commit.done")
    except Problem as problem:
        change_log.forget(session)
        if problem.keeps_changes:
            session.commit()
        else:
            session.rollback()
        raise
    except BaseException:
        change_log.forget(session)
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
