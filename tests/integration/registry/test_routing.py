"""The routing table: rules have dates, end, and are never deleted; a dry run of changes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from inspect_server.models import RoutingRule, SettingEdit, Task
from tests.support.actors import Device, new_id
from tests.support.case_walks import CATEGORY, reported
from tests.support.clock import FakeClock
from tests.support.rows import Rows

TODAY = "2026-06-20"


@pytest.fixture(autouse=True)
def june(fake_clock: FakeClock) -> None:
    """A day on which all rules of the starter hold."""
    fake_clock.stop_at(f"{TODAY}T01:00:00+00:00")


@pytest.fixture
def other_unit(handler: Device, rows: Rows) -> dict[str, str]:
    """A unit that does not answer for frontage in 茅箭 yet."""
    units = (handler.get("/units").json or {})["items"]
    unit = next(u for u in units if u["id"] != handler.person["unit"]["id"])
    return {"id": unit["id"], "name": unit["name"]}


def rule(unit: dict[str, str] | None, **more: Any) -> dict[str, Any]:
    body = {"category_prefix": CATEGORY, "district": "maojian", "starts_on": TODAY}
    return body | {"unit_id": unit["id"] if unit else None} | more


def answered(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return dict(answer.json or {})


def listed(device: Device, **query: Any) -> list[dict[str, Any]]:
    return list(answered(device.get("/routing", query_string=query))["items"])


def test_a_new_rule_routes_the_next_record(
    admin: Device, observer: Device, supervisor: Device, other_unit: dict[str, str]
) -> None:
    made = answered(admin.post("/routing", rule(other_unit)), 201)
    assert (made["in_force"], made["unit"]["id"]) == (True, other_unit["id"])
    assert made["category_name"]
    task = supervisor.task(reported(observer)["id"])
    assert task["unit"]["id"] == other_unit["id"]


def test_a_rule_in_anothers_place_ends_it_the_day_before(
    admin: Device, other_unit: dict[str, str], rows: Rows
) -> None:
    first = answered(admin.post("/routing", rule(other_unit, starts_on="2026-01-01")), 201)
    answered(admin.post("/routing", rule(other_unit, replaces=first["id"])), 201)
    former = rows.one(RoutingRule, RoutingRule.ends_on == date(2026, 6, 19))
    assert str(former.id) == first["id"]
    assert rows.count(SettingEdit) == 2


def test_an_ended_rule_stays_and_is_listed_when_asked_for(
    admin: Device, other_unit: dict[str, str]
) -> None:
    made = answered(admin.post("/routing", rule(other_unit)), 201)
    ended = admin.post(f"/routing/{made['id']}/end", {"ends_on": "2026-06-19", "note": "调整"})
    assert answered(ended)["in_force"] is False
    assert made["id"] not in [one["id"] for one in listed(admin)]
    assert made["id"] in [one["id"] for one in listed(admin, ended=True)]
    (last, _) = answered(admin.get("/routing/edits"))["items"]
    assert (last["note"], "最后一天 2026-06-19" in last["words"]) == ("调整", True)


def test_pages_of_the_table_follow_each_other(admin: Device) -> None:
    whole = [one["id"] for one in listed(admin, limit=1000)]
    ids: list[str] = []
    cursor = None
    while True:
        query = {"limit": 7} | ({"cursor": cursor} if cursor else {})
        page = answered(admin.get("/routing", query_string=query))
        ids += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert ids == whole
    assert len(whole) > 14


# --- the dry run ---------------------------------------------------------------------------------


def test_a_dry_run_shows_who_would_get_past_records_and_changes_nothing(
    admin: Device,
    observer: Device,
    handler: Device,
    other_unit: dict[str, str],
    rows: Rows,
) -> None:
    numbers = [reported(observer)["number"] for _ in range(2)]
    reported(observer, category="GG0101")
    rules_before = rows.count(RoutingRule)
    result = answered(admin.post("/routing/dry-run", {"rule": rule(other_unit)}))
    assert (result["records"], result["unchanged"], result["moved"]) == (3, 1, 2)
    (route,) = result["routes"]
    assert route["from"]["id"] == handler.person["unit"]["id"]
    assert route["to"] == other_unit
    assert (route["count"], [one["number"] for one in route["cases"]]) == (2, numbers[::-1])
    assert rows.count(RoutingRule) == rules_before
    assert {str(t.unit_id) for t in rows.read(lambda s: s.query(Task).all())} != {other_unit["id"]}


def test_a_dry_run_of_a_rule_to_come_is_as_of_its_first_day(
    admin: Device, observer: Device, other_unit: dict[str, str]
) -> None:
    reported(observer)
    body = {"rule": rule(other_unit, starts_on="2026-09-01")}
    result = answered(admin.post("/routing/dry-run", body))
    assert (result["as_of"], result["moved"]) == ("2026-09-01", 1)


def test_a_dry_run_of_an_end_shows_cases_without_a_unit(
    admin: Device, observer: Device, other_unit: dict[str, str]
) -> None:
    prefixes = tuple(one["category_prefix"] for one in listed(admin, limit=1000))
    codes = [one["code"] for one in answered(admin.get("/categories"))["items"]]
    unrouted_code = next(code for code in codes if not code.startswith(prefixes))
    only = answered(admin.post("/routing", rule(other_unit, category_prefix=unrouted_code)), 201)
    task = reported(observer, category=unrouted_code)
    ends = {"ends": {"id": only["id"], "ends_on": TODAY}}
    result = answered(admin.post("/routing/dry-run", ends))
    assert (result["as_of"], result["unassigned_before"], result["unassigned_after"]) == (
        "2026-06-21", 0, 1,
    )  # fmt: skip
    (route,) = result["routes"]
    assert (route["from"], route["to"]) == (other_unit, None)
    assert route["cases"] == [{"id": task["id"], "number": task["number"]}]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"category_prefix": "ZZ"}, "/category_prefix"),
        ({"district": "nowhere"}, "/district"),
        ({"street": "nowhere"}, "/street"),
        ({"community": "nowhere"}, "/community"),
        ({"point_type": "月球"}, "/point_type"),
        ({"point_id": new_id()}, "/point_id"),
        ({"unit_id": new_id()}, "/unit_id"),
        ({"pairing_unit_id": new_id()}, "/pairing_unit_id"),
        ({"ends_on": "2026-01-01"}, "/ends_on"),
    ],
    ids=lambda value: None if isinstance(value, str) else next(iter(value)),
)
def test_a_rule_that_names_what_is_not_there_is_refused_by_field(
    admin: Device, other_unit: dict[str, str], wrong: dict[str, Any], field: str
) -> None:
    for answer in (
        admin.post("/routing", rule(other_unit) | wrong),
        admin.post("/routing/dry-run", {"rule": rule(other_unit) | wrong}),
    ):
        assert answer.status_code == 422
        assert (answer.json or {})["errors"][0]["pointer"] == field


@pytest.mark.one_database
def test_a_dry_run_has_exactly_one_change(admin: Device, other_unit: dict[str, str]) -> None:
    both = {"rule": rule(other_unit), "ends": {"id": new_id(), "ends_on": TODAY}}
    assert admin.post("/routing/dry-run", {}).status_code == 422
    assert admin.post("/routing/dry-run", both).status_code == 422


def test_only_an_admin_changes_the_table(supervisor: Device, handler: Device) -> None:
    assert supervisor.get("/routing").status_code == 200
    assert supervisor.post("/routing", rule(None)).status_code == 403
    assert supervisor.post(f"/routing/{new_id()}/end", {"ends_on": TODAY}).status_code == 403
    assert handler.get("/routing").status_code == 403


def test_a_rule_that_is_not_there_is_not_found(admin: Device, other_unit: dict[str, str]) -> None:
    assert admin.post(f"/routing/{new_id()}/end", {"ends_on": TODAY}).status_code == 404
    assert admin.post("/routing", rule(other_unit, replaces=new_id())).status_code == 404
