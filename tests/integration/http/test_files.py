"""Every answer that is a file, asked for through the real web server: it comes whole and named.

The routes are found from the application: a new route with a file fails until it is walked here.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import openpyxl
import pytest
import requests
from flask import Flask
from PIL import Image
from werkzeug.http import parse_options_header

from inspect_server.http.files import FILE_SCHEMA
from media.store import StoreSettings
from tests.support import database as engines
from tests.support.actors import Shot, jpeg, new_id, record
from tests.support.registers import POINT, SHOP, UNIT
from tests.support.server import READY_SECONDS, Web, environment, gunicorn
from tests.support.tus_client import metadata

API = "/api/v1"
TABLE = f"{API}/registers/<register>/table"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A name as people write one, with what breaks headers, paths, tables and pages.
NAME = "三堰街道办😀\"=1+1;filename*=x/\\..'<b>" + "长" * 30


@dataclass
class City:
    """A server with a case and entries of every register, and its people's sessions."""

    web: Web
    passwords: Mapping[str, str]
    task_id: str = ""
    photo_id: str = ""
    device_id: str = field(default_factory=new_id)
    bearers: dict[str, dict[str, str]] = field(default_factory=dict)

    def ask(self, login: str, method: str, path: str, **more: Any) -> requests.Response:
        """Ask as a person; redirects are not followed."""
        headers = self.bearer(login) | more.pop("headers", {})
        return requests.request(
            method,
            self.web.origin + path,
            headers=headers,
            timeout=READY_SECONDS,
            allow_redirects=False,
            **more,
        )

    def bearer(self, login: str) -> dict[str, str]:
        """Sign in once."""
        if login not in self.bearers:
            device = {"id": self.device_id, "name": "test"}
            body = {"login": login, "password": self.passwords[login], "device": device}
            answer = self.sign_in(body)
            self.bearers[login] = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return self.bearers[login]

    def sign_in(self, body: dict[str, Any]) -> requests.Response:
        """Begin a session."""
        url = f"{self.web.origin}{API}/sessions"
        return requests.post(url, json=body, timeout=READY_SECONDS)

    def fill(self) -> None:
        """A case with a photo, and an entry with a difficult name in every register."""
        shot = Shot(jpeg())
        op = record(shot, note="=1+1 " + NAME)
        batch = {
            "epoch": None,
            "device_id": self.device_id,
            "batch_id": new_id(),
            "sent_at": "2026-03-04T01:30:00Z",
            "ops": [op],
        }
        answer = self.ask("chen", "POST", f"{API}/sync/push", json=batch)
        assert answer.json()["results"][0]["status"] == "accepted", answer.text
        observation = self.ask("chen", "GET", f"{API}/observations/{op['entity_id']}").json()
        self.task_id, self.photo_id = observation["task_id"], shot.photo_id
        person = {"name": NAME, "role": "volunteer", "district": "maojian", "code": "V0001"}
        entries = {"units": UNIT, "points": POINT, "shops": SHOP, "people": person}
        for register, entry in entries.items():
            answer = self.ask(
                "admin", "PUT", f"{API}/{register}/{new_id()}", json=entry | {"name": NAME}
            )
            assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def city(
    database: engines.Template,
    store_settings: StoreSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[City]:
    """The city, at a server of this module's own."""
    home = tmp_path_factory.mktemp("files")
    with (
        database.copy() as url,
        gunicorn(home, environment(home, url, store_settings)) as web,
    ):
        city = City(web, database.passwords)
        city.fill()
        yield city


@dataclass
class Answer:
    """A file as it came, and under which names."""

    response: requests.Response
    kind: str
    name: str
    ascii_name: str


def received(response: requests.Response) -> Answer:
    """Check what holds for every file: found, whole, and headers that every client reads."""
    assert response.status_code == 200, response.text
    for header, value in response.headers.items():
        assert value.isascii() and value.isprintable(), (header, value)
    header = response.headers["Content-Disposition"]
    kind, options = parse_options_header(header)
    fallback = re.search(r'filename="?([^";]*)', header)
    return Answer(response, kind, options.get("filename", ""), fallback[1] if fallback else "")


# --- how each kind of file is opened ---------------------------------------------------------


def rows_of_csv(response: requests.Response) -> list[list[str]]:
    """The rows of a table as a spreadsheet reads it."""
    assert response.content.startswith(b"\xef\xbb\xbf")
    text = response.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def rows_of_xlsx(response: requests.Response) -> list[list[Any]]:
    """The rows of a workbook, which is a zip."""
    assert response.content.startswith(b"PK\x03\x04")
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def articles_of_html(response: requests.Response) -> int:
    """How many labels a page to print has."""
    page = response.content.decode()
    assert page.startswith("<!doctype html>") and page.rstrip().endswith("</html>")
    assert "<b>长" not in page
    return page.count("<article")


def read_pdf(response: requests.Response) -> None:
    """A whole PDF."""
    assert response.content.startswith(b"%PDF-")
    assert response.content.rstrip().endswith(b"%%EOF")


# --- the walks -------------------------------------------------------------------------------


KINDS = {"csv": "text/csv", "xlsx": XLSX, "geojson": "application/geo+json"}


def walk_export(city: City) -> None:
    """The list of cases, in every format."""
    for kind, mimetype in (
        ("csv", "text/csv"),
        ("xlsx", XLSX),
        ("geojson", "application/geo+json"),
    ):
        answer = received(city.ask("chuangwen", "GET", f"{API}/tasks/export?format={kind}"))
        assert answer.response.headers["Content-Type"].startswith(mimetype)
        assert answer.kind == "attachment"
        assert re.fullmatch(rf"案件-\d{{8}}-\d{{4}}\.{kind}", answer.name)
        assert re.fullmatch(rf"cases-\d{{8}}-\d{{4}}\.{kind}", answer.ascii_name)
        if kind == "geojson":
            assert len(json.loads(answer.response.content)["features"]) == 1
        else:
            rows = (rows_of_csv if kind == "csv" else rows_of_xlsx)(answer.response)
            assert rows[0][0] == "案卷编号"
            assert rows[1][rows[0].index("说明")].endswith("长")


def walk_task_sheet(city: City) -> None:
    """A case on paper."""
    answer = received(city.ask("like", "GET", f"{API}/tasks/{city.task_id}/sheet.pdf"))
    assert (answer.kind, answer.response.headers["Content-Type"]) == ("inline", "application/pdf")
    assert re.fullmatch(r"处置单-\d{8}-\d{6}\.pdf", answer.name)
    assert re.fullmatch(r"\d{8}-\d{6}\.pdf", answer.ascii_name)
    read_pdf(answer.response)


def walk_month(city: City) -> None:
    """The month of the board."""
    answer = received(city.ask("chuangwen", "GET", f"{API}/board/month.xlsx"))
    assert (answer.kind, answer.response.headers["Content-Type"]) == ("attachment", XLSX)
    assert re.fullmatch(r"创文月报-\d{4}-\d{2}\.xlsx", answer.name)
    assert re.fullmatch(r"month-\d{4}-\d{2}\.xlsx", answer.ascii_name)
    assert any("茅箭区" in row for row in rows_of_xlsx(answer.response))


REGISTERS = {"people": "人员", "units": "责任单位", "points": "点位", "shops": "门店"}


def walk_tables(city: City) -> None:
    """Every register as a table, and its template."""
    for register, zh in REGISTERS.items():
        path = f"{API}/registers/{register}/table"
        answer = received(city.ask("admin", "GET", path))
        assert answer.kind == "attachment"
        assert re.fullmatch(rf"{zh}-\d{{8}}\.csv", answer.name)
        assert re.fullmatch(rf"{register}-\d{{8}}\.csv", answer.ascii_name)
        rows = rows_of_csv(answer.response)
        assert any(NAME in row for row in rows)
        template = received(city.ask("admin", "GET", f"{path}?template=true"))
        assert template.name == f"{zh}-模板.csv"
        assert template.ascii_name == f"{register}-template.csv"
        assert rows_of_csv(template.response) == rows[:1]


def walk_plates(city: City) -> None:
    """Duty plates and signs of points."""
    for register, name in (("shops", "门前三包责任牌"), ("points", "点位二维码")):
        answer = received(city.ask("like", "GET", f"{API}/registers/{register}/sheet"))
        assert (answer.kind, answer.name) == ("inline", f"{name}.html")
        assert answer.ascii_name == f"{register}-qr.html"
        assert articles_of_html(answer.response) > 1


def walk_invitations(city: City) -> None:
    """Invitations as pages and as a table of links; each link signs a phone in."""
    body: dict[str, Any] = {"role": "volunteer", "district": "maojian"}
    path = f"{API}/invitations/many"
    pages = received(city.ask("admin", "POST", path, json=body))
    assert (pages.kind, pages.name) == ("inline", "手机端登录邀请.html")
    assert articles_of_html(pages.response) == 1
    links = received(city.ask("admin", "POST", path, json=body | {"sheet": False}))
    assert (links.kind, links.name) == ("attachment", "邀请链接.csv")
    assert links.ascii_name == "invitations.csv"
    name, *_, link, _until = rows_of_csv(links.response)[1]
    assert name == NAME
    device = {"id": new_id(), "name": "phone"}
    joined = city.sign_in({"invitation": link.rsplit("/", 1)[1], "device": device})
    assert joined.status_code == 201, joined.text


def walk_photo(city: City) -> None:
    """A photo behind its short-lived link."""
    shot = Shot(jpeg())
    assert upload(city, shot).status_code == 201
    link = city.ask("chen", "GET", f"{API}/photos/{shot.photo_id}/original")
    assert link.status_code == 302
    answer = received(city.ask("chen", "GET", link.headers["Location"]))
    assert (answer.kind, answer.response.headers["Content-Type"]) == ("inline", "image/jpeg")
    Image.open(io.BytesIO(answer.response.content)).load()


def upload(city: City, shot: Shot) -> requests.Response:
    """A photo that belongs to no record yet."""
    headers = {
        "Tus-Resumable": "1.0.0",
        "Content-Type": "application/offset+octet-stream",
        "Upload-Length": str(len(shot.content)),
        "Upload-Metadata": metadata(shot),
    }
    return city.ask("chen", "POST", f"{API}/uploads", data=shot.content, headers=headers)


WALKS: dict[str, Callable[[City], None]] = {
    f"{API}/tasks/export": walk_export,
    f"{API}/tasks/<uuid:task_id>/sheet.pdf": walk_task_sheet,
    f"{API}/board/month.xlsx": walk_month,
    TABLE: walk_tables,
    f"{API}/registers/<register>/sheet": walk_plates,
    f"{API}/invitations/many": walk_invitations,
    "/media/<signed>": walk_photo,
}


@pytest.mark.parametrize("walk", WALKS.values(), ids=lambda walk: walk.__name__)
def test_a_file_comes_whole_and_under_its_name(city: City, walk: Callable[[City], None]) -> None:
    walk(city)


@pytest.mark.one_database
def test_every_route_with_a_file_is_walked(app: Flask) -> None:
    with_file = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "file_types", None)
    }
    assert with_file == set(WALKS)


