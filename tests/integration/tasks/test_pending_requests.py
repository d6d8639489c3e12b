"""Requests of units that wait for a decision: 延期申请待审批 and 申诉待处理, counted and listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.actors import Device
from tests.support.case_walks import closed, handling, reported, verifying

EXTENSION, APPEAL = "extension_pending", "appeal_pending"


@pytest.fixture
def city(sign_in: Callable[..., Device]) -> Device:
    """市创文办: a supervisor of the whole city."""
    return sign_in("chuangwen")


def waiting(person: Device, measure: str) -> tuple[int, int, list[str]]:
    """What the board, the counts and the list say of a measure."""
    board = person.get("/board").json or {}
    counts = person.get("/tasks/counts").json or {}
    listed = person.get(f"/tasks?measure={measure}").json or {}
    return (
        board["needs_me"][measure],
        counts[measure],
        [task["id"] for task in listed["items"]],
    )


def extension_asked(observer: Device, supervisor: Device, handler: Device) -> dict[str, Any]:
    task = handling(observer, supervisor, handler)
    return handler.move(task, "request_extension", reason="weather")


def appealed(observer: Device, supervisor: Device, handler: Device) -> dict[str, Any]:
    task = closed(observer, supervisor, handler)
    return handler.move(handler.task(task["id"]), "appeal", reason="not_ours")


def test_an_extension_waits_until_both_have_approved(
    observer: Device, supervisor: Device, handler: Device, city: Device, outsider: Device
) -> None:
    reported(observer)
    task = extension_asked(observer, supervisor, handler)
    for person in (supervisor, city):
        assert waiting(person, EXTENSION) == (1, 1, [task["id"]])
    # Another district has none of it.
    assert waiting(outsider, EXTENSION) == (0, 0, [])
    supervisor.move(supervisor.task(task["id"]), "decide_extension", decision="approve")
    assert waiting(city, EXTENSION) == (1, 1, [task["id"]])
    city.move(city.task(task["id"]), "decide_extension", decision="approve")
    assert waiting(city, EXTENSION) == waiting(supervisor, EXTENSION) == (0, 0, [])


def test_an_appeal_waits_until_the_city_has_decided(
    observer: Device, supervisor: Device, handler: Device, city: Device, outsider: Device
) -> None:
    verifying(observer, supervisor, handler)
    task = appealed(observer, supervisor, handler)
    for person in (supervisor, city):
        assert waiting(person, APPEAL) == (1, 1, [task["id"]])
    assert waiting(outsider, APPEAL) == (0, 0, [])
    decision = {"decision": "refuse", "reason": "已核对职责清单"}
    city.move(city.task(task["id"]), "decide_appeal", **decision)
    assert waiting(city, APPEAL) == waiting(supervisor, APPEAL) == (0, 0, [])


def test_a_unit_counts_its_own_requests(
    observer: Device, supervisor: Device, handler: Device, sign_in: Callable[..., Device]
) -> None:
    extension_asked(observer, supervisor, handler)
    appealed(observer, supervisor, handler)
    counts = {one: (handler.get("/tasks/counts").json or {})[one] for one in (EXTENSION, APPEAL)}
    assert counts == {EXTENSION: 1, APPEAL: 1}
    assert (sign_in("zhao").get("/tasks/counts").json or {})[APPEAL] == 0


def test_a_request_is_found_together_with_other_filters(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = appealed(observer, supervisor, handler)
    extension_asked(observer, supervisor, handler)
    for narrowed, expected in (
        ({}, [task["id"]]),
        ({"district": "maojian", "text": task["number"]}, [task["id"]]),
        ({"state": "closed", "sort": "due"}, [task["id"]]),
        ({"state": "handling"}, []),
        ({"district": "-"}, []),
    ):
        query = {"measure": APPEAL} | narrowed
        listed = supervisor.get("/tasks", query_string=query).json or {}
        assert [one["id"] for one in listed["items"]] == expected, narrowed
        counts = supervisor.get("/tasks/counts", query_string=query).json or {}
        assert sum(counts["states"].values()) == (0 if narrowed.get("district") == "-" else 1)


def test_counts_of_another_district_are_no_numbers(
    observer: Device, supervisor: Device, handler: Device, sign_in: Callable[..., Device]
) -> None:
    reported(observer)
    counts = supervisor.get("/tasks/counts?district=zhangwan").json or {}
    assert (counts["in_scope"], counts["out_of_scope"]) == (False, ["zhangwan"])
    assert counts["states"] == {}
    assert {counts[one] for one in ("overdue", "due_soon", "unassigned", APPEAL)} == {None}
    both = supervisor.get("/tasks/counts?district=zhangwan&district=maojian").json or {}
    assert (both["in_scope"], both["out_of_scope"]) == (True, ["zhangwan"])
    assert both["states"]["reported"] == 1
    for query in ("", "?district=-", "?district=maojian"):
        counts = supervisor.get(f"/tasks/counts{query}").json or {}
        assert (counts["in_scope"], counts["out_of_scope"]) == (True, []), query
    other_unit = sign_in("zhao").person["unit"]["id"]
    counts = handler.get(f"/tasks/counts?unit={other_unit}").json or {}
    assert (counts["in_scope"], counts["states"]) == (False, {})
