"""A record of 待归类 gets its category when a supervisor files it; nothing files it without one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Category, Person, Task
from inspect_server.registry import reference
from tests.support.actors import Device, Shot, jpeg, new_id
from tests.support.case_walks import problem, reported
from tests.support.rows import Rows

UNSORTED, SHOP_OUTSIDE, MANHOLE = "MQ9999", "MQ0201", "GG0101"


def change(rows: Rows, code: str, **columns: Any) -> None:
    """Edit a category as an admin does: every process reads it again."""

    def edit(session: Session) -> None:
        session.execute(sa.update(Category).where(Category.code == code).values(columns))
        reference.touch(session)

    rows.write(edit)


@pytest.fixture
def unsorted(observer: Device, supervisor: Device) -> dict[str, Any]:
    """A record whose observer did not know the category, as the supervisor sees its case."""
    return supervisor.task(reported(observer, category=UNSORTED)["id"])


def test_a_record_without_category_is_not_filed_and_the_answer_says_what_to_do(
    supervisor: Device, unsorted: dict[str, Any]
) -> None:
    answer = supervisor.ask(unsorted, "file")
    assert problem(answer) == (422, "category-missing")
    assert "请先选择类别" in answer.json["detail"]
    assert supervisor.task(unsorted["id"])["state"] == "reported"


def test_the_form_of_filing_names_the_category_only_where_it_is_missing(
    observer: Device, supervisor: Device, unsorted: dict[str, Any]
) -> None:
    other = supervisor.task(reported(observer)["id"])
    forms = [
        {form["move"]: form for form in task["move_forms"]}["file"] for task in (unsorted, other)
    ]
    assert [form["needs"] for form in forms] == [["category"], []]
    assert [form["classifies"] for form in forms] == [True, True]


def test_a_filed_case_has_the_category_campaign_severity_and_unit_of_the_rules(
    observer: Device, supervisor: Device, unsorted: dict[str, Any]
) -> None:
    plain = supervisor.task(reported(observer, category=MANHOLE)["id"])
    plain = supervisor.move(plain, "file")
    filed = supervisor.move(unsorted, "file", category=MANHOLE)
    same = ("category", "category_name", "campaign", "severity", "unit", "state")
    assert {name: filed[name] for name in same} == {name: plain[name] for name in same}
    assert filed["evidence_required"] == plain["evidence_required"]


def test_the_units_limit_is_that_of_the_new_category(
    observer: Device, supervisor: Device, unsorted: dict[str, Any], rows: Rows
) -> None:
    filed = supervisor.move(unsorted, "file", category=SHOP_OUTSIDE)
    sent = supervisor.move(filed, "dispatch")
    limit = rows.one(Category, Category.code == SHOP_OUTSIDE)
    task = rows.one(Task, Task.id == UUID(sent["id"]))
    assert task.limit_unit == limit.limit_unit
    assert sent["unit"] is not None


def test_history_says_who_classified_the_case_and_what_it_was(
    supervisor: Device, unsorted: dict[str, Any]
) -> None:
    event = supervisor.move(unsorted, "file", category=MANHOLE)["events"][-1]
    assert (event["move"], event["actor"]) == ("file", "李科")
    assert event["category_change"] == {
        "from": UNSORTED,
        "from_name": "待归类（门前三包）",
        "to": MANHOLE,
        "to_name": "井盖缺失移位开裂",
    }


def test_the_observers_phone_sees_the_new_category_and_what_was_changed(
    observer: Device, supervisor: Device, unsorted: dict[str, Any]
) -> None:
    cursor = observer.pull()["cursor"]
    supervisor.move(unsorted, "file", category=MANHOLE)
    changes = observer.pull(cursor)["changes"]
    (record,) = [change["data"] for change in changes if change["collection"] == "observations"]
    assert record["category"] == MANHOLE
    # What was said on the spot stays as it was sent.
    assert record["data"]["category"] == UNSORTED
    assert record["task"]["events"][-1]["category_change"]["to"] == MANHOLE


def test_a_severity_that_the_observer_stated_stays(observer: Device, supervisor: Device) -> None:
    task = supervisor.task(reported(observer, category=UNSORTED, severity=2)["id"])
    assert supervisor.move(task, "file", category=MANHOLE)["severity"] == 2


def test_any_case_may_get_another_category_when_it_is_filed(
    observer: Device, supervisor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    filed = supervisor.move(task, "file", category=MANHOLE)
    assert (filed["category"], filed["events"][-1]["category_change"]["from"]) == (
        MANHOLE,
        SHOP_OUTSIDE,
    )


def test_the_same_category_is_no_change(observer: Device, supervisor: Device) -> None:
    task = supervisor.task(reported(observer)["id"])
    filed = supervisor.move(task, "file", category=SHOP_OUTSIDE)
    assert "category_change" not in filed["events"][-1]


@pytest.mark.parametrize("category", ["GG9999", "XX0101", "MQ0202"])
def test_only_an_active_category_is_accepted(
    supervisor: Device, unsorted: dict[str, Any], rows: Rows, category: str
) -> None:
    change(rows, "MQ0202", active=False)
    answer = supervisor.ask(unsorted, "file", category=category)
    assert problem(answer) == (422, "invalid")
    assert answer.json["errors"][0]["pointer"] == "/category"


def test_a_move_that_files_nothing_takes_no_category(
    supervisor: Device, unsorted: dict[str, Any]
) -> None:
    answer = supervisor.ask(unsorted, "reject", reason="not_a_problem", category=MANHOLE)
    assert problem(answer) == (422, "invalid")


def test_a_repeated_request_is_answered_alike_and_another_category_is_refused(
    supervisor: Device, unsorted: dict[str, Any]
) -> None:
    move_id = new_id()
    first = supervisor.ask(unsorted, "file", category=MANHOLE, move_id=move_id)
    again = supervisor.ask(unsorted, "file", category=MANHOLE, move_id=move_id)
    other = supervisor.ask(unsorted, "file", category="GG0102", move_id=move_id)
    assert first.json["version"] == again.json["version"]
    assert problem(other) == (409, "move-id-reused")


def test_no_rule_files_a_record_without_category(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    trust = sa.update(Person).where(Person.login == observer.login).values(trusted=True)
    rows.write(lambda session: session.execute(trust))
    change(rows, UNSORTED, auto_file=True)
    assert supervisor.task(reported(observer, category=UNSORTED)["id"])["state"] == "reported"


def test_what_was_fixed_on_the_spot_is_not_filed_again_without_a_category(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    # All of them are verified by a person.
    change(rows, UNSORTED, spot_check_percent=100)
    shots = (Shot(jpeg(1), "before"), Shot(jpeg(2), "after"))
    observation = observer.report(*shots, category=UNSORTED, outcome="fixed_on_spot")
    task = supervisor.task(observation["task_id"])
    assert problem(supervisor.ask(task, "fail", reason="not_fixed")) == (422, "category-missing")
    failed = supervisor.move(task, "fail", reason="not_fixed", category=MANHOLE)
    assert (failed["state"], failed["category"]) == ("filed", MANHOLE)
