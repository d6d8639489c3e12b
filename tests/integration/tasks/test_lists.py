"""The console's lists: every task once, whatever the filter, the order and the size of a page."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from inspect_server.models import Task
from inspect_server.tasks.queries import filtering, lists
from schemas.vocabulary import TaskState
from tests.support.actors import IN_MAOJIAN, IN_ZHANGWAN, Device, Shot, jpeg, record
from tests.support.case_walks import dispatched, handling, reported
from tests.support.clock import FakeClock
from tests.support.rows import Rows


def listed(device: Device, **query: Any) -> list[dict[str, Any]]:
    answer = device.get("/tasks", query_string=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json["items"])


def notes(device: Device, **query: Any) -> set[str]:
    return {row["note"] for row in listed(device, **query)}


def counts(device: Device, **query: Any) -> dict[str, Any]:
    answer = device.get("/tasks/counts", query_string=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def sent(observer: Device, *records: dict[str, Any]) -> None:
    assert {r["status"] for r in observer.send(*records)} == {"accepted"}


def two_districts(observer: Device) -> None:
    sent(
        observer,
        record(note="茅箭一", category="MQ0201"),
        record(note="茅箭二", category="GG0401", address="人民路 100% 号"),
        record(note="张湾一", category="MQ0101", place=IN_ZHANGWAN),
        record(note="无处", category="GG0101", place=None),
    )


@pytest.fixture
def city(sign_in: Any) -> Device:
    """市创文办: a supervisor of the whole city."""
    return sign_in("chuangwen")  # type: ignore[no-any-return]


# --- filters -------------------------------------------------------------------------------------


FILTER_RESULTS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"茅箭一", "茅箭二", "张湾一", "无处"}),
    ({"district": "maojian"}, {"茅箭一", "茅箭二"}),
    ({"district": ["maojian", "zhangwan"]}, {"茅箭一", "茅箭二", "张湾一"}),
    ({"district": "-"}, {"无处"}),
    ({"district": ["-", "zhangwan"]}, {"张湾一", "无处"}),
    ({"category": "MQ"}, {"茅箭一", "张湾一"}),
    ({"category": "MQ0201"}, {"茅箭一"}),
    ({"campaign": "frontage_duty"}, {"茅箭一", "张湾一"}),
    ({"severity": "1"}, {"无处"}),
    ({"state": "reported"}, {"茅箭一", "茅箭二", "张湾一", "无处"}),
    ({"state": ["filed", "closed"]}, set()),
    ({"text": "茅箭"}, {"茅箭一", "茅箭二"}),
    ({"text": "人民路"}, {"茅箭二"}),
    ({"text": "100%"}, {"茅箭二"}),
    ({"text": "1%0"}, set()),
    ({"text": "_"}, set()),
    # Read as 2, which the number of every case has: its year.
    ({"text": "²"}, {"茅箭一", "茅箭二", "张湾一", "无处"}),
    ({"bbox": "110.7,32.4,110.9,32.7"}, {"茅箭一", "茅箭二"}),
    ({"bbox": "110,32,111,33"}, {"茅箭一", "茅箭二", "张湾一"}),
    ({"bbox": "-10,-10,10,10"}, set()),
    ({"overdue": "true"}, set()),
    ({"overdue": "false"}, {"茅箭一", "茅箭二", "张湾一", "无处"}),
]


def test_each_filter_finds_its_tasks(
    observer: Device, city: Device, subtests: pytest.Subtests
) -> None:
    two_districts(observer)
    for query, result in FILTER_RESULTS:
        with subtests.test(str(query)):
            assert notes(city, **query) == result


def test_a_task_is_found_by_its_number(observer: Device, city: Device) -> None:
    two_districts(observer)
    row = listed(city)[2]
    assert notes(city, text=row["number"]) == {row["note"]}


def test_a_task_is_found_by_its_unit(observer: Device, supervisor: Device) -> None:
    task = dispatched(observer, supervisor)
    reported(observer, category="GG0101")
    assert [t["id"] for t in listed(supervisor, unit=task["unit"]["id"])] == [task["id"]]


REFUSED: list[dict[str, Any]] = [
    {"bbox": "1.2.3,0,0,0"},
    {"bbox": "1,2,3"},
    {"bbox": "a,b,c,d"},
    {"sort": "old"},
    {"limit": "0"},
    {"limit": "201"},
    {"state": "lost"},
    {"severity": "9"},
    {"unit": "x"},
    {"nonsense": "1"},
    {"category": "mq"},
    {"overdue": "perhaps"},
    {"text": "a\0b"},
    {"district": "d" * 17},
    {"from_on": "2026-02-30"},
    {"to_on": "0001-01-01"},
    {"to_on": "9999-12-31"},
    {"dated": "captured"},
    {"from_on": "2026-03-12", "to_on": "2026-03-11"},
]


def test_an_unknown_filter_is_refused(supervisor: Device, subtests: pytest.Subtests) -> None:
    for query in REFUSED:
        for path in ("/tasks", "/tasks/counts"):
            with subtests.test(f"{path} {query}"):
                answer = supervisor.get(path, query_string=query)
                assert (answer.status_code, answer.json["slug"]) == (422, "invalid")


# --- what needs somebody -------------------------------------------------------------------------


def test_what_no_rule_routes_waits_in_the_unassigned_list(
    observer: Device, supervisor: Device
) -> None:
    task = reported(observer, category="ZY0101")
    assert listed(supervisor, unassigned="true") == []
    supervisor.move(supervisor.task(task["id"]), "file")
    assert [t["id"] for t in listed(supervisor, unassigned="true")] == [task["id"]]
    assert counts(supervisor)["unassigned"] == 1


def test_a_task_without_a_place_is_counted_and_seen_by_every_supervisor(
    observer: Device, supervisor: Device, outsider: Device, city: Device
) -> None:
    sent(observer, record(place=None, note="无处"))
    for reader in (supervisor, outsider, city):
        assert counts(reader)["unplaced"] == 1
        assert notes(reader, district="-") == {"无处"}


def test_counts_are_those_of_the_list(observer: Device, city: Device) -> None:
    two_districts(observer)
    for query in ({}, {"district": "maojian"}, {"category": "MQ"}, {"text": "茅箭"}):
        counted = counts(city, **query)
        assert sum(counted["states"].values()) == len(listed(city, **query))


@pytest.mark.parametrize("query", [{"text": "同一句话"}, {"bbox": "110,32,111,33"}])
def test_ended_cases_are_counted_to_a_limit_and_open_cases_exactly(
    query: dict[str, str], observer: Device, supervisor: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtering, "COUNTED_FROM_INDEX", 1)
    monkeypatch.setattr(lists, "COUNTED", 2)
    sent(observer, *(record(note="同一句话") for _ in range(3)))
    for _ in range(3):
        task = reported(observer, note="同一句话")
        supervisor.move(supervisor.task(task["id"]), "reject", reason="not_a_problem")
    counted = counts(supervisor, **query)
    assert (counted["states"]["reported"], counted["states"]["rejected"]) == (3, 2)
    assert counted["capped"] == ["rejected"]


def test_counts_are_by_state_and_the_state_filter_does_not_narrow_them(
    observer: Device, supervisor: Device
) -> None:
    supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    reported(observer)
    counted = counts(supervisor, state="filed")["states"]
    assert (counted["filed"], counted["reported"], counted["closed"]) == (1, 1, 0)


def test_overdue_tasks_are_found_and_counted(sign_in: Any, fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    task = dispatched(sign_in("chen"), sign_in("like"))
    fake_clock.forward(hours=3)
    supervisor = sign_in("like")
    assert [t["id"] for t in listed(supervisor, overdue="true")] == [task["id"]]
    assert counts(supervisor)["overdue"] == 1
    assert listed(supervisor, overdue="false") == []


def test_a_task_due_within_four_hours_is_due_soon(sign_in: Any, fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    supervisor = sign_in("like")
    dispatched(sign_in("chen"), supervisor)
    assert counts(supervisor)["due_soon"] == 1


# --- who sees what -------------------------------------------------------------------------------


def test_each_role_lists_what_is_its_own(
    observer: Device, supervisor: Device, handler: Device, outsider: Device, sign_in: Any
) -> None:
    task = dispatched(observer, supervisor)
    reported(observer)
    assert len(listed(observer)) == len(listed(supervisor)) == 2
    assert [t["id"] for t in listed(handler)] == [task["id"]]
    assert listed(outsider) == listed(sign_in("liu")) == listed(sign_in("zhao")) == []
    assert len(listed(sign_in("admin"))) == len(listed(sign_in("zhong"))) == 2


def test_a_list_shows_the_thumbnail_and_the_waiting_move(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, after = handling(observer, supervisor, handler), Shot(jpeg(2), "after")
    handler.ask(task, "submit", photos=[after.declared()])
    (row,) = listed(supervisor)
    assert row["thumb_photo_id"] == supervisor.task(task["id"])["evidence"][0]["id"]
    assert row["pending_move"]["move"] == "submit"


def test_a_list_names_the_moves_open_to_me(observer: Device, supervisor: Device) -> None:
    reported(observer)
    assert listed(supervisor)[0]["moves"] == [
        "file",
        "reject",
        "ask_more",
        "merge",
        "void",
        "escalate",
    ]
    assert listed(observer)[0]["moves"] == []


# --- pages ---------------------------------------------------------------------------------------


def paged(device: Device, **query: Any) -> list[str]:
    """The ids of all pages of this query, in order."""
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = device.get("/tasks", query_string=query | cursor).json
        ids += [row["id"] for row in page["items"]]
        if page["next"] is None:
            return ids
        cursor = {"cursor": page["next"]}


def spread_deadlines(rows: Rows) -> None:
    """Give some tasks equal deadlines, some none; and some are over."""

    def distribute(session: Any) -> None:
        tasks = session.scalars(sa.select(Task).order_by(Task.serial)).all()
        for position, task in enumerate(tasks):
            task.due_at = None if position % 4 == 0 else tasks[position % 3].opened_at
            task.state = TaskState.CLOSED if position % 5 == 1 else task.state

    rows.write(distribute)


@pytest.mark.parametrize("sort", ["due", "new"])
@pytest.mark.parametrize("limit", [1, 3, 200])
def test_pages_are_complete_and_without_duplicates(
    observer: Device, city: Device, rows: Rows, sort: str, limit: int
) -> None:
    sent(observer, *(record() for _ in range(11)))
    spread_deadlines(rows)
    whole = [row["id"] for row in listed(city, sort=sort, limit=200)]
    assert len(whole) == 11
    assert paged(city, sort=sort, limit=limit) == whole


def test_the_most_urgent_comes_first_then_what_has_no_limit_and_last_what_is_over(
    observer: Device, city: Device, rows: Rows
) -> None:
    sent(observer, *(record() for _ in range(11)))
    spread_deadlines(rows)
    result = listed(city, sort="due")
    deadlines = [row["due_at"] for row in result if row["state"] != "closed"]
    due_moments = [due for due in deadlines if due]
    assert deadlines == sorted(due_moments) + [None] * (len(deadlines) - len(due_moments))
    assert [row["state"] for row in result[-2:]] == ["closed", "closed"]
    assert result[-2]["number"] > result[-1]["number"]


def test_the_newest_comes_first(observer: Device, city: Device) -> None:
    sent(observer, *(record(note=str(i)) for i in range(3)))
    assert [row["note"] for row in listed(city)] == ["2", "1", "0"]


def test_a_task_created_between_two_pages_duplicates_nothing(
    observer: Device, city: Device
) -> None:
    sent(observer, *(record() for _ in range(4)))
    first = city.get("/tasks", query_string={"limit": 2}).json
    sent(observer, record())
    second = city.get("/tasks", query_string={"limit": 2, "cursor": first["next"]}).json
    ids = [row["id"] for row in first["items"] + second["items"]]
    assert len(set(ids)) == 4


def forged_cursor(*keys: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(keys).encode()).decode().rstrip("=")


FORGED = [
    ("new", "nonsense"),
    ("new", forged_cursor("new", "7")),
    ("new", forged_cursor("new", 10**30)),
    ("new", forged_cursor("due", None, 7)),
    ("new", forged_cursor("new", -1)),
    ("new", forged_cursor("x", 1)),
    ("due", forged_cursor("new", 7)),
    ("due", forged_cursor("due", None, 7)),
    ("due", forged_cursor("due", "open", None, 7)),
    ("due", forged_cursor("due", True, "yesterday", 7)),
    ("due", forged_cursor("due", True, "2026-03-04T09:00:00", 7)),
    ("due", forged_cursor("due", True, [], 7)),
    ("new", "[" * 150),
    ("new", "é"),
]


def test_a_forged_cursor_is_refused(supervisor: Device, subtests: pytest.Subtests) -> None:
    for sort, cursor in FORGED:
        with subtests.test(f"{sort} {cursor}"):
            answer = supervisor.get("/tasks", query_string={"sort": sort, "cursor": cursor})
            assert (answer.status_code, answer.json["slug"]) == (409, "cursor-invalid")


# --- where a record counts -----------------------------------------------------------------------


def test_a_community_the_person_confirmed_counts_before_the_fix(
    observer: Device, rows: Rows
) -> None:
    sent(observer, record(place=IN_ZHANGWAN, community="420302003001"))
    task = rows.one(Task)
    assert (task.district_code, task.street_code) == ("maojian", "420302003")


def test_a_record_at_a_point_counts_where_the_point_lies(observer: Device, rows: Rows) -> None:
    (point,) = [p for p in observer.get("/points").json["items"] if p["code"] == "MJ01"]
    sent(observer, record(place=None, point_id=point["id"], category="GG0401"))
    task = rows.one(Task)
    assert (task.district_code, task.point_id) == ("maojian", UUID(point["id"]))


def test_a_shops_unit_answers_for_its_frontage(observer: Device, rows: Rows) -> None:
    shop = observer.get("/shops").json["items"][0]
    sent(observer, record(place=IN_MAOJIAN, shop_id=shop["id"], category="MQ0101"))
    assert rows.one(Task).unit_id == UUID(shop["unit_id"])


def test_an_unknown_point_does_not_cost_the_record(observer: Device, rows: Rows) -> None:
    sent(observer, record(point_id="01940000-0000-7000-8000-000000000000"))
    assert rows.one(Task).district_code == "maojian"
