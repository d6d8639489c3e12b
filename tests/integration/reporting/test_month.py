"""The board of a month: counts and rates by district and unit, without a rank; its workbook."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from inspect_server.reporting.month import NAMES, RATES
from inspect_server.reporting.month_workbook import COLUMNS, DEFINED, DISTRICTS, UNITS
from tests.integration.reporting.test_trends import city, set_row
from tests.support.actors import Device
from tests.support.case_walks import closed, handling, reported, verifying
from tests.support.clock import FakeClock
from tests.support.registers import UNIT, created
from tests.support.rows import Rows

__all__ = ["city"]

# A Wednesday in the middle of a month, within working hours.
MIDDLE = "2026-03-18T02:00:00Z"
# The last second of February in the city, and the first of March.
LAST, FIRST = "2026-02-28T15:59:59Z", "2026-02-28T16:00:00Z"
CHAINS = (("received", "filed", "rework"), ("due", "closed", "closed_on_time"))
LISTS = {
    "received": {"dated": "opened", "measure": "received"},
    "filed": {"dated": "opened", "measure": "filed"},
    "rework": {"dated": "opened", "measure": "rework"},
    "closed": {"dated": "ended", "measure": "closed"},
    "closed_on_time": {"dated": "ended", "measure": "closed_on_time"},
}


@pytest.fixture(autouse=True)
def middle(fake_clock: FakeClock) -> FakeClock:
    """A clock that stands still before anybody signs in."""
    fake_clock.stop_at(MIDDLE)
    return fake_clock


@pytest.fixture
def march(observer: Device, supervisor: Device, handler: Device) -> dict[str, Any]:
    """One case closed, one sent back, one rejected, one void; nothing in other months."""
    ended = closed(observer, supervisor, handler)
    sent_back = verifying(observer, supervisor, handler, category="MQ0101")
    supervisor.move(sent_back, "fail", reason="not_fixed")
    for reason, move in (("not_a_problem", "reject"), ("test_record", "void")):
        supervisor.move(supervisor.task(reported(observer)["id"]), move, reason=reason)
    return ended


def month(device: Device, name: str | None = None) -> dict[str, Any]:
    answer = device.get("/board/month", query_string={"month": name} if name else {})
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def counts(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in NAMES}


def row_of(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(row for row in rows if row["name"] == name)


def test_a_month_counts_what_came_and_ended_in_it(march: dict[str, Any], city: Device) -> None:
    shown = month(city)
    assert (shown["month"], shown["from_on"], shown["to_on"]) == (
        "2026-03",
        "2026-03-01",
        "2026-03-31",
    )
    assert counts(shown["totals"]) == {
        "received": 3,
        "filed": 2,
        "rework": 1,
        "due": 1,
        "closed": 1,
        "closed_on_time": 1,
        "overdue": 0,
    }
    assert shown["totals"]["rates"] == {
        "filed": 0.6667,
        "rework": 0.5,
        "closed": 1.0,
        "on_time": 1.0,
    }


def test_districts_and_units_add_up_to_the_total(march: dict[str, Any], city: Device) -> None:
    shown = month(city)
    for rows in (shown["districts"], shown["units"]):
        for name in NAMES:
            assert sum(row[name] for row in rows) == shown["totals"][name]
    for row in (*shown["districts"], *shown["units"], shown["totals"]):
        for chain in CHAINS:
            numbers = [row[name] for name in chain]
            assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize("name", LISTS)
def test_a_number_of_a_month_is_the_length_of_its_list(
    march: dict[str, Any], city: Device, name: str
) -> None:
    shown = month(city)
    query = LISTS[name] | {"from_on": shown["from_on"], "to_on": shown["to_on"]}
    for code, number in [(row["code"], row[name]) for row in shown["districts"]]:
        answer = city.get("/tasks", query_string=query | {"district": code, "limit": 200})
        assert len((answer.json or {})["items"]) == number


def test_a_case_belongs_to_the_month_of_its_moments_in_the_city(
    observer: Device, supervisor: Device, handler: Device, city: Device, rows: Rows
) -> None:
    task = handling(observer, supervisor, handler)
    late = reported(observer, category="MQ0101")
    set_row(rows, task, opened_at=LAST, due_at=FIRST)
    set_row(rows, late, opened_at=FIRST, due_at=LAST)
    names = ("2026-01", "2026-02", "2026-03")
    assert [month(city, name)["totals"]["received"] for name in names] == [0, 1, 1]
    february, march = (month(city, name)["totals"] for name in names[1:])
    # Only a dispatched case is due; both missed a limit.
    assert (february["due"], february["overdue"]) == (0, 1)
    assert (march["due"], march["closed"], march["overdue"]) == (1, 0, 1)
    assert march["rates"]["closed"] == 0.0
    assert february["rates"]["closed"] is None


def test_a_month_without_cases_has_no_rates(city: Device) -> None:
    shown = month(city, "2024-02")
    assert shown["to_on"] == "2024-02-29"
    assert counts(shown["totals"]) == dict.fromkeys(NAMES, 0)
    assert shown["totals"]["rates"] == dict.fromkeys(RATES)
    assert shown["units"] == []


def test_other_districts_have_no_numbers_for_a_district_supervisor(
    march: dict[str, Any], supervisor: Device, outsider: Device
) -> None:
    shown = month(supervisor)
    own = row_of(shown["districts"], "茅箭区")
    other = row_of(shown["districts"], "张湾区")
    assert (own["in_scope"], own["received"]) == (True, 3)
    assert (other["in_scope"], other["received"], other["rates"]["filed"]) == (False, None, None)
    assert month(outsider)["totals"]["received"] == 0
    assert month(outsider)["units"] == []


def test_units_stand_in_the_order_of_their_names_whatever_their_numbers(
    march: dict[str, Any], observer: Device, supervisor: Device, city: Device
) -> None:
    units = (city.get("/units", query_string={"limit": 200}).json or {})["items"]
    order = {unit["name"]: place for place, unit in enumerate(units)}
    chosen = [unit["id"] for unit in units if unit["id"] != supervisor.person.get("unit")][:3]
    for place, unit_id in enumerate(chosen):
        for _ in range(place + 1):
            task = supervisor.task(reported(observer)["id"])
            supervisor.move(supervisor.move(task, "file"), "dispatch", unit_id=unit_id)
    names = [row["name"] for row in month(city)["units"] if row["code"] != "-"]
    assert len(names) >= 3
    assert names == sorted(names, key=lambda name: order[name])


@pytest.mark.parametrize("name", ["2026-13", "2026-00", "26-11", "2026-03-01", "1999-01", "x"])
def test_what_is_no_month_is_refused(city: Device, name: str) -> None:
    for path in ("/board/month", "/board/month.xlsx"):
        assert city.get(path, query_string={"month": name}).status_code == 422


def test_only_overseers_see_a_month(observer: Device, handler: Device) -> None:
    for device in (observer, handler):
        for path in ("/board/month", "/board/month.xlsx"):
            assert device.get(path).status_code == 403


def test_the_workbook_has_the_numbers_of_the_page(march: dict[str, Any], city: Device) -> None:
    shown = month(city)
    answer = city.get("/board/month.xlsx?month=2026-03")
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == [DISTRICTS, UNITS, DEFINED]
    for title, rows in ((DISTRICTS, shown["districts"]), (UNITS, shown["units"])):
        headings, *lines = book[title].iter_rows(values_only=True)
        assert headings[1:] == tuple(zh for zh, *_ in COLUMNS)
        for line, row in zip(lines, [*rows, {"name": "合计"} | shown["totals"]], strict=True):
            numbers = [row["rates"][key] if rate else row[key] for _, key, rate in COLUMNS]
            assert list(line) == [row["name"], *numbers]
    assert book[DISTRICTS]["D2"].number_format == "0.00%"
    written = [str(cell) for (cell,) in book[DEFINED].iter_rows(values_only=True)]
    assert any("不作排名" in line for line in written)
    assert all(words in written for words in shown["definitions"].values())


def test_a_workbook_of_one_district_says_what_is_out_of_scope(supervisor: Device) -> None:
    answer = supervisor.get("/board/month.xlsx?month=2026-03")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data))[DISTRICTS]
    first = {str(row[0]): row[1:] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert set(first["张湾区（不在您的范围）"]) == {None}
    assert first["茅箭区"][0] == 0


def test_a_unit_named_like_a_formula_is_text(
    middle: FakeClock, observer: Device, supervisor: Device, admin: Device, city: Device
) -> None:
    unit = created(admin, "units", UNIT | {"name": "=1+1"})
    # The register is read again after a second.
    middle.forward(seconds=5)
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    supervisor.move(task, "dispatch", unit_id=unit["id"])
    sheet = openpyxl.load_workbook(io.BytesIO(city.get("/board/month.xlsx").data))[UNITS]
    assert sheet["A2"].value == "'=1+1"
