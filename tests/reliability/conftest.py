"""Fixtures of the histories: one stage for the whole run, fresh for every history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from media.store import StoreSettings
from tests.reliability import environment
from tests.support import database as engines


@pytest.fixture(scope="session")
def on(database: engines.Template, store_settings: StoreSettings) -> Iterator[environment.Stage]:
    """The real service on a database and a bucket of its own."""
    with (
        engines.quick_folder() as home,
        environment.opened(database, home, store_settings) as opened,
    ):
        yield opened
