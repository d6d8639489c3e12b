"""One running product for the browser tests of a worker, put back before each of their files.

Starting `inspect-server up` takes as long as several tests. Between two files the rows are those
of a freshly started product again, and the store holds its photos only; the processes run on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from inspect_server.launcher import embedded_store
from inspect_server.models.sync import REFERENCE_EDITION
from media.store import ObjectStore
from tests.e2e import live
from tests.support.server import until

# Dozens of people sign in from this machine within a minute.
SETTINGS = {"INSPECT_SIGN_IN_PER_MINUTE": "1000"}
# No worker claims a job any more; those under way are waited for.
CALL_OFF_JOBS = "UPDATE job SET state = 'done' WHERE state = 'ready'"
CLAIMED_JOBS = "SELECT count(*) FROM job WHERE state = 'leased'"
JOBS_LEFT = "SELECT count(*) FROM job WHERE state IN ('ready', 'leased')"
# A process takes an edition of the reference data with another number for a new one.
NEW_EDITION = "UPDATE counter SET value = ? WHERE name = ?"


@dataclass
class SharedProduct:
    """A running product, and the rows and objects it began with."""

    live: live.Live
    rows: Path
    rows_as_started: Path
    store: ObjectStore
    keys_as_started: frozenset[str]
    edition: int = 0

    def put_back(self) -> None:
        """Put rows and objects back, when the worker is doing nothing."""
        with closing(_open(self.rows)) as rows, closing(_open(self.rows_as_started)) as saved:
            rows.execute(CALL_OFF_JOBS)
            rows.commit()
            _wait_for_none(rows, CLAIMED_JOBS)
            saved.backup(rows)
            self.edition += 1000
            rows.execute(NEW_EDITION, (self.edition, REFERENCE_EDITION))
            rows.commit()
        for key in set(self.store.list_keys("")) - self.keys_as_started:
            self.store.delete(key)


@contextmanager
def running(home: Path) -> Iterator[SharedProduct]:
    """Start the product and remember what it begins with."""
    with live.running(home, **SETTINGS) as started:
        settings = embedded_store.settings_of(home)
        assert settings is not None
        rows, saved = home / "inspect.sqlite3", home / "as-started.sqlite3"
        store = ObjectStore(settings)
        try:
            with closing(_open(rows)) as source, closing(_open(saved)) as copy:
                _wait_for_none(source, JOBS_LEFT)
                source.backup(copy)
            keys = frozenset(store.list_keys(""))
            yield SharedProduct(started, rows, saved, store, keys)
        finally:
            store.close()


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=60)


def _wait_for_none(connection: sqlite3.Connection, count: str) -> None:
    until("the worker is idle", lambda: connection.execute(count).fetchone() == (0,))
