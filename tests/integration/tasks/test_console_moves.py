"""Moves in the console 案件办理: merging, asking, extending, shelving, arbitrating, reopening."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from inspect_server.models import Notice, RoutingRule, SettingEdit, Task
from inspect_server.registry import reference
from tests.support.actors import Device, Shot, jpeg, op
from tests.support.case_walks import dispatched, handling, reported, verifying
from tests.support.clock import FakeClock
from tests.support.rows import Rows

# A Wednesday morning: the working day has begun.
MORNING = "2026-04-15T09:00:00+08:00"


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, (answer.json or {}).get("slug", "")


def signed_in_again(device: Device) -> Device:
    """The same person days later, with a new session: the access token has expired."""
    return Device(device.app, device.login, device.password)


def titles(rows: Rows, person: Device) -> list[str]:
    """The titles of somebody's notices, in order."""
    titles_query = sa.select(Notice.title).where(Notice.person_id == UUID(person.person["id"]))
    return rows.read(lambda s: list(s.scalars(titles_query.order_by(Notice.at, Notice.id))))


@pytest.fixture
def city(sign_in: Callable[..., Device]) -> Device:
    """市创文办, a supervisor of the whole city."""
    return sign_in("chuangwen")


@pytest.fixture
def arbiter(sign_in: Callable[..., Device]) -> Device:
    """钟主任, the arbiter."""
    return sign_in("zhong")


# --- merging 并案 --------------------------------------------------------------------------------


def test_a_second_report_of_the_same_thing_is_merged_and_its_reporter_hears_the_end(
    observer: Device,
    supervisor: Device,
    handler: Device,
    sign_in: Callable[..., Device],
    rows: Rows,
) -> None:
    original = verifying(observer, supervisor, handler)
    other = sign_in("liu")
    duplicate = supervisor.task(reported(other)["id"])
    merged = supervisor.move(duplicate, "merge", into=original["id"])
    assert (merged["state"], merged["merged_into"]) == ("merged", original["id"])
    original = supervisor.task(original["id"])
    assert original["events"][-1]["move"] == "took_in"
    supervisor.move(original, "pass")
    assert titles(rows, other) == ["已并入同一问题的案件", "已结案"]


@pytest.mark.parametrize("version", [-1, 2**31, -(10**40), 10**40])
def test_a_version_that_no_case_can_have_is_refused(
    observer: Device, supervisor: Device, version: int
) -> None:
    task = supervisor.task(reported(observer)["id"])
    answer = supervisor.ask(task | {"version": version}, "file")
    assert (answer.status_code, (answer.json or {})["slug"]) == (422, "invalid")
    assert supervisor.task(task["id"])["state"] == "reported"


def test_a_case_is_not_merged_into_an_unknown_case(observer: Device, supervisor: Device) -> None:
    task = supervisor.task(reported(observer)["id"])
    elsewhere = supervisor.move(supervisor.task(reported(observer)["id"]), "reject",
                                reason="duplicate")  # fmt: skip
    for into in (task["id"], elsewhere["id"], "01900000-0000-7000-8000-000000000000"):
        assert problem(supervisor.ask(task, "merge", into=into)) == (422, "move-incomplete")
    assert supervisor.task(task["id"])["state"] == "reported"


# --- asking for more 补充 ------------------------------------------------------------------------


def test_an_answer_from_the_phone_starts_the_limit_to_file_again(
    observer: Device, supervisor: Device, fake_clock: FakeClock, rows: Rows
) -> None:
    fake_clock.stop_at(MORNING)
    record = reported(observer)
    waiting = supervisor.move(supervisor.task(record["id"]), "ask_more", reason="closer_view")
    assert (waiting["state"], waiting["asked_more_at"] is None) == ("reported", False)
    assert titles(rows, observer) == ["请补充"]
    fake_clock.forward(days=1)
    observer, supervisor = signed_in_again(observer), signed_in_again(supervisor)
    shot = Shot(jpeg(3), "close")
    observation = observer.get(f"/observations/{record['observation_id']}").json or {}
    (result,) = observer.send(
        op(
            "observation.amend",
            observation["id"],
            {"fields": {"note": "近景"}},
            [shot],
            base_version=observation["version"],
        )  # fmt: skip
    )
    assert result["status"] == "accepted", result
    observer.upload(shot)
    answered = supervisor.task(record["id"])
    assert answered["asked_more_at"] is None
    assert answered["due_at"] == "2026-04-16T03:00:00.000Z"


