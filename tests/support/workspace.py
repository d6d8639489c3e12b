"""One database for all tests of a worker: reset to the template's rows between them.

SQLite is one file, copied again. PostgreSQL keeps a second copy of every table in the schema
`pristine` and puts back only the rows a test inserted, changed or deleted: a new database costs
fifty times as much, and connections stay open with what the server knows of the tables.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql

from tests.support import database as engines


class Workspace:
    """A database with a fixed URL."""

    # Whether `restore` makes it anew: connections to it must be closed before.
    replaces_files = True

    def __init__(self, url: str) -> None:
        """Know where it is."""
        self.url = url
        # Called before the rows are put back.
        self.users: list[Callable[[], None]] = []

    def restore(self) -> None:
        """Put back the template's rows, whoever changed them."""
        for notify in self.users:
            notify()
        self._restore()

    def _restore(self) -> None:
        raise NotImplementedError


@contextmanager
def opened(template: engines.Template) -> Iterator[Workspace]:
    """Make a workspace of a template and take it away again."""
    if template.name == "sqlite":
        with engines.quick_folder() as folder:
            yield SqliteWorkspace(
                Path(template.url.removeprefix("sqlite:///")), folder / "inspect.sqlite3"
            )
        return
    with template.copy() as url:
        if not _may_restore(url):
            workspace = FreshWorkspace(template, f"work_{uuid.uuid4().hex}")
            yield workspace
            workspace.close()
            return
        with psycopg.connect(_plain(url), autocommit=True) as connection:
            yield PostgresWorkspace(url, connection)


class SqliteWorkspace(Workspace):
    """A file in memory, copied anew."""

    def __init__(self, template: Path, path: Path) -> None:
        """Make the first copy."""
        super().__init__(f"sqlite:///{path}")
        self._template, self._path = template, path
        self._restore()

    def _restore(self) -> None:
        # A new file: a process with the old one open does not disturb.
        # Its journal is deleted too, and the copy that a restore kept.
        for path in self._path.parent.glob(f"{self._path.name}*"):
            path.unlink()
        shutil.copyfile(self._template, self._path)


class FreshWorkspace(Workspace):
    """A PostgreSQL whose user is no superuser: the whole database is made anew under its name."""

    def __init__(self, template: engines.Template, name: str) -> None:
        """Make the first copy."""
        self._template, self._name = template, name
        super().__init__(
            sa.make_url(template.url).set(database=name).render_as_string(hide_password=False)
        )
        template.clone(name)

    def _restore(self) -> None:
        self._template.drop(self._name)
        self._template.clone(self._name)

    def close(self) -> None:
        """Take it away."""
        self._template.drop(self._name)


def _may_restore(url: str) -> bool:
    with psycopg.connect(_plain(url)) as connection:
        row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool((row.fetchone() or (False,))[0])


def _plain(url: str) -> str:
    return sa.make_url(url).set(drivername="postgresql").render_as_string(False)


class PostgresWorkspace(Workspace):
    """A database whose rows are compared with a second copy of them."""

    replaces_files = False

    def __init__(self, url: str, connection: psycopg.Connection[Any]) -> None:
        """Copy every table of a fresh clone to the schema `pristine`."""
        super().__init__(url)
        self._connection = connection
        connection.execute("CREATE SCHEMA pristine")
        self._tables = {table: self._copied(table) for table in self._named("r")}
        self._sequences = self._positions(self._named("S"))
        # Rows written by later transactions than this one are not the template's.
        self._boundary = self._transaction()

    def _named(self, kind: str) -> list[str]:
        return [
            name
            for (name,) in self._connection.execute(
                "SELECT relname FROM pg_class"
                " WHERE relnamespace = 'public'::regnamespace AND relkind = %s ORDER BY 1",
                (kind,),
            )
        ]

    def _copied(self, table: str) -> int:
        query = sql.SQL("CREATE TABLE pristine.{0} AS TABLE public.{0}")
        return self._connection.execute(query.format(sql.Identifier(table))).rowcount

    def _restore(self) -> None:
        self._end_others()
        touched = self._touched()
        moved = self._positions(list(self._sequences)).items() - self._sequences.items()
        if not touched and not moved:
            return
        # One transaction, in which foreign keys and triggers are not looked at.
        with self._connection.transaction():
            self._connection.execute("SET LOCAL session_replication_role = replica")
            for table in touched:
                self._put_back(table)
            for name, _ in moved:
                at, is_called = self._sequences[name]
                self._connection.execute("SELECT setval(%s, %s, %s)", (name, at, is_called))
            self._boundary = self._transaction()

    def _touched(self) -> list[str]:
        each = [
            sql.SQL(
                "SELECT {name}, count(*), count(*) FILTER (WHERE xmin::text::bigint > {boundary})"
                " FROM public.{table}"
            ).format(
                name=sql.Literal(table),
                boundary=sql.Literal(self._boundary),
                table=sql.Identifier(table),
            )
            for table in self._tables
        ]
        rows = self._connection.execute(sql.SQL(" UNION ALL ").join(each)).fetchall()
        return [name for name, count, later in rows if later or count != self._tables[name]]

    def _put_back(self, table: str) -> None:
        names = {"table": sql.Identifier(table)}
        self._connection.execute(
            sql.SQL("DELETE FROM public.{table} WHERE xmin::text::bigint > {boundary}").format(
                boundary=sql.Literal(self._boundary), **names
            )
        )
        if not self._tables[table]:
            return
        key = [
            column
            for (column,) in self._connection.execute(
                "SELECT attname FROM pg_index JOIN pg_attribute"
                " ON attrelid = indrelid AND attnum = ANY(indkey)"
                " WHERE indisprimary AND indrelid = %s::regclass",
                (f'public."{table}"',),
            )
        ]
        same = sql.SQL(" AND ").join(
            sql.SQL("mine.{0} = theirs.{0}").format(sql.Identifier(column)) for column in key
        )
        self._connection.execute(
            sql.SQL(
                "INSERT INTO public.{table} OVERRIDING SYSTEM VALUE"
                " SELECT * FROM pristine.{table} theirs"
                " WHERE NOT EXISTS (SELECT FROM public.{table} mine WHERE {same})"
            ).format(same=same, **names)
        )

    def _positions(self, sequences: list[str]) -> dict[str, tuple[int, bool]]:
        query = sql.SQL("SELECT last_value, is_called FROM public.{}")
        return {
            name: self._connection.execute(query.format(sql.Identifier(name))).fetchone()
            or (0, False)
            for name in sequences
        }

    def _transaction(self) -> int:
        (number,) = self._connection.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()  # type: ignore[misc]
        return int(number)

    def _end_others(self) -> None:
        """End what a test left in the middle of a transaction: it would hold locks on rows."""
        self._connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND state <> 'idle'"
        )