METHODS = {"get", "post", "put", "patch", "delete", "head"}
LINES = "application/x-ndjson"
# What has no body: an upload's answers are headers.
WITHOUT_BODY = {("/api/v1/uploads", "post", "201"), ("/api/v1/uploads/{photo_id}", "head", "200")}


@pytest.mark.one_database
def test_an_answer_that_is_neither_json_nor_empty_is_a_file(app: Flask) -> None:
    described = app.test_client().get(f"{API}/openapi.json").get_json()["paths"]
    without_body, files = set(), set()
    for path, operations in described.items():
        for method in operations.keys() & METHODS:
            for status, answer in operations[method]["responses"].items():
                kinds = answer.get("content", {})
                if status[0] != "2" or status == "204" or "application/json" in kinds:
                    continue
                if not kinds:
                    without_body.add((path, method, status))
                elif all(kind["schema"] == FILE_SCHEMA for kind in kinds.values()):
                    files.add(path)
                else:
                    assert set(kinds) == {LINES}, path
    assert without_body == WITHOUT_BODY
    walked = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule) for rule in WALKS}
    assert files == {path for path in walked if path.startswith(API)}


def test_no_route_breaks_the_web_server(city: City, app: Flask) -> None:
    """Whatever a route answers, its headers can be sent."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<any\((\w+),[^>]*>", r"\1", rule.rule)
        path = re.sub(r"<(?:[^<>]*:)?(?:\w+)>", "01940000-0000-7000-8000-000000000000", path)
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT"}):
            if path == f"{API}/sessions/current":
                continue
            answer = city.ask("admin", method, path, json={} if method != "GET" else None)
            assert answer.status_code != 500, (method, path)
            assert not path.startswith(API) or answer.headers["X-Sync"] == "1", (method, path)
