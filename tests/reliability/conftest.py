"""Fixtures of the histories: one environment for the whole run, reset for every history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from media.store import StoreSettings
from tests.reliability.environment import Environment, open_environment
from tests.support import database as engines


@pytest.fixture(scope="session")
def environment(database: engines.Template, store_settings: StoreSettings) -> Iterator[Environment]:
    """The real service with its own database and bucket."""
    with (
        engines.quick_folder() as home,
        open_environment(database, home, store_settings) as opened,
    ):
        yield opened
