"""Texts that people type, through a real web server: what is refused, masked, found and sorted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from media.store import StoreSettings
from tests.support import database as engines
from tests.support.actors import new_id, record
from tests.support.http_client import HttpClient, sign_in
from tests.support.registers import xlsx
from tests.support.server import environment, gunicorn

pytestmark = pytest.mark.one_database


@dataclass(frozen=True)
class Office:
    """A running web server with the demonstration city."""

    origin: str
    passwords: dict[str, str]

    def client(self, login: str) -> HttpClient:
        """Sign in one of its people."""
        return HttpClient.sign_in(self.origin, login, self.passwords[login])


@pytest.fixture(scope="module")
def office(
    database: engines.Template,
    store_settings: StoreSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("texts")
    with (
        database.copy() as url,
        gunicorn(home, environment(home, url, store_settings)) as web,
    ):
        yield Office(web.origin, dict(database.passwords))


def test_an_export_masks_telephones_and_keeps_serial_numbers(office: Office) -> None:
    note = "老王 +86 138—1234—5678，表号 20261234567890"
    batch = {"device_id": None, "batch_id": new_id(), "ops": [record(note=note)]}
    observer = office.client("chen")
    batch |= {"epoch": None, "sent_at": "2026-03-04T10:00:00+08:00"}
    batch["device_id"] = observer.call("GET", "/me").json()["device"]["id"]
    answer = observer.call("POST", "/sync/push", json=batch)
    assert answer.json()["results"][0]["status"] == "accepted", answer.text
    exported = office.client("admin").call("GET", "/tasks/export?format=csv")
    rows = csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"), newline=""))
    assert "老王 +86 1**********，表号 20261234567890" in [row["说明"] for row in rows]


def test_a_name_is_taken_with_any_blank_and_any_character(office: Office) -> None:
    names = {"T001": ("张　三", "张 三"), "T002": ("\U00031350\U000323b0", "\U00031350\U000323b0")}
    lines = [f"{typed},{code},网格志愿者,茅箭区" for code, (typed, _) in names.items()]
    table = "\n".join(["姓名,人员编号,角色,城区", *lines]).encode()
    admin = office.client("admin")
    assert admin.report("people", table, "all_or_nothing")["added"] == 2
    people = admin.call("GET", "/people?text=T00").json()["items"]
    assert {one["code"]: one["name"] for one in people} == {
        code: kept for code, (_, kept) in names.items()
    }


def test_a_rounded_number_is_nobody_and_a_near_double_is_named(office: Office) -> None:
    heading = ["姓名", "人员编号", "角色", "城区"]
    table = xlsx(
        heading,
        ["高建国", "420302199001011234", "观察员", "茅箭区"],
        ["高红梅", 420302199001011234, "观察员", "茅箭区"],
        ["高建国", "T071", "观察员", "茅箭区"],
    )
    admin = office.client("admin")
    preview = admin.report("people", table)
    assert [(fault["row"], fault["column"]) for fault in preview["faults"]] == [(3, "人员编号")]
    assert [doubt["row"] for doubt in preview["doubts"]] == [4]
    assert (preview["sheet"], preview["other_sheets"]) == ("Sheet", [])
    assert admin.report("people", table, "all_or_nothing")["written"] is False
    assert admin.call("GET", "/people?text=高红梅").json()["items"] == []


@pytest.mark.parametrize("login", ["CHEN", " Chen ", "ｃｈｅｎ"])
def test_a_login_is_known_however_it_is_typed(office: Office, login: str) -> None:
    assert sign_in(office.origin, login, office.passwords["chen"]).status_code == 201
    assert sign_in(office.origin, "\u0441hen", office.passwords["chen"]).status_code == 401


def test_a_register_is_searched_folded_and_listed_by_pinyin(office: Office) -> None:
    names = ("周⻓青", "曾长青", "安长青", "2号长青")
    lines = (f"{name},L{number},裁决员" for number, name in enumerate(names))
    admin = office.client("admin")
    table = "\n".join(["姓名,人员编号,角色", *lines]).encode()
    assert admin.report("people", table, "all_or_nothing")["added"] == 4
    items = admin.call("GET", "/people", params={"text": "长⻘", "limit": 10}).json()["items"]
    assert [item["name"] for item in items] == ["2号长青", "安长青", "曾长青", "周⻓青"]
