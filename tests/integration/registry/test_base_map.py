"""The base map 天地图: offered only with a key; the page may load from that one host."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from inspect_server import read_settings
from inspect_server.core.environment import SettingWrong
from inspect_server.http.answers import CSP
from inspect_server.registry.settings import RegistrySettings, TiandituSettings
from tests.support.actors import Device

HOST = "https://tiles.example"
ENVIRON = {
    "INSPECT_S3_ENDPOINT_URL": "http://127.0.0.1:9",
    "INSPECT_S3_ACCESS_KEY_ID": "none",
    "INSPECT_S3_SECRET_ACCESS_KEY": "none",
    "INSPECT_SECRET_KEY": "s" * 32,
}


def policy(app: Flask, path: str) -> str:
    with app.test_client().get(path) as answer:
        return answer.headers["Content-Security-Policy"]


def tianditu(home: Path, **environment: str) -> TiandituSettings | None:
    settings = read_settings(ENVIRON | {"INSPECT_HOME": str(home)} | environment)
    return settings.of(RegistrySettings).tianditu


@pytest.fixture
def app_with_key(app: Flask) -> Flask:
    """The service with a key."""
    tiles = TiandituSettings(HOST, "0123456789abcdef")
    app.extensions["settings"][RegistrySettings] = RegistrySettings(tiles)
    return app


@pytest.mark.one_database
def test_without_a_key_no_page_may_show_another_hosts_pictures(
    app: Flask, supervisor: Device
) -> None:
    assert policy(app, "/console/map") == CSP
    assert (supervisor.get("/map").json or {})["tianditu"] is None


@pytest.mark.one_database
def test_with_a_key_only_the_console_may_show_pictures_of_that_host(app_with_key: Flask) -> None:
    widened = CSP.replace("img-src 'self'", f"img-src 'self' {HOST}")
    assert widened != CSP
    assert policy(app_with_key, "/console/map") == widened
    assert policy(app_with_key, "/") == policy(app_with_key, "/problems/") == CSP


@pytest.mark.one_database
@pytest.mark.usefixtures("app_with_key")
def test_the_console_gets_the_address_of_the_tiles(supervisor: Device) -> None:
    tiles = (supervisor.get("/map").json or {})["tianditu"]
    assert tiles == {"url": HOST, "key": "0123456789abcdef"}


@pytest.mark.one_database
def test_a_key_is_all_it_needs(tmp_path: Path) -> None:
    assert tianditu(tmp_path) is None
    settings = tianditu(tmp_path, INSPECT_TIANDITU_KEY="0123456789abcdef")
    assert settings == TiandituSettings("https://t0.tianditu.gov.cn", "0123456789abcdef")


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INSPECT_TIANDITU_KEY", "key; script-src *"),
        ("INSPECT_TIANDITU_URL", "https://tiles.example; script-src *"),
        ("INSPECT_TIANDITU_URL", "https://tiles.example/path"),
    ],
)
def test_what_could_widen_the_policy_stops_the_start(tmp_path: Path, name: str, value: str) -> None:
    environment = {"INSPECT_TIANDITU_KEY": "0123456789abcdef"} | {name: value}
    with pytest.raises(SettingWrong, match=name):
        tianditu(tmp_path, **environment)
