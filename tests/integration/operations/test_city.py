"""A real city from `init` on: what is there, what is not, and who gets in, by the real commands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from inspect_server.cli import main
from media.store import StoreSettings
from tests.support import database as engines
from tests.support import forked
from tests.support.actors import new_id
from tests.support.server import READY_SECONDS, environment, gunicorn

BY_FLAGS = ("init", "--city", "十堰市", "--admin-name", "周敏", "--admin-login", "zhoumin")
NEW = "梧桐树下 7 号"
SQUARE = [[[110.0, 32.0], [110.2, 32.0], [110.2, 32.2], [110.0, 32.2], [110.0, 32.0]]]
METRES = [[[500000, 1], [500001, 1], [500001, 2], [500000, 1]]]
Env = dict[str, str]


def feature(name: str, geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}


def collection(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


WRONG_FILES = [
    ("not json", "不是 UTF-8 编码的 JSON"),
    ("[]", "FeatureCollection"),
    (collection(), "至少要有一个城区"),
    (collection({"properties": {}}), "没有名称"),
    (collection(feature("东区", {"type": "Point", "coordinates": [1, 2]})), "应为 Polygon"),
    (collection(feature("东区", {"type": "Polygon", "coordinates": METRES})), "不是经纬度"),
    (collection(feature("东区", None), feature("东区", None)), "写了两次"),
]


@pytest.fixture
def env(database: engines.Template, store_settings: StoreSettings, tmp_path: Path) -> Iterator[Env]:
    """An empty home with an empty database."""
    with database.empty() as url:
        yield environment(tmp_path / "home", url, store_settings)


def run(env: Env, *arguments: str) -> CompletedProcess[str]:
    return forked.run("inspect_server.cli", *arguments, env=env)


def done(env: Env, *arguments: str) -> str:
    """What a command printed that did its work."""
    result = run(env, *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def prepare(env: Env) -> list[str]:
    """What `up` does first; returns the demo logins it would show."""
    result = forked.run("tests.support.prepared", env=env)
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def password_in(printed: str) -> str:
    found = re.search(r"一次性密码 (\S+)", printed)
    assert found, printed
    return found[1]


class Console:
    """The console of somebody, over a socket."""

    def __init__(self, origin: str, login: str, password: str) -> None:
        self.url = f"{origin}/api/v1"
        how = {"login": login, "password": password, "device": {"id": new_id()}}
        self.answer = requests.post(f"{self.url}/sessions", json=how, timeout=READY_SECONDS)
        token = self.answer.json().get("access_token", "")
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        answer = requests.get(self.url + path, headers=self.headers, timeout=READY_SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def change_password(self, current: str) -> None:
        answer = requests.put(
            f"{self.url}/me/password",
            json={"current": current, "new": NEW},
            headers=self.headers,
            timeout=READY_SECONDS,
        )
        assert answer.status_code == 200, answer.text


def test_a_real_city_begins_without_a_row_of_the_demonstration(env: Env, tmp_path: Path) -> None:
    password = password_in(done(env, *BY_FLAGS))
    assert prepare(env) == []
    with gunicorn(tmp_path, env) as web:
        console = Console(web.origin, "zhoumin", password)
        assert console.answer.json()["must_change_password"] is True
        console.change_password(password)
        people = console.get("/people")["items"]
        assert [one["name"] for one in people] == ["周敏"]
        for register in ("units", "points", "shops", "pairings"):
            assert console.get(f"/{register}")["items"] == [], register
        assert console.get("/routing")["items"] == []
        assert len(console.get("/categories")["items"]) == 92
        names = {one["name"] for one in console.get("/districts")["items"]}
        assert names == {"茅箭区", "张湾区", "郧阳区", "十堰经济技术开发区"}
    assert not (tmp_path / "home" / "demo-logins.json").exists()


def test_the_password_is_stored_nowhere(env: Env, tmp_path: Path) -> None:
    password = password_in(done(env, *BY_FLAGS))
    written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    database = env["INSPECT_DATABASE_URL"].removeprefix("sqlite:///")
    if Path(database).is_file():
        written += Path(database).read_bytes()
    assert password.encode() not in written


def test_init_refuses_a_home_that_holds_a_city(env: Env) -> None:
    done(env, *BY_FLAGS)
    again = run(env, *BY_FLAGS)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert "已经有一座城市" in again.stderr
    assert "admin reset" in again.stderr


def test_init_refuses_a_home_that_holds_a_demonstration(env: Env) -> None:
    (Path(env["INSPECT_HOME"])).mkdir()
    prepare(env)
    refused = run(env, *BY_FLAGS)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "demo --clear" in refused.stderr


def test_an_empty_home_is_the_demonstration(env: Env) -> None:
    Path(env["INSPECT_HOME"]).mkdir()
    assert "chen" in prepare(env)


def test_a_city_gets_no_demo_rows_by_the_other_commands_either(env: Env) -> None:
    done(env, *BY_FLAGS)
    for command in (("load", "--cast"), ("demo", "--records", "5")):
        assert "这里是真实城市" in run(env, *command).stderr
    assert "units" not in done(env, "load")
    assert "没有演示数据" in done(env, "demo", "--clear", "--yes")


@pytest.mark.one_database
def test_init_asks_for_what_no_option_says(env: Env) -> None:
    answers = "襄阳市\n樊城区、襄城区 襄州区\n李敏\n\n"
    result = CliRunner(env=env).invoke(main, ["init"], input=answers)
    assert result.exit_code == 0, result.output
    assert "襄阳市" in result.output
    assert "账号 admin" in result.output


def test_another_city_brings_its_own_districts(env: Env, tmp_path: Path) -> None:
    file = tmp_path / "districts.geojson"
    drawn = feature("樊城区", {"type": "Polygon", "coordinates": SQUARE})
    file.write_text(collection(drawn, feature("襄城区", None)))
    flags = ("--city", "襄阳市", "--districts", str(file), *BY_FLAGS[3:])
    password = password_in(done(env, "init", *flags))
    with gunicorn(tmp_path, env) as web:
        console = Console(web.origin, "zhoumin", password)
        console.change_password(password)
        districts = console.get("/districts")["items"]
        assert [(one["code"], one["name"]) for one in districts] == [
            ("fancheng", "樊城区"),
            ("xiangcheng", "襄城区"),
        ]
        sketch = console.get("/map")
        assert sketch["bounds"] == [110.0, 32.0, 110.2, 32.2]
        # A district without an outline has nothing to draw.
        (outline,) = sketch["districts"]["features"]
        assert outline["properties"]["name"] == "樊城区"


@pytest.mark.one_database
@pytest.mark.parametrize("content,word", WRONG_FILES)
def test_a_file_of_districts_that_cannot_be_used_is_refused_and_nothing_written(
    env: Env, tmp_path: Path, content: str, word: str
) -> None:
    file = tmp_path / "districts.geojson"
    file.write_text(content)
    refused = run(env, *BY_FLAGS, "--districts", str(file))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert word in refused.stderr
    done(env, *BY_FLAGS)


def test_an_administrator_is_created_and_reset_at_the_machine(env: Env, tmp_path: Path) -> None:
    done(env, *BY_FLAGS)
    second = password_in(done(env, "admin", "create", "--name", "吴强", "--login", "wuqiang"))
    taken = run(env, "admin", "create", "--name", "吴强", "--login", "WUQIANG")
    assert (taken.returncode, "已经有人用了" in taken.stderr) == (1, True)
    with gunicorn(tmp_path, env) as web:
        console = Console(web.origin, "wuqiang", second)
        console.change_password(second)
        again = password_in(done(env, "admin", "reset", "--login", "wuqiang"))
        answer = requests.get(f"{console.url}/me", headers=console.headers, timeout=READY_SECONDS)
        assert answer.status_code == 401
        assert Console(web.origin, "wuqiang", NEW).answer.status_code == 401
        assert Console(web.origin, "wuqiang", again).answer.json()["must_change_password"] is True


def test_reset_is_for_administrators_only(env: Env) -> None:
    Path(env["INSPECT_HOME"]).mkdir()
    prepare(env)
    refused = run(env, "admin", "reset", "--login", "chen")
    assert (refused.returncode, "文明观察员" in refused.stderr) == (1, True)
    unknown = run(env, "admin", "reset", "--login", "nobody")
    assert "admin create" in unknown.stderr
