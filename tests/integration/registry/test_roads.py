"""Roads 道路 of the city: loaded by a command, listed by the sketch, read by phones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from inspect_server.core.database import write_tx
from inspect_server.models import RoadSheet
from inspect_server.registry.formats.road_lines import MAIN, LoadedRoads, RoadLine
from inspect_server.registry.services import roads
from media.store import StoreSettings
from tests.support import database as engines
from tests.support import forked
from tests.support.actors import Device
from tests.support.clock import FakeClock
from tests.support.server import environment

# In 茅箭区.
RENMIN = [[110.787, 32.525], [110.788, 32.528], [110.790, 32.531]]
Env = dict[str, str]


def geojson(*coordinates: Any) -> str:
    """A file of roads named 人民北路."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": "人民北路", "highway": "primary"},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for line in coordinates
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def load(app: Flask, fake_clock: FakeClock, *lines: Any) -> None:
    """Load roads as the command does."""
    spots = [RoadLine("人民北路", MAIN, [tuple(spot) for spot in line]) for line in lines]
    loaded = LoadedRoads(spots, 0, "十堰市测绘院")
    with app.app_context():
        write_tx(lambda session: roads.replace(session, loaded, fake_clock()))


def test_a_phone_reads_the_roads_that_the_sketch_lists(
    app: Flask, fake_clock: FakeClock, observer: Device
) -> None:
    assert observer.get("/map").json["roads"] == []
    load(app, fake_clock, RENMIN)
    (listed,) = observer.get("/map").json["roads"]
    assert listed["district"] == "maojian"
    sheet = observer.get("/map/roads/maojian").json
    assert (sheet["digest"], sheet["attribution"]) == (listed["digest"], "十堰市测绘院")
    (road,) = sheet["roads"]
    assert (road["name"], road["rank"]) == ("人民北路", MAIN)
    assert road["line"][:2] == [11_078_700, 3_252_500]


def test_a_load_replaces_what_was_there(
    app: Flask, fake_clock: FakeClock, observer: Device
) -> None:
    load(app, fake_clock, RENMIN)
    (before,) = observer.get("/map").json["roads"]
    load(app, fake_clock, RENMIN, [[110.654, 32.627], [110.656, 32.629]])
    after = {one["district"]: one for one in observer.get("/map").json["roads"]}
    assert set(after) == {"maojian", "zhangwan"}
    assert after["maojian"]["digest"] == before["digest"]


@pytest.mark.one_database
def test_without_a_sheet_it_is_404_and_without_a_token_401(app: Flask, observer: Device) -> None:
    assert observer.get("/map/roads/maojian").status_code == 404
    assert observer.get("/map/roads/..%2F..").status_code == 404
    assert app.test_client().get("/api/v1/map/roads/maojian").status_code == 401


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def env(database: engines.Template, store_settings: StoreSettings, tmp_path: Path) -> Iterator[Env]:
    """A home with the demonstration's districts."""
    with database.copy() as url:
        yield environment(tmp_path / "home", url, store_settings)


def run(env: Env, *arguments: str) -> CompletedProcess[str]:
    """Run the operator's command."""
    return forked.run("inspect_server.cli", "load", "roads", *arguments, env=env)


def loaded(env: Env) -> dict[str, str | None]:
    """The districts that have roads, and whom to name."""
    engine = sa.create_engine(env["INSPECT_DATABASE_URL"])
    with engine.connect() as connection:
        rows = connection.execute(sa.select(RoadSheet.district, RoadSheet.attribution)).all()
    engine.dispose()
    return {row.district: row.attribution for row in rows}


def test_the_command_loads_names_its_source_and_removes(env: Env, tmp_path: Path) -> None:
    file = tmp_path / "roads.geojson"
    file.write_text(geojson(RENMIN), encoding="utf-8")
    done = run(env, str(file), "--attribution", "十堰市测绘院")
    assert done.returncode == 0, done.stderr
    assert "maojian" in done.stdout
    assert loaded(env) == {"maojian": "十堰市测绘院"}

    # Broken, elsewhere, or no file: one sentence, and nothing changes.
    for content, sentence in ((geojson([[2.3, 48.8], [2.4, 48.9]]), "没有一条道路"), ("{", "JSON")):
        file.write_text(content, encoding="utf-8")
        refused = run(env, str(file))
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
        assert sentence in refused.stderr
    assert run(env).returncode == 1
    assert loaded(env) == {"maojian": "十堰市测绘院"}

    assert run(env, "--clear").returncode == 0
    assert loaded(env) == {}
