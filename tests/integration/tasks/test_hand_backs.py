"""Hand-backs 退回: the unit keeps what it did and nothing more; 其他 says why in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.actors import Device, Shot, jpeg, op
from tests.support.case_walks import dispatched, handling, problem, verifying

WORDS = "这段路由市政公司管养，已电话告知。"
REPORTERS_NOTE = "店主姓张，电话 13812345678"


@pytest.fixture
def other_unit(sign_in: Callable[..., Device]) -> Device:
    """老赵, a handler of another unit."""
    return sign_in("zhao")


def past(handler: Device) -> list[dict[str, Any]]:
    answer = handler.get("/tasks/past")
    assert answer.status_code == 200, answer.text
    return list((answer.json or {})["items"])


def pulled(device: Device) -> list[dict[str, Any]]:
    """What a phone keeps of the cases its unit handed back."""
    changes = device.pull()["changes"]
    return [c["data"] for c in changes if c["collection"] == "past_tasks" and c["data"]]


def handed_back(observer: Device, supervisor: Device, handler: Device) -> dict[str, Any]:
    task = handler.task(dispatched(observer, supervisor, note=REPORTERS_NOTE)["id"])
    handler.move(task, "hand_back", reason="not_ours", note=WORDS)
    return task


def test_the_unit_keeps_a_line_of_what_it_did(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handed_back(observer, supervisor, handler)
    assert handler.get(f"/tasks/{task['id']}").status_code == 404
    (kept,) = past(handler)
    assert pulled(handler) == [kept]
    assert (kept["id"], kept["number"], kept["category"]) == (
        task["id"],
        task["number"],
        task["category"],
    )
    (event,) = kept["events"]
    assert (event["move"], event["reason"], event["reason_label"], event["note"]) == (
        "hand_back",
        "not_ours",
        "不属本单位职责",
        WORDS,
    )
    assert event["at"] == kept["handed_back_at"] > kept["dispatched_at"] == task["dispatched_at"]


def test_it_names_no_reporter_and_nothing_that_came_later(
    observer: Device, supervisor: Device, handler: Device, other_unit: Device
) -> None:
    task = handed_back(observer, supervisor, handler)
    before = past(handler)
    unit = other_unit.person["unit"]["id"]
    supervisor.move(supervisor.task(task["id"]), "dispatch", unit_id=unit, note="请市政处理")
    other_unit.move(other_unit.task(task["id"]), "accept")
    after = Shot(jpeg(2), "after")
    other_unit.upload(after)
    done = {"photos": [after.declared()], "note": "已修复井盖"}
    other_unit.move(other_unit.task(task["id"]), "submit", **done)
    supervisor.move(supervisor.task(task["id"]), "pass", note="合格")
    assert past(handler) == pulled(handler) == before
    words = json.dumps(before, ensure_ascii=False)
    for hidden in ("13812345678", observer.person["name"], observer.person["id"], "place"):
        assert hidden not in words, hidden
    assert handler.get(f"/tasks/{task['id']}").status_code == 404
    # The unit that has the case now never handed it back.
    assert past(other_unit) == pulled(other_unit) == []


def test_only_the_unit_itself_reads_it(
    observer: Device, supervisor: Device, handler: Device, other_unit: Device
) -> None:
    handed_back(observer, supervisor, handler)
    assert past(other_unit) == []
    for person in (supervisor, observer):
        assert person.get("/tasks/past").status_code == 403


def test_a_case_that_came_back_is_among_the_tasks_again(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handed_back(observer, supervisor, handler)
    unit = handler.person["unit"]["id"]
    supervisor.move(supervisor.task(task["id"]), "dispatch", unit_id=unit)
    assert past(handler) == []
    moves = [event["move"] for event in handler.task(task["id"])["events"]]
    assert moves.count("dispatch") == 2
    handler.move(handler.task(task["id"]), "hand_back", reason="place_wrong")
    (kept,) = past(handler)
    assert [event["reason"] for event in kept["events"]] == ["not_ours", "place_wrong"]
    assert pulled(handler) == [kept]


def test_a_reopened_case_keeps_all_the_unit_did(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = supervisor.move(verifying(observer, supervisor, handler), "pass", note="很好")
    proof = Shot(jpeg(5))
    supervisor.upload(proof)
    supervisor.move(task, "reopen", reason="came_back", photos=[proof.declared()])
    handler.move(handler.task(task["id"]), "hand_back", reason="not_ours")
    (kept,) = past(handler)
    assert [event["move"] for event in kept["events"]] == ["accept", "submit", "hand_back"]
    assert kept["events"][0]["actor"] == handler.person["name"]


def test_many_are_read_page_by_page(observer: Device, supervisor: Device, handler: Device) -> None:
    ids = [handed_back(observer, supervisor, handler)["id"] for _ in range(3)]
    read: list[str] = []
    cursor = ""
    while cursor is not None:
        answer = handler.get(
            "/tasks/past", query_string={"limit": 2, "cursor": cursor} if cursor else {"limit": 2}
        )
        page = answer.json or {}
        read += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert read == ids[::-1]


# --- 其他 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("move", ["hand_back", "request_extension"])
def test_other_needs_words_and_keeps_them(
    observer: Device, supervisor: Device, handler: Device, move: str
) -> None:
    if move == "hand_back":
        task = handler.task(dispatched(observer, supervisor)["id"])
    else:
        task = handling(observer, supervisor, handler)
    (form,) = (form for form in task["move_forms"] if form["move"] == move)
    assert form["reasons"][-1] == {
        "code": "other",
        "label": "其他",
        "label_en": "Other",
        "needs_note": True,
    }
    for nothing in ({}, {"note": ""}, {"note": "  \u200b "}):
        refused = handler.ask(task, move, reason="other", **nothing)
        assert problem(refused) == (422, "reason-missing"), nothing
        assert "备注" in (refused.json or {})["detail"]
    handler.move(task, move, reason="other", note=WORDS)
    event = supervisor.task(task["id"])["events"][-1]
    assert (event["reason"], event["reason_label"], event["note"]) == ("other", "其他", WORDS)


def test_other_travels_with_its_words_from_a_phone(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    tasks = [handler.task(dispatched(observer, supervisor)["id"]) for _ in range(2)]
    ops = [
        op("task.move", task["id"], {"move": "hand_back", "reason": "other"} | note)
        | {"base_version": task["version"]}
        for task, note in zip(tasks, ({"note": WORDS}, {}), strict=True)
    ]
    results = handler.send(*ops)
    assert [one["status"] for one in results] == ["accepted", "quarantined"]
    assert results[1]["problem"]["type"].endswith("/reason-missing")
    (kept,) = pulled(handler)
    assert (kept["events"][0]["reason"], kept["events"][0]["note"]) == ("other", WORDS)


def test_a_reason_of_the_list_needs_no_words(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handler.task(dispatched(observer, supervisor)["id"])
    assert handler.move(task, "hand_back", reason="needs_more")["state"] == "handed_back"
