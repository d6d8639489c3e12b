"""A rescue comes in while the store is away: records stand, photos wait, nothing is lost."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from inspect_server import create_app
from inspect_server.extensions import db
from inspect_server.models import Photo, Task
from media.store import ObjectStore, StoreSettings
from tests import engines
from tests.api.test_rescues import bring_in, fates
from tests.cast import Device, Shot, jpeg, record
from tests.hands import Hands
from tests.rows import Rows
from tests.zips import Packing


@pytest.fixture
def app(
    database_url: str, store_settings: StoreSettings, tmp_path: Path, hands: Hands
) -> Iterator[Flask]:
    """The service, pointed at a port where nobody listens."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        gone = replace(store_settings, endpoint_url=away)
        made = create_app(engines.settings_for(database_url, tmp_path, gone), hands)
        yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def store_back(app: Flask, store_settings: StoreSettings) -> Iterator[Callable[[], None]]:
    """Call to have the store come back."""
    there = ObjectStore(store_settings)

    def come_back() -> None:
        app.extensions["receiver"]._store = there

    yield come_back
    there.close()


def test_the_records_stand_and_the_same_zip_brings_the_photos_later(
    admin: Device, observer: Device, store_back: Callable[[], None], rows: Rows
) -> None:
    shots = [Shot(jpeg(i)) for i in range(5)]
    packing = Packing(observer, [record(*shots)], shots)
    told = bring_in(admin, packing)
    assert fates(told, "ops") == ["accepted"]
    assert fates(told, "photos") == ["unavailable"] * 5
    store_back()
    told = bring_in(admin, packing)
    assert (told["again"], told["changed"]) == (True, True)
    assert fates(told, "photos") == ["stored"] * 5
    assert (rows.count(Task), rows.count(Photo)) == (1, 5)
