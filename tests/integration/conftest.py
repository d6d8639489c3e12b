"""Fixtures of the API tests that need a socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from media.store import StoreSettings
from tests.support import database as engines
from tests.support.actors import new_id
from tests.support.server import READY_SECONDS, environment, gunicorn
from tests.support.tus_client import Wire


@pytest.fixture(scope="module")
def wire(
    database: engines.Template,
    store_settings: StoreSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Wire]:
    """小陈's client of a server that this module started."""
    home = tmp_path_factory.mktemp("tus")
    with (
        database.copy() as url,
        gunicorn(home, environment(home, url, store_settings)) as web,
    ):
        login: dict[str, Any] = {
            "login": "chen",
            "password": database.passwords["chen"],
            "device": {"id": new_id(), "name": "wire"},
        }
        answer = requests.post(f"{web.origin}/api/v1/sessions", json=login, timeout=READY_SECONDS)
        yield Wire(web, {"Authorization": f"Bearer {answer.json()['access_token']}"})
