"""The object stores, each started once per run; the reason of a missing store is reported."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from media.store import ObjectStore, StoreSettings
from tests.support.stores import STORES, StoreLeftOut, running


@pytest.fixture(scope="session", params=STORES)
def each_settings(request, tmp_path_factory) -> Iterator[StoreSettings]:
    """Settings of every store in turn."""
    try:
        with running(request.param, tmp_path_factory.mktemp(request.param), os.environ) as settings:
            yield settings
    except StoreLeftOut as reason:
        pytest.skip(f"NOT RUN: {reason}")


@pytest.fixture(scope="session")
def each_store(each_settings) -> Iterator[ObjectStore]:
    """The product's client on every store in turn."""
    store = ObjectStore(each_settings)
    yield store
    store.close()
