"""Migrations of rows that are there: nothing that was stored is lost or no longer found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from inspect_server.core import migrate
from tests.support import database as engines


@pytest.fixture
def engine(database: engines.Template) -> Iterator[sa.Engine]:
    """A copy of the demonstration city."""
    with database.copy() as url:
        engine = migrate.open_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        yield engine
        engine.dispose()


def before(engine: sa.Engine, name: str) -> None:
    """Migrate down to what stood before the migration of this name."""
    with engine.connect() as connection:
        config = migrate._config(connection)
        revisions = ScriptDirectory.from_config(config).walk_revisions()
        (revision,) = (one for one in revisions if Path(one.path).stem.endswith(f"_{name}"))
        command.downgrade(config, str(revision.down_revision))
        connection.commit()


def newest(engine: sa.Engine) -> None:
    """Migrate up to the newest schema."""
    with engine.connect() as connection:
        command.upgrade(migrate._config(connection), "head")
        connection.commit()


def test_of_two_logins_that_differ_by_case_the_older_one_gets_the_key(engine: sa.Engine) -> None:
    before(engine, "login_keys")
    with engine.begin() as connection:
        copied = "name, name_key, role, trusted, demo, version"
        connection.execute(
            sa.text(
                f"INSERT INTO person (id, login, created_at, {copied})"
                f" SELECT :id, 'CHEN', '2199-01-01 00:00:00', {copied}"
                " FROM person WHERE login = 'chen'"
            ),
            {"id": "0" * 31 + "1"},
        )
    newest(engine)
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT login, login_key FROM person WHERE login IN ('chen', 'CHEN', 'like')")
        )
        assert dict(map(tuple, rows)) == {"chen": "chen", "CHEN": None, "like": "like"}


def test_people_and_units_get_their_sort_keys(engine: sa.Engine) -> None:
    keys = sa.text("SELECT name, name_key FROM person UNION ALL SELECT name, name_key FROM unit")
    with engine.connect() as connection:
        pairs = sorted(map(tuple, connection.execute(keys)))
    assert all(key for _, key in pairs)
    before(engine, "sort_keys")
    newest(engine)
    with engine.connect() as connection:
        assert sorted(map(tuple, connection.execute(keys))) == pairs
