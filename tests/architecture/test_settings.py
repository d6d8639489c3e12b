"""Settings: each area has its own, reads them itself and registers them with its `Area`."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Flask

from inspect_server import read_settings
from inspect_server.app import AREA_SETTINGS
from inspect_server.core.environment import AreaSettings
from tests.architecture.source_tree import modules

NEEDED = {
    "INSPECT_S3_ENDPOINT_URL": "http://127.0.0.1:1",
    "INSPECT_S3_ACCESS_KEY_ID": "id",
    "INSPECT_S3_SECRET_ACCESS_KEY": "secret",
    "INSPECT_SECRET_KEY": "s" * 40,
}


def test_every_settings_class_is_registered_by_its_area(app: Flask) -> None:
    registered = {
        type(area.settings): area.name for area in app.extensions["areas"] if area.settings
    }
    assert registered.keys() == set(AREA_SETTINGS)
    for settings, area in registered.items():
        assert settings.__module__ == f"inspect_server.{area}.settings"


@pytest.mark.parametrize("area", AREA_SETTINGS, ids=lambda area: area.__name__)
def test_settings_are_frozen_and_read_from_the_environment(area: type[AreaSettings]) -> None:
    settings = read_settings(NEEDED).of(area)
    assert settings == area.from_env(NEEDED)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(settings, dataclasses.fields(settings)[0].name, None)  # type: ignore[arg-type]


def test_the_common_settings_know_no_area() -> None:
    (config,) = [module for module in modules() if module.name == "inspect_server.config"]
    assert {name for name in config.imports() if name.startswith(("inspect_server", "media"))} == {
        "inspect_server.core.environment",
        "inspect_server.core.failpoints",
    }