def test_an_unanswered_question_returns_to_the_supervisor(
    observer: Device, supervisor: Device, fake_clock: FakeClock, work: Callable[[], int], rows: Rows
) -> None:
    fake_clock.stop_at(MORNING)
    task = supervisor.move(
        supervisor.task(reported(observer)["id"]), "ask_more", reason="closer_view"
    )
    fake_clock.forward(days=2, hours=23)
    work()
    assert signed_in_again(supervisor).task(task["id"])["asked_more_at"] is not None
    fake_clock.forward(hours=2)
    work()
    supervisor = signed_in_again(supervisor)
    current = supervisor.task(task["id"])
    assert (current["asked_more_at"], current["events"][-1]["move"]) == (None, "unanswered")
    assert "补充超期未到，请处理" in titles(rows, supervisor)


# --- extending 延期 ------------------------------------------------------------------------------


def test_an_extension_granted_twice_adds_one_original_limit(
    observer: Device,
    supervisor: Device,
    handler: Device,
    city: Device,
    fake_clock: FakeClock,
    rows: Rows,
) -> None:
    fake_clock.stop_at(MORNING)
    task = handling(observer, supervisor, handler)
    before = datetime.fromisoformat(task["due_at"])
    handler.move(task, "request_extension", reason="materials")
    endorsed = supervisor.move(supervisor.task(task["id"]), "decide_extension", decision="approve")
    assert (endorsed["extension"], endorsed["due_at"]) == ("endorsed", task["due_at"])
    granted = city.move(city.task(task["id"]), "decide_extension", decision="approve")
    assert (granted["extension"], granted["extensions"]) == (None, 1)
    assert datetime.fromisoformat(granted["due_at"]) > before
    assert titles(rows, handler)[-1] == "延期审批已有结果"


