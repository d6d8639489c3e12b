"""Quarantine, registers, static pages and health checks."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from inspect_server.core.problems import CATALOGUE
from inspect_server.models import Quarantined
from tests.support.actors import Device, Shot, jpeg, new_id, record
from tests.support.rows import Rows


def items(device: Device, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = device.get(path, query_string=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json["items"])


def quarantined(observer: Device, supervisor: Device) -> dict[str, Any]:
    observer.send(record(category="XX9999"))
    return items(supervisor, "/quarantine")[0]


def resolve(console: Device, item: dict[str, Any], **body: Any) -> Any:
    return console.post(f"/quarantine/{item['id']}/resolve", {"note": "已电话核实"} | body)


# --- quarantine ----------------------------------------------------------------------------------


def test_a_resolved_item_leaves_the_list_and_is_kept(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    item = quarantined(observer, supervisor)
    answer = resolve(supervisor, item)
    assert (answer.status_code, answer.json["state"]) == (200, "resolved")
    assert answer.json["note"] == "已电话核实"
    assert items(supervisor, "/quarantine") == []
    assert [i["id"] for i in items(supervisor, "/quarantine", state="resolved")] == [item["id"]]
    assert rows.count(Quarantined) == 1


def test_a_resolved_item_sent_again_stays_resolved(observer: Device, supervisor: Device) -> None:
    sent = record(category="XX9999")
    observer.send(sent)
    resolve(supervisor, items(supervisor, "/quarantine")[0])
    observer.send(sent)
    assert items(supervisor, "/quarantine") == []


def test_the_first_resolution_counts(observer: Device, supervisor: Device, admin: Device) -> None:
    item = quarantined(observer, supervisor)
    resolve(supervisor, item, note="一")
    assert resolve(admin, item, note="二").json["note"] == "一"


def test_a_resolution_says_what_was_done(
    observer: Device, supervisor: Device, subtests: pytest.Subtests
) -> None:
    item = quarantined(observer, supervisor)
    for body in ({"note": ""}, {"note": None}, {"note": "a\0b"}, {"x": 1}):
        with subtests.test(str(body)):
            answer = resolve(supervisor, item, **body)
            assert (answer.status_code, answer.json["slug"]) == (422, "invalid")


def test_an_outsider_resolves_nothing(
    observer: Device, supervisor: Device, outsider: Device
) -> None:
    item = quarantined(observer, supervisor)
    assert resolve(outsider, item).status_code == 404
    assert resolve(observer, item).status_code == 403
    assert resolve(supervisor, {"id": new_id()}).status_code == 404


def test_pages_of_the_quarantine_are_complete(observer: Device, supervisor: Device) -> None:
    observer.send(*(record(category="XX9999", note=str(i)) for i in range(5)))
    listed: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = supervisor.get("/quarantine", query_string={"limit": 2} | cursor).json
        listed += [item["body"]["data"]["note"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert listed == ["4", "3", "2", "1", "0"]


def test_a_forged_cursor_is_refused(supervisor: Device, subtests: pytest.Subtests) -> None:
    for path in ("/quarantine", "/people", "/points"):
        for cursor in ("x", "WzFd", "WyJ4IiwieCJd", "W10"):
            with subtests.test(f"{path} {cursor}"):
                answer = supervisor.get(path, query_string={"cursor": cursor})
                assert (answer.status_code, answer.json["slug"]) == (409, "cursor-invalid")


# --- registers -----------------------------------------------------------------------------------


REGISTERS = ["points", "units", "shops", "categories", "districts", "pairings", "calendar"]


def test_a_register_is_read_by_whoever_is_signed_in(
    observer: Device, subtests: pytest.Subtests
) -> None:
    for name in REGISTERS:
        with subtests.test(name):
            assert items(observer, f"/{name}")


def test_pages_of_a_register_are_complete(observer: Device, subtests: pytest.Subtests) -> None:
    for name in ("points", "units", "shops"):
        with subtests.test(name):
            whole = [row["id"] for row in items(observer, f"/{name}", limit=1000)]
            assert paged(observer, f"/{name}", 7) == whole


def paged(device: Device, path: str, limit: int) -> list[str]:
    """The ids of all pages of a register."""
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = device.get(path, query_string={"limit": limit} | cursor).json
        ids += [row["id"] for row in page["items"]]
        if page["next"] is None:
            return ids
        cursor = {"cursor": page["next"]}


def test_the_sketch_has_four_districts_and_says_which_is_approximate(observer: Device) -> None:
    sketch = observer.get("/map").json
    outlines = [f["properties"] for f in sketch["districts"]["features"]]
    assert len(outlines) == 4
    assert [o["name"] for o in outlines if o["approximate"]] == ["十堰经济技术开发区"]
    west, south, east, north = sketch["bounds"]
    assert west < 110.79 < east
    assert south < 32.53 < north


@pytest.mark.one_database
def test_the_sketch_names_the_streets_that_have_points(observer: Device) -> None:
    streets = {street["name"]: street for street in observer.get("/map").json["streets"]}
    assert 110.7 < streets["五堰街道"]["lon"] < 110.8
    assert "大川镇" not in streets


# --- the operator --------------------------------------------------------------------------------


@pytest.mark.one_database
def test_a_standing_service_is_alive_and_ready(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/livez").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json) == (
        200,
        {"status": "ok", "database": "ok", "store": "ok"},
    )


@pytest.mark.one_database
def test_the_operators_counts_follow_what_happens(observer: Device, app: Flask) -> None:
    client = app.test_client()
    before = client.get("/status").json
    observer.send(record(Shot(jpeg())), record(category="XX9999"))
    observer.upload(Shot(jpeg(1)))
    after = client.get("/status").json
    moved = {
        name: after[name] - before[name]
        for name in ("tasks_open", "photos_awaited", "photos_stored", "quarantine_open",
                     "jobs_ready")
    }  # fmt: skip
    assert moved == {
        "tasks_open": 1,
        "photos_awaited": 1,
        "photos_stored": 1,
        "quarantine_open": 1,
        "jobs_ready": 1,
    }
    assert b"inspect_tasks_open 1.0" in client.get("/metrics").data


# --- pages and problems --------------------------------------------------------------------------


@pytest.mark.one_database
def test_every_problem_has_a_page_that_says_what_to_do(app: Flask) -> None:
    client = app.test_client()
    listed = client.get("/problems/").text
    for slug, kind in CATALOGUE.items():
        page = client.get(f"/problems/{slug}")
        assert page.status_code == 200
        assert kind.title in page.text
        assert kind.advice in page.text
        assert f"/problems/{slug}" in listed


@pytest.mark.one_database
@pytest.mark.parametrize("path", ["/assets/gone-1a2b.js", "/console/assets/gone.css", "/sw2.js"])
def test_a_missing_asset_is_404_and_never_the_page(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert answer.status_code == 404
    assert "<html" not in answer.text


@pytest.mark.one_database
@pytest.mark.parametrize("path", ["/../config.py", "/%2e%2e/config.py", "/..%2fconfig.py",
                                  "/console/..%2f..%2fconfig.py"])  # fmt: skip
def test_no_address_leads_out_of_the_pages(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 404


@pytest.mark.one_database
def test_an_unknown_address_of_the_api_is_answered_with_a_problem(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.headers["X-Sync"] == "1"


@pytest.mark.one_database
def test_an_unsupported_method_is_answered_with_the_supported_ones(observer: Device) -> None:
    answer = observer.call("PUT", "/tasks")
    assert (answer.status_code, answer.json["slug"]) == (405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.one_database
def test_an_unexpected_error_is_answered_without_its_text(
    observer: Device, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("inspect_server.registry.queries.places.sketch", fail)
    answer = observer.get("/map")
    assert (answer.status_code, answer.json["slug"]) == (500, "server-error")
    assert "secret words" not in answer.text
    assert answer.json["instance"] == answer.headers["X-Request-Id"]
