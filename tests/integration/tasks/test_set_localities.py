"""A supervisor sets the locality of a case 确定属地; others are located again."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from werkzeug.test import TestResponse

from inspect_server.models import Observation, Task, TaskEvent
from tests.integration.registry.test_outlines import AROUND, feature, written
from tests.integration.tasks.test_localities import (
    COMMUNITY,
    NAMES,
    NEAR,
    REMOTE,
    STREET,
    made,
    own,
)
from tests.support.actors import Device
from tests.support.case_walks import dispatched, problem, verifying
from tests.support.rows import Rows


@pytest.fixture
def city(sign_in: Any) -> Device:
    """市创文办: a supervisor of the whole city."""
    return sign_in("chuangwen")  # type: ignore[no-any-return]


def set_locality(device: Device, task: dict[str, Any], **form: Any) -> TestResponse:
    body = {"version": task["version"], "street": STREET, "community": COMMUNITY} | form
    return device.call("PUT", f"/tasks/{task['id']}/locality", json=body)


def reported(observer: Device, supervisor: Device, **more: Any) -> dict[str, Any]:
    mine = own(observer, made(observer, **({"place": REMOTE} | more)))
    return supervisor.task(mine["task_id"])


def find_again(admin: Device, after: int = 0) -> dict[str, Any]:
    answer = admin.post("/tasks/localities", {"after": after})
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def test_a_supervisor_sets_the_area_and_the_history_says_so(
    observer: Device, supervisor: Device
) -> None:
    task = reported(observer, supervisor)
    answer = set_locality(supervisor, task)
    assert answer.status_code == 200, answer.text
    placed = answer.json or {}
    assert (placed["street"], placed["community"]) == NAMES
    assert (placed["locality_basis"], placed["version"]) == ("confirmed", task["version"] + 1)
    event = placed["events"][-1]
    assert (event["move"], event["label"], event["actor"]) == ("placed", "确定属地", "李科")
    assert event["note"] == "茅箭区（街道、社区未定） → 茅箭区 · 五堰街道 · 朝阳路社区居委会"
    # The reporter reads it too.
    mine = own(observer, {"entity_id": task["observation_id"]})
    assert (mine["community_name"], mine["locality_basis"]) == (NAMES[1], "confirmed")
    assert (supervisor.get("/tasks/counts").json or {})["locality_undecided"] == 0


def test_the_same_again_changes_nothing_and_an_old_version_is_refused(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    task = reported(observer, supervisor)
    assert set_locality(supervisor, task).status_code == 200
    # The answer was lost; the console asks again.
    assert set_locality(supervisor, task).status_code == 200
    assert rows.count(TaskEvent, TaskEvent.move == "placed") == 1
    assert problem(set_locality(supervisor, task, community=None)) == (409, "stale-version")


def test_a_case_that_is_not_dispatched_is_routed_by_its_new_locality(
    observer: Device, city: Device, rows: Rows
) -> None:
    task = reported(observer, city, place=None, category="GG0401")
    before = task["unit"]
    placed = set_locality(city, task, street="420302004", community=None).json or {}
    assert placed["district"] == "jingkai"
    assert placed["unit"] != before
    assert rows.one(Observation).district_code == rows.one(Task).district_code == "jingkai"


def test_a_unit_that_works_on_a_case_keeps_it_and_its_offline_work_counts(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = dispatched(observer, supervisor, place=REMOTE)
    seen = handler.task(task["id"])
    placed = set_locality(supervisor, task).json or {}
    assert placed["unit"] == task["unit"]
    # Made on the phone before it heard of the locality.
    assert handler.ask(seen, "accept").status_code == 200


def test_a_pending_question_to_the_reporter_stays(observer: Device, supervisor: Device) -> None:
    task = reported(observer, supervisor)
    task = supervisor.move(task, "ask_more", reason="where_exactly")
    placed = set_locality(supervisor, task).json or {}
    assert placed["asked_more_at"] == task["asked_more_at"]
    assert placed["due_at"] == task["due_at"]


def test_a_district_places_into_itself_only_and_the_city_anywhere(
    observer: Device, supervisor: Device, outsider: Device, city: Device
) -> None:
    task = reported(observer, supervisor, place=None)
    assert problem(set_locality(outsider, task)) == (403, "not-allowed")
    cursor = outsider.pull()["cursor"]
    assert set_locality(city, task).status_code == 200
    # It belonged to every district; now it is one's own.
    (gone,) = [c for c in outsider.pull(cursor)["changes"] if c["collection"] == "tasks"]
    assert gone["op"] == "del"
    assert problem(set_locality(outsider, task)) == (404, "not-found")


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"street": "1"}, "/street"),
        ({"community": "1"}, "/community"),
        # It lies in another street.
        ({"street": "420302001"}, "/community"),
    ],
)
def test_only_what_the_registers_have_can_be_set(
    observer: Device, supervisor: Device, form: dict[str, str], pointer: str
) -> None:
    task = reported(observer, supervisor)
    answer = set_locality(supervisor, task, **form)
    assert answer.status_code == 422
    assert [error["pointer"] for error in (answer.json or {})["errors"]] == [pointer]


def test_a_finished_case_is_not_placed_any_more(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = verifying(observer, supervisor, handler, place=REMOTE)
    kinds = [hint["kind"] for hint in task["hints"] if hint["to_confirm"]]
    task = supervisor.move(task, "pass", confirmed=kinds)
    assert problem(set_locality(supervisor, task)) == (409, "move-not-allowed")


def test_who_may_set_an_locality(
    observer: Device, supervisor: Device, handler: Device, admin: Device
) -> None:
    task = reported(observer, supervisor)
    for device in (observer, handler, admin):
        assert set_locality(device, task).status_code == 403
    for device in (observer, handler, supervisor):
        assert device.post("/tasks/localities", {}).status_code == 403


def test_undecided_and_presumed_cases_are_found_again_when_somebody_says_so(
    observer: Device, supervisor: Device, admin: Device
) -> None:
    undecided = reported(observer, supervisor)
    presumed = reported(observer, supervisor, place=NEAR)
    confirmed = reported(observer, supervisor, community="420302001001")
    written(admin, feature(AROUND, community=COMMUNITY))
    assert supervisor.task(undecided["id"])["locality_basis"] == "undecided"
    report = find_again(admin)
    assert report == {
        "looked_at": 2,
        "changed": 1,
        "confirmed": 0,
        "outline": 1,
        "presumed": 1,
        "undecided": 0,
        "next": None,
    }
    task = supervisor.task(undecided["id"])
    assert (task["community"], task["locality_basis"]) == (NAMES[1], "outline")
    event = task["events"][-1]
    assert (event["move"], event["actor"]) == ("placed", admin.person["name"])
    for untouched in (presumed, confirmed):
        assert supervisor.task(untouched["id"])["version"] == untouched["version"]
    assert find_again(admin)["changed"] == 0


def test_many_cases_are_found_again_part_by_part(
    observer: Device, supervisor: Device, admin: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspect_server.tasks.services.localities.AT_ONCE", 2)
    for _ in range(3):
        reported(observer, supervisor)
    written(admin, feature(AROUND, community=COMMUNITY))
    first = find_again(admin)
    second = find_again(admin, first["next"])
    assert (first["changed"], second["changed"], second["next"]) == (2, 1, None)


def test_an_outline_that_went_makes_no_decided_case_undecided(
    observer: Device, supervisor: Device, admin: Device
) -> None:
    written(admin, feature(AROUND, community=COMMUNITY))
    task = reported(observer, supervisor)
    written(admin, feature(shapely.box(110.70, 32.52, 110.72, 32.54), community=COMMUNITY))
    assert find_again(admin)["looked_at"] == 0
    assert supervisor.task(task["id"])["locality_basis"] == "outline"