def test_a_refused_extension_changes_no_limit_and_says_why(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    handler.move(task, "request_extension", reason="materials")
    seen_task = supervisor.task(task["id"])
    assert problem(supervisor.ask(seen_task, "decide_extension", decision="refuse")) == (
        422, "reason-missing",
    )  # fmt: skip
    answer = supervisor.move(
        seen_task, "decide_extension", decision="refuse", reason="可以按期完成"
    )
    assert (answer["extension"], answer["due_at"]) == (None, task["due_at"])


# --- shelving 挂账 -------------------------------------------------------------------------------


def test_a_shelved_case_resumes_by_itself_with_the_rest_of_its_limit(
    observer: Device,
    supervisor: Device,
    handler: Device,
    fake_clock: FakeClock,
    work: Callable[[], int],
) -> None:
    fake_clock.stop_at(MORNING)
    task = handling(observer, supervisor, handler)
    limit = datetime.fromisoformat(task["due_at"]) - datetime.fromisoformat(MORNING)
    seen_task = supervisor.task(task["id"])
    supervisor.move(seen_task, "shelve", reason="season", until="2026-05-20")
    fake_clock.stop_at("2026-05-19T23:59:00+08:00")
    work()
    assert signed_in_again(supervisor).task(task["id"])["state"] == "shelved"
    fake_clock.stop_at("2026-05-20T09:00:00+08:00")
    work()
    supervisor = signed_in_again(supervisor)
    current = supervisor.task(task["id"])
    assert (current["state"], current["events"][-1]["move"]) == ("handling", "resumed_by_rule")
    assert datetime.fromisoformat(current["due_at"]) == (
        datetime.fromisoformat("2026-05-20T09:00:00+08:00") + limit
    )
    assert problem(supervisor.ask(current, "shelve", reason="season", until="2026-06-20")) == (
        409, "move-not-allowed",
    )  # fmt: skip


# --- what comes with time 提醒与督办 ------------------------------------------------------


def test_a_limit_has_one_notice_before_one_at_and_one_after_its_end(
    observer: Device, supervisor: Device, handler: Device, fake_clock: FakeClock,
    work: Callable[[], int], rows: Rows,
) -> None:  # fmt: skip
    fake_clock.stop_at(MORNING)
    task = handling(observer, supervisor, handler)
    due = datetime.fromisoformat(task["due_at"])
    for moment in (due - timedelta(minutes=1), due + timedelta(minutes=1), due + timedelta(days=2)):
        fake_clock.stop_at(moment.isoformat())
        work()
        work()
    assert titles(rows, handler)[1:] == ["即将超期", "已超期", "超期督办"]
    assert signed_in_again(supervisor).task(task["id"])["escalated_at"] is not None
    assert rows.one(Task).next_alarm_at is None


def test_a_unit_that_worked_offline_is_not_refused_for_a_reminder_it_could_not_hear(
    observer: Device,
    supervisor: Device,
    handler: Device,
    fake_clock: FakeClock,
    work: Callable[[], int],
) -> None:
    fake_clock.stop_at(MORNING)
    task = handling(observer, supervisor, handler)
    fake_clock.forward(days=10)
    work()
    supervisor, handler = signed_in_again(supervisor), signed_in_again(handler)
    assert supervisor.task(task["id"])["version"] > task["version"]
    after = Shot(jpeg(2), "after")
    handler.upload(after)
    assert handler.move(task, "submit", photos=[after.declared()])["state"] == "verifying"


# --- hand-backs and arbitration 裁定 ------------------------------------------------------


def handed_back_twice(observer: Device, supervisor: Device, handler: Device) -> dict[str, Any]:
    task = dispatched(observer, supervisor)
    for first in (True, False):
        handler.move(handler.task(task["id"]), "hand_back", reason="not_ours")
        if first:
            unit = handler.person["unit"]["id"]
            supervisor.move(supervisor.task(task["id"]), "dispatch", unit_id=unit)
    return supervisor.task(task["id"])


def test_after_two_hand_backs_an_arbiter_decides_and_the_next_case_goes_there(
    observer: Device, supervisor: Device, handler: Device, arbiter: Device, rows: Rows
) -> None:
    task = handed_back_twice(observer, supervisor, handler)
    assert "dispatch" not in task["moves"]
    unit = handler.person["unit"]["id"]
    decided = arbiter.move(
        arbiter.task(task["id"]), "arbitrate", unit_id=unit, reason="by_duty", as_rule=True
    )
    assert (decided["state"], decided["unit"]["id"]) == ("dispatched", unit)
    rule = rows.one(RoutingRule, RoutingRule.note.contains(decided["number"]))
    assert (str(rule.unit_id), rule.category_prefix) == (unit, decided["category"])
    edit = rows.one(SettingEdit, SettingEdit.note == rule.note)
    assert edit.by_id == UUID(arbiter.person["id"])
    assert decided["number"] in supervisor.task(reported(observer)["id"])["routing_reason"]


# --- after closing 重开与申诉 -------------------------------------------------------------


def closed(observer: Device, supervisor: Device, handler: Device) -> dict[str, Any]:
    return supervisor.move(verifying(observer, supervisor, handler), "pass")


def test_a_case_that_came_back_is_reopened_with_a_new_photo_for_the_same_unit(
    observer: Device, supervisor: Device, handler: Device, fake_clock: FakeClock
) -> None:
    task = closed(observer, supervisor, handler)
    assert problem(supervisor.ask(task, "reopen", reason="came_back")) == (422, "evidence-missing")
    proof = Shot(jpeg(5), "scene")
    supervisor.upload(proof)
    reopened = supervisor.move(task, "reopen", reason="came_back", photos=[proof.declared()])
    assert (reopened["state"], reopened["unit"], reopened["ended_at"]) == (
        "dispatched",
        task["unit"],
        None,
    )
    assert handler.task(task["id"])["moves"] == ["accept", "hand_back"]


def test_a_case_is_reopened_within_fifteen_days_only(
    observer: Device, supervisor: Device, handler: Device, fake_clock: FakeClock
) -> None:
    task = closed(observer, supervisor, handler)
    fake_clock.forward(days=15, minutes=1)
    assert "reopen" not in signed_in_again(supervisor).task(task["id"])["moves"]


def test_a_unit_appeals_once_and_the_facts_stay(
    observer: Device, supervisor: Device, handler: Device, arbiter: Device, rows: Rows
) -> None:
    task = closed(observer, supervisor, handler)
    appealed = handler.move(handler.task(task["id"]), "appeal", reason="beyond_control")
    assert (appealed["state"], appealed["appeal"]) == ("closed", "asked")
    upheld = arbiter.move(
        arbiter.task(task["id"]), "decide_appeal", decision="approve", reason="暴雨停工"
    )
    assert (upheld["state"], upheld["appeal"]) == ("closed", "upheld")
    assert titles(rows, handler)[-1] == "申诉成立"
    assert "appeal" not in handler.task(task["id"])["moves"]


# --- two limits 先行排险 ------------------------------------------------------------------

# 行道树倒伏断枝: made safe within two hours, repaired within a day.
FALLEN_TREE = "GG0501"


def test_danger_has_a_limit_and_alarms_of_its_own(
    observer: Device, supervisor: Device, sign_in: Callable[..., Device], fake_clock: FakeClock,
    work: Callable[[], int], rows: Rows,
) -> None:  # fmt: skip
    fake_clock.stop_at(MORNING)
    task = supervisor.task(reported(observer, category=FALLEN_TREE)["id"])
    task = supervisor.move(task, "file")
    handler = sign_in("wang")
    unit = handler.person["unit"]["id"]
    task = supervisor.move(task, "dispatch", unit_id=unit)
    assert task["make_safe_due_at"] == "2026-04-15T03:00:00.000Z"
    own = handler.move(handler.task(task["id"]), "accept")
    fake_clock.forward(hours=2, minutes=1)
    work()
    handler = signed_in_again(handler)
    assert "排险超时" in titles(rows, handler)
    proof = Shot(jpeg(6), "after")
    handler.upload(proof)
    safe = handler.move(handler.task(own["id"]), "make_safe", photos=[proof.declared()])
    assert (safe["state"], safe["made_safe_at"] is None) == ("handling", False)
    assert "make_safe" not in safe["moves"]


# --- by rule 自动立案、自动派遣、按规则结案 -----------------------------------------------


def configured(rows: Rows, sets: str) -> None:
    """Edit the categories as an admin does."""

    def edit(session: Any) -> None:
        session.execute(sa.text(f"UPDATE category SET {sets}"))
        reference.touch(session)

    rows.write(edit)


@pytest.mark.parametrize("percent,state", [(0, "closed"), (100, "verifying")])
def test_a_persuaded_case_closes_by_rule_except_the_sample(
    observer: Device, supervisor: Device, rows: Rows, percent: int, state: str
) -> None:
    configured(rows, f"spot_check_percent = {percent}")
    task = reported(observer, outcome="persuaded")
    assert task["state"] == state
    assert ("closed_by_rule" in [e["move"] for e in task["events"]]) is (percent == 0)


def test_a_case_fixed_on_the_spot_closes_by_rule_only_with_before_and_after_photos(
    observer: Device, rows: Rows
) -> None:
    configured(rows, "spot_check_percent = 0")
    one_sided = reported(observer, outcome="fixed_on_spot")
    shots = (Shot(jpeg(1), "scene"), Shot(jpeg(2), "after"))
    both = reported(observer, *shots, outcome="fixed_on_spot")
    assert (one_sided["state"], both["state"]) == ("verifying", "closed")


def test_a_category_may_file_and_dispatch_by_itself(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    configured(rows, "auto_file = true, auto_dispatch = true")
    task = supervisor.task(reported(observer)["id"])
    assert task["state"] == "dispatched"
    assert [e["move"] for e in task["events"]][-2:] == ["filed_by_rule", "dispatched_by_rule"]
    assert titles(rows, handler) == ["新派遣的案件"]


def test_a_report_of_a_trusted_reporter_is_filed_automatically(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    trust = sa.text("UPDATE person SET trusted = true WHERE login = 'chen'")
    rows.write(lambda session: session.execute(trust))
    assert supervisor.task(reported(observer)["id"])["state"] == "filed"
