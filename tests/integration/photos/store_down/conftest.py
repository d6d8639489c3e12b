"""A service whose object store is away, and comes back when a test says so."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from inspect_server import create_app
from inspect_server.core.database import db
from media.store import ObjectStore, StoreSettings
from tests.support import database
from tests.support.clock import FakeClock


@pytest.fixture
def app(
    database_url: str, store_settings: StoreSettings, tmp_path: Path, fake_clock: FakeClock
) -> Iterator[Flask]:
    """The service with the address of a store where nothing listens."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        unreachable = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        gone = replace(store_settings, endpoint_url=unreachable)
        made = create_app(database.settings_for(database_url, tmp_path, gone), fake_clock)
        yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def store_back(app: Flask, store_settings: StoreSettings) -> Iterator[Callable[[], None]]:
    """A function that gives the service its store again."""
    store = ObjectStore(store_settings)

    def come_back() -> None:
        app.extensions["uploads"]._store = store

    yield come_back
    store.close()
