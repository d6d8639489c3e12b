"""A case from report to closure: each step by its role, with version and event."""

from __future__ import annotations

from typing import Any

import pytest

from inspect_server.models import TaskEvent, Unit
from tests.support.actors import Device, Shot, jpeg, new_id, op, record
from tests.support.case_walks import dispatched, handling, problem, reported, submit, verifying
from tests.support.rows import Rows

# --- the whole way --------------------------------------------------------------------------------


def test_a_case_goes_from_shutter_to_closed_with_one_rework(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = reported(observer)
    states = [task["state"]]
    seen_task = supervisor.task(task["id"])
    for step in ("file", "dispatch"):
        seen_task = supervisor.move(seen_task, step)
        states.append(seen_task["state"])
    unit = handler.move(handler.task(task["id"]), "accept")
    states.append(unit["state"])
    unit = submit(handler, unit)
    states.append(unit["state"])
    seen_task = supervisor.move(supervisor.task(task["id"]), "fail", reason="partly_fixed")
    states.append(seen_task["state"])
    submit(handler, handler.task(task["id"]), seed=3)
    seen_task = supervisor.move(supervisor.task(task["id"]), "pass")
    states.append(seen_task["state"])
    assert states == [
        "reported", "filed", "dispatched", "handling", "verifying", "rework", "closed",
    ]  # fmt: skip
    assert seen_task["closed_at"] is not None
    assert seen_task["moves"] == ["reopen"]
    assert [e["move"] for e in seen_task["events"]] == [
        "opened", "evidence_settled", "file", "dispatch", "accept", "submit", "fail", "submit",
        "pass",
    ]  # fmt: skip


def test_every_step_is_a_version_of_its_own_and_names_who_and_when(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    assert [e["version"] for e in task["events"]] == list(range(1, task["version"] + 1))
    assert [e["actor"] for e in task["events"]] == [
        "小陈", None, "李科", "李科", "老王", "老王",
    ]  # fmt: skip
    assert all(e["at"] for e in task["events"])


def test_each_event_tells_where_it_led_from_and_to(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    events = verifying(observer, supervisor, handler)["events"]
    assert [e["from"] for e in events[1:]] == [e["to"] for e in events[:-1]]


def test_earlier_evidence_is_kept_through_rework(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    supervisor.move(task, "fail", reason="not_fixed")
    submit(handler, handler.task(task["id"]), seed=3)
    roles = [p["role"] for p in supervisor.task(task["id"])["evidence"]]
    assert roles == ["scene", "after", "after"]


# --- handing back ---------------------------------------------------------------------------------


def hand_back_once(supervisor: Device, unit: Device, task_id: str) -> dict[str, Any]:
    seen_task = supervisor.task(task_id)
    if seen_task["state"] != "dispatched":
        seen_task = supervisor.move(seen_task, "dispatch", unit_id=unit.person["unit"]["id"])
    unit.move(unit.task(task_id), "hand_back", reason="not_ours", note="不归我们")
    return supervisor.task(task_id)


def test_a_task_handed_back_lies_with_nobody(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = hand_back_once(supervisor, handler, dispatched(observer, supervisor)["id"])
    assert (task["state"], task["unit"], task["dispatched_at"]) == ("handed_back", None, None)
    assert handler.get(f"/tasks/{task['id']}").status_code == 404


def test_the_reason_of_a_hand_back_is_shown(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = hand_back_once(supervisor, handler, dispatched(observer, supervisor)["id"])
    last = task["events"][-1]
    assert (last["reason"], last["reason_label"], last["note"]) == (
        "not_ours",
        "不属本单位职责",
        "不归我们",
    )


def test_after_two_hand_backs_nobody_dispatches_any_more(
    observer: Device, supervisor: Device, handler: Device, sign_in: Any
) -> None:
    task_id = dispatched(observer, supervisor)["id"]
    hand_back_once(supervisor, handler, task_id)
    task = hand_back_once(supervisor, sign_in("he"), task_id)
    unit = handler.person["unit"]["id"]
    assert problem(supervisor.ask(task, "dispatch", unit_id=unit)) == (409, "move-not-allowed")
    assert "dispatch" not in task["moves"]


# --- what a step needs ----------------------------------------------------------------------------


@pytest.mark.one_database
@pytest.mark.parametrize("move", ["reject", "void"])
def test_a_refusal_needs_a_reason(observer: Device, supervisor: Device, move: str) -> None:
    task = supervisor.task(reported(observer)["id"])
    assert problem(supervisor.ask(task, move)) == (422, "reason-missing")
    for blank in ("  ", "　", "\u200b", "\ufeff \u2060"):
        assert problem(supervisor.ask(task, move, reason=blank)) == (422, "reason-missing")


@pytest.mark.one_database
def test_a_hand_back_needs_a_reason(observer: Device, supervisor: Device, handler: Device) -> None:
    task = dispatched(observer, supervisor)
    assert problem(handler.ask(task, "hand_back")) == (422, "reason-missing")


@pytest.mark.one_database
def test_a_failed_verification_needs_a_reason(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    assert problem(supervisor.ask(task, "fail")) == (422, "reason-missing")


@pytest.mark.one_database
def test_a_dispatch_needs_a_unit_where_no_rule_names_one(
    observer: Device, supervisor: Device
) -> None:
    task = supervisor.task(reported(observer, category="ZY0101")["id"])
    task = supervisor.move(task, "file")
    assert task["unit"] is None
    assert problem(supervisor.ask(task, "dispatch")) == (422, "unit-missing")


@pytest.mark.one_database
def test_a_dispatch_to_a_unit_nobody_knows_is_refused(observer: Device, supervisor: Device) -> None:
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    assert supervisor.ask(task, "dispatch", unit_id=new_id()).status_code == 404


@pytest.mark.one_database
def test_a_dispatch_may_name_another_unit_than_the_rule(
    observer: Device, supervisor: Device, sign_in: Any
) -> None:
    other_handler = sign_in("he")
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    task = supervisor.move(task, "dispatch", unit_id=other_handler.person["unit"]["id"])
    assert task["unit"] == other_handler.person["unit"]
    assert other_handler.task(task["id"])["moves"] == ["accept", "hand_back"]


@pytest.mark.one_database
def test_a_submit_needs_its_close_evidence(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    assert problem(handler.ask(task, "submit", note="好了")) == (422, "evidence-missing")


@pytest.mark.one_database
def test_a_before_photo_is_no_close_evidence(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, shot = handling(observer, supervisor, handler), Shot(jpeg(2), "before")
    handler.upload(shot)
    answer = handler.ask(task, "submit", photos=[shot.declared()])
    assert problem(answer) == (422, "evidence-missing")


@pytest.mark.one_database
def test_a_note_closes_what_cannot_be_photographed(
    observer: Device, supervisor: Device, sign_in: Any
) -> None:
    handler = sign_in("wang")
    task = handling(observer, supervisor, handler, category="BW0101")
    assert handler.move(task, "submit", note="已当场改正")["state"] == "verifying"


@pytest.mark.one_database
def test_each_offered_move_names_what_it_needs(observer: Device, supervisor: Device) -> None:
    forms = {f["move"]: f for f in supervisor.task(reported(observer)["id"])["move_forms"]}
    assert forms["file"]["needs"] == []
    assert forms["reject"]["needs"] == ["reason"]
    assert forms["reject"]["reasons"][0]["label"] == "不属于问题"


# --- ways out -------------------------------------------------------------------------------------


def in_state(state: str, observer: Device, supervisor: Device, handler: Device) -> dict[str, Any]:
    """A task brought to a state, as the supervisor sees it."""
    match state:
        case "awaiting_evidence":
            sent = record(Shot(jpeg()))
            observer.send(sent)
            observation = observer.get(f"/observations/{sent['entity_id']}").json
            return supervisor.task(observation["task_id"])
        case "reported":
            return supervisor.task(reported(observer)["id"])
        case "filed":
            return supervisor.move(supervisor.task(reported(observer)["id"]), "file")
        case "dispatched":
            return dispatched(observer, supervisor)
        case "handed_back":
            task = dispatched(observer, supervisor)
            handler.move(handler.task(task["id"]), "hand_back", reason="not_ours")
        case "handling":
            task = handling(observer, supervisor, handler)
        case "verifying":
            return verifying(observer, supervisor, handler)
        case _:
            task = verifying(observer, supervisor, handler)
            return supervisor.move(task, "fail", reason="not_fixed")
    return supervisor.task(task["id"])


OPEN = [
    "awaiting_evidence", "reported", "filed", "dispatched", "handed_back", "handling",
    "verifying", "rework",
]  # fmt: skip


@pytest.mark.one_database
@pytest.mark.parametrize("state", OPEN)
def test_a_case_is_made_void_from_every_open_state(
    observer: Device, supervisor: Device, handler: Device, state: str
) -> None:
    task = in_state(state, observer, supervisor, handler)
    assert task["state"] == state
    task = supervisor.move(task, "void", reason="test_record")
    assert (task["state"], task["due_at"], task["moves"]) == ("void", None, [])


@pytest.mark.one_database
def test_a_closed_case_is_not_made_void(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = supervisor.move(verifying(observer, supervisor, handler), "pass")
    assert problem(supervisor.ask(task, "void", reason="x")) == (409, "move-not-allowed")


@pytest.mark.one_database
def test_the_reporter_of_a_rejected_case_reads_why(observer: Device, supervisor: Device) -> None:
    task = reported(observer)
    supervisor.move(supervisor.task(task["id"]), "reject", reason="unclear_evidence")
    observation = observer.get(f"/observations/{task['observation_id']}").json
    assert observation["task"]["verdict"]["reason_label"] == "照片看不清"


@pytest.mark.one_database
def test_a_case_goes_on_with_the_evidence_there_is(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = in_state("awaiting_evidence", observer, supervisor, handler)
    assert problem(supervisor.ask(task, "proceed")) == (422, "reason-missing")
    task = supervisor.move(task, "proceed", reason="photos_lost")
    assert task["state"] == "reported"
    assert task["observation_state"] == "incomplete"
    assert len(task["missing_photos"]) == 1


@pytest.mark.one_database
def test_a_photo_that_comes_after_all_completes_the_record_and_moves_nothing(
    observer: Device, supervisor: Device
) -> None:
    shot = Shot(jpeg())
    sent = record(shot)
    observer.send(sent)
    task_id = observer.get(f"/observations/{sent['entity_id']}").json["task_id"]
    supervisor.move(supervisor.task(task_id), "proceed", reason="urgent")
    observer.upload(shot)
    task = supervisor.task(task_id)
    assert (task["state"], task["observation_state"]) == ("reported", "complete")


@pytest.mark.one_database
def test_what_was_fixed_on_the_spot_and_not_shown_is_only_checked(
    observer: Device, supervisor: Device
) -> None:
    task = supervisor.task(reported(observer, outcome="fixed_on_spot")["id"])
    assert task["state"] == "verifying"
    assert supervisor.move(task, "pass")["state"] == "closed"


@pytest.mark.one_database
def test_what_was_not_settled_on_the_spot_becomes_a_case(
    observer: Device, supervisor: Device
) -> None:
    task = supervisor.task(reported(observer, outcome="fixed_on_spot")["id"])
    task = supervisor.move(task, "fail", reason="not_fixed")
    assert task["state"] == "filed"
    assert supervisor.move(task, "dispatch")["state"] == "dispatched"


@pytest.mark.one_database
def test_a_settled_case_without_photos_goes_on_by_proceed_to_verification(
    observer: Device, supervisor: Device
) -> None:
    sent = record(Shot(jpeg()), outcome="fixed_on_spot")
    observer.send(sent)
    task_id = observer.get(f"/observations/{sent['entity_id']}").json["task_id"]
    task = supervisor.move(supervisor.task(task_id), "proceed", reason="photos_lost")
    assert task["state"] == "verifying"


@pytest.mark.one_database
def test_a_verdict_while_the_unit_is_at_work_reaches_its_people(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    supervisor.move(task, "fail", reason="not_fixed", note="右侧仍占道")
    kinds = {
        c["data"]["kind"]: c["data"]["body"]
        for c in handler.pull()["changes"]
        if c["collection"] == "notices"
    }
    assert "task_dispatched" in kinds
    assert "右侧仍占道" in kinds["task_rework"]


@pytest.mark.one_database
def test_a_unit_reads_the_place_and_the_reason_it_was_routed_to(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    task = handling(observer, supervisor, handler)
    assert task["place"]["lon"] == pytest.approx(110.7899)
    assert task["unit"]["id"] == str(rows.one(Unit, Unit.code == "mj-cgj").id)
    assert task["routing_reason"]


@pytest.mark.one_database
def test_an_offline_move_with_the_id_of_a_console_move_is_not_taken_twice(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    task, move_id = dispatched(observer, supervisor), new_id()
    handler.ask(task, "accept", move_id=move_id)
    sent = op("task.move", task["id"], {"move": "accept"}, base_version=task["version"])
    (result,) = handler.send(sent | {"op_id": move_id})
    assert result["problem"]["slug"] == "move-id-reused"
    assert rows.count(TaskEvent, TaskEvent.move == "accept") == 1
