"""The application of a test worker: created once, reset for each test.

Making it costs more than most tests: routes, forms, and the statements an engine has compiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from unittest import mock

from blinker import ANY
from flask import Flask

from inspect_server import app as application
from inspect_server import create_app
from inspect_server.core import failpoints
from inspect_server.core.database import db, limiter, read_tx
from inspect_server.core.registration import Area
from inspect_server.http import answers
from inspect_server.registry import reference
from media.derive import DerivativeWorker
from media.store import ObjectStore, StoreSettings
from tests.support import database as engines
from tests.support.clock import FakeClock
from tests.support.workspace import Workspace


class Service:
    """One application over one workspace, with the stores and the renderer of the worker."""

    def __init__(
        self,
        workspace: Workspace,
        folder: Path,
        store: ObjectStore,
        derivative_worker: DerivativeWorker,
    ) -> None:
        """Make the application, and remember what a test may change of it."""
        self._workspace = workspace
        self._store = store
        self._derivative_worker = derivative_worker
        with self._shared_engines():
            self._app = create_app(self._settings(folder))
        with self._app.app_context():
            self._engine = db.engine
            self._reference = read_tx(reference.current)
        workspace.users.append(self._rows_change)
        self._config = dict(self._app.config)
        self._extensions = dict(self._app.extensions)
        self._views = dict(self._app.view_functions)
        self._signals = {signal for area in self._areas() for signal, _ in area.listeners}

    @contextmanager
    def fresh(self, home: Path, clock: FakeClock) -> Iterator[Flask]:
        """Lend the application as if it had just been made, with a spool below `home`."""
        app = self._app
        _replace(app.config, self._config)
        _replace(app.extensions, self._extensions)
        _replace(app.view_functions, self._views)
        settings = self._settings(home)
        failpoints.arm(settings.failpoints, home / "failpoints")
        limiter.reset()
        with self._shared_engines(), mock.patch.object(answers, "encoded", _refuse):
            application.put_together(app, settings, clock)
            yield app
        with app.app_context():
            db.session.remove()
        self._forget_listeners()

    def _rows_change(self) -> None:
        """The rows are about to be the template's again: read nothing from before."""
        if self._workspace.replaces_files:
            self._engine.dispose()
        # Compared by its edition before it is used.
        reference._editions[self._engine] = (self._reference, 0.0)

    def _areas(self) -> tuple[Area, ...]:
        return cast(tuple[Area, ...], self._extensions["areas"])

    def _forget_listeners(self) -> None:
        """Disconnect what no area has connected."""
        ours = {listener for area in self._areas() for _, listener in area.listeners}
        for signal in self._signals:
            for listener in list(signal.receivers_for(ANY)):
                if listener not in ours:
                    signal.disconnect(listener)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _settings(self, home: Path) -> Any:
        return engines.settings_for(self._workspace.url, home, self._store.settings)

    @contextmanager
    def _shared_engines(self) -> Iterator[None]:
        """The client of the store and the renderer take longer to make than most tests."""

        def client(settings: StoreSettings) -> ObjectStore:
            return self._store if settings == self._store.settings else ObjectStore(settings)

        with (
            mock.patch.object(application, "ObjectStore", client),
            mock.patch.object(application, "DerivativeWorker", lambda: self._derivative_worker),
        ):
            yield


def _refuse(name: str, value: str) -> str:
    """A test does not let pass what the last guard would mend."""
    raise AssertionError(f"the header {name} cannot be sent: {value!r}")


def _replace(now: Any, before: dict[Any, Any]) -> None:
    now.clear()
    now.update(before)
