"""A case from report to closure: each step by whom it belongs to, with version, event and limit."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from inspect_server.models import Person, TaskEvent, TaskMove, Unit
from tests.support.actors import Device, Shot, jpeg, new_id, op, record
from tests.support.case_walks import dispatched, handling, reported, verifying
from tests.support.clock import FakeClock
from tests.support.rows import Rows


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, (answer.json or {}).get("slug", "")


def submit(handler: Device, task: dict[str, Any], seed: int = 2) -> dict[str, Any]:
    after = Shot(jpeg(seed), "after")
    handler.upload(after)
    return handler.move(task, "submit", photos=[after.declared()])


# --- the whole way -------------------------------------------------------------------------------


def test_a_case_goes_from_shutter_to_closed_with_one_rework(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = reported(observer)
    states = [task["state"]]
    desk = supervisor.task(task["id"])
    for step in ("file", "dispatch"):
        desk = supervisor.move(desk, step)
        states.append(desk["state"])
    unit = handler.move(handler.task(task["id"]), "accept")
    states.append(unit["state"])
    unit = submit(handler, unit)
    states.append(unit["state"])
    desk = supervisor.move(supervisor.task(task["id"]), "fail", reason="partly_fixed")
    states.append(desk["state"])
    submit(handler, handler.task(task["id"]), seed=3)
    desk = supervisor.move(supervisor.task(task["id"]), "pass")
    states.append(desk["state"])
    assert states == [
        "reported", "filed", "dispatched", "handling", "verifying", "rework", "closed",
    ]  # fmt: skip
    assert desk["closed_at"] is not None
    assert desk["moves"] == ["reopen"]
    assert [e["move"] for e in desk["events"]] == [
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


# --- limits, with the clock in our hands ----------------------------------------------------------


@pytest.mark.one_database
def test_the_supervisor_has_two_working_hours_to_file(
    observer: Device, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    observer = Device(observer.app, observer.login, observer.password)
    assert reported(observer)["due_at"] == "2026-03-04T03:00:00.000Z"


@pytest.mark.one_database
def test_dispatching_has_two_working_hours_of_its_own(
    app: Any, sign_in: Any, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-03-04T11:00:00+08:00")
    observer, supervisor = sign_in("chen"), sign_in("like")
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    # Lunch from 12 to 14 does not count.
    assert task["due_at"] == "2026-03-04T07:00:00.000Z"


@pytest.mark.one_database
def test_the_units_limit_runs_from_the_dispatch(sign_in: Any, fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    observer, supervisor = sign_in("chen"), sign_in("like")
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    fake_clock.forward(minutes=30)
    task = supervisor.move(task, "dispatch")
    # 店外经营: two continuous hours.
    assert task["due_at"] == "2026-03-04T03:30:00.000Z"
    assert task["deadline"]["explanation"]


@pytest.mark.one_database
def test_a_limit_in_working_days_passes_over_the_holidays(
    sign_in: Any, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-09-30T09:00:00+08:00")
    observer, supervisor = sign_in("chen"), sign_in("like")
    # 垃圾箱破损缺失: three working days; 1–7 October is off, the 10th is a working Saturday.
    task = dispatched(observer, supervisor, category="GG0401")
    assert task["due_at"] == "2026-10-10T01:00:00.000Z"
    assert task["provisional"] is False


@pytest.mark.one_database
def test_a_limit_into_an_unpublished_year_says_it_is_provisional(
    sign_in: Any, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-12-31T17:00:00+08:00")
    observer, supervisor = sign_in("chen"), sign_in("like")
    assert dispatched(observer, supervisor, category="GG0401")["provisional"] is True


@pytest.mark.one_database
def test_a_task_past_its_limit_is_overdue(sign_in: Any, fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    task = dispatched(sign_in("chen"), sign_in("like"))
    fake_clock.forward(hours=2, seconds=1)
    assert sign_in("like").task(task["id"])["overdue"] is True


@pytest.mark.one_database
def test_the_time_in_verification_is_not_the_units(sign_in: Any, fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    observer, supervisor, handler = sign_in("chen"), sign_in("like"), sign_in("wang")
    unit = handling(observer, supervisor, handler)
    fake_clock.forward(minutes=30)
    submit(handler, unit)
    fake_clock.forward(days=1)
    supervisor, handler = sign_in("like"), sign_in("wang")
    task = supervisor.task(unit["id"])
    assert task["overdue"] is False
    task = supervisor.move(task, "fail", reason="not_fixed")
    # Two hours less the half hour that was used.
    assert task["due_at"] == "2026-03-05T03:00:00.000Z"


@pytest.mark.one_database
def test_rework_that_runs_over_the_rest_is_overdue(sign_in: Any, fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    observer, supervisor, handler = sign_in("chen"), sign_in("like"), sign_in("wang")
    unit = handling(observer, supervisor, handler)
    fake_clock.forward(minutes=50)
    task = submit(handler, unit)
    fake_clock.forward(days=1)
    supervisor = sign_in("like")
    supervisor.move(supervisor.task(task["id"]), "fail", reason="not_fixed")
    fake_clock.forward(minutes=71)
    assert sign_in("wang").task(task["id"])["overdue"] is True


@pytest.mark.one_database
def test_after_a_hand_back_the_next_unit_gets_a_limit_of_its_own(
    sign_in: Any, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    observer, supervisor, handler = sign_in("chen"), sign_in("like"), sign_in("wang")
    task = dispatched(observer, supervisor)
    fake_clock.forward(minutes=50)
    handler.move(handler.task(task["id"]), "hand_back", reason="not_ours")
    unit = sign_in("he").person["unit"]["id"]
    again = supervisor.move(supervisor.task(task["id"]), "dispatch", unit_id=unit)
    assert again["due_at"] == "2026-03-04T03:50:00.000Z"


# --- handing back --------------------------------------------------------------------------------


def hand_back_once(supervisor: Device, unit: Device, task_id: str) -> dict[str, Any]:
    desk = supervisor.task(task_id)
    if desk["state"] != "dispatched":
        desk = supervisor.move(desk, "dispatch", unit_id=unit.person["unit"]["id"])
    unit.move(unit.task(task_id), "hand_back", reason="not_ours", note="不归我们")
    return supervisor.task(task_id)


def test_a_task_handed_back_lies_with_nobody(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = hand_back_once(supervisor, handler, dispatched(observer, supervisor)["id"])
    assert (task["state"], task["unit"], task["dispatched_at"]) == ("handed_back", None, None)
    assert handler.get(f"/tasks/{task['id']}").status_code == 404


def test_the_reason_of_a_hand_back_is_told(
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


# --- what a step needs ---------------------------------------------------------------------------


@pytest.mark.one_database
@pytest.mark.parametrize("move", ["reject", "void"])
def test_a_refusal_needs_a_reason(observer: Device, supervisor: Device, move: str) -> None:
    task = supervisor.task(reported(observer)["id"])
    assert problem(supervisor.ask(task, move)) == (422, "reason-missing")
    assert problem(supervisor.ask(task, move, reason="  ")) == (422, "reason-missing")


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
    he = sign_in("he")
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    task = supervisor.move(task, "dispatch", unit_id=he.person["unit"]["id"])
    assert task["unit"] == he.person["unit"]
    assert he.task(task["id"])["moves"] == ["accept", "hand_back"]


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
def test_words_close_what_nobody_can_photograph(
    observer: Device, supervisor: Device, sign_in: Any
) -> None:
    handler = sign_in("wang")
    task = handling(observer, supervisor, handler, category="BW0101")
    assert handler.move(task, "submit", note="已当场改正")["state"] == "verifying"


@pytest.mark.one_database
def test_what_each_step_needs_is_told_beforehand(observer: Device, supervisor: Device) -> None:
    forms = {f["move"]: f for f in supervisor.task(reported(observer)["id"])["move_forms"]}
    assert forms["file"]["needs"] == []
    assert forms["reject"]["needs"] == ["reason"]
    assert forms["reject"]["reasons"][0]["label"] == "不属于问题"


# --- photos of a move ----------------------------------------------------------------------------


def test_a_move_whose_photos_are_still_to_come_waits(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, after = handling(observer, supervisor, handler), Shot(jpeg(2), "after")
    answer = handler.ask(task, "submit", photos=[after.declared()])
    assert answer.status_code == 202
    assert answer.json["pending_move"]["move"] == "submit"
    handler.upload(after)
    assert handler.task(task["id"])["state"] == "verifying"


def test_a_photo_uploaded_under_the_moves_id_belongs_to_it(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, after, move_id = handling(observer, supervisor, handler), Shot(jpeg(2), ""), new_id()
    told = {"photo_id": after.photo_id, "sha256": after.sha256, "op_id": move_id}
    handler.upload(after, **{"Upload-Metadata": base64_of(told)})
    answer = handler.ask(task, "submit", move_id=move_id)
    assert (answer.status_code, answer.json["state"]) == (200, "verifying")


def base64_of(told: dict[str, str]) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in told.items())


def test_an_uploaded_photo_may_be_named_by_its_id(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, after = handling(observer, supervisor, handler), Shot(jpeg(2))
    handler.upload(after)
    assert handler.move(task, "submit", photos=[after.photo_id])["state"] == "verifying"


def test_a_photo_nobody_uploaded_cannot_be_named_by_its_id(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    answer = handler.ask(task, "submit", photos=[new_id()])
    assert problem(answer) == (422, "invalid")
    assert answer.json["errors"][0]["pointer"] == "/photos/0"


def test_the_before_photo_cannot_be_handed_in_again_as_the_after_photo(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    before = supervisor.task(task["id"])["evidence"][0]
    answer = handler.ask(task, "submit", photos=[before["id"]])
    assert problem(answer) == (422, "invalid")


# --- versions and repeats ------------------------------------------------------------------------


def test_a_step_from_a_version_gone_by_is_refused(observer: Device, supervisor: Device) -> None:
    task = supervisor.task(reported(observer)["id"])
    supervisor.move(task, "file")
    answer = supervisor.ask(task, "reject", reason="duplicate")
    assert problem(answer) == (409, "stale-version")
    assert answer.json["server"] == {
        "id": task["id"],
        "state": "filed",
        "version": task["version"] + 1,
    }


def test_the_step_is_taken_after_a_look_at_the_new_version(
    observer: Device, supervisor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    supervisor.move(task, "file")
    assert supervisor.ask(task, "void", reason="privacy").status_code == 409
    assert supervisor.move(supervisor.task(task["id"]), "void", reason="privacy")["state"] == "void"


def test_a_move_id_sent_again_gets_its_first_answer(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    task, move_id = supervisor.task(reported(observer)["id"]), new_id()
    first = supervisor.ask(task, "file", move_id=move_id)
    again = supervisor.ask(task, "file", move_id=move_id)
    assert (again.status_code, again.json) == (200, first.json)
    assert rows.count(TaskEvent, TaskEvent.move == "file") == 1


def test_a_hand_back_sent_again_is_answered_though_the_task_is_out_of_sight(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, move_id = dispatched(observer, supervisor), new_id()
    for _ in range(2):
        answer = handler.ask(task, "hand_back", reason="not_ours", move_id=move_id)
        assert (answer.status_code, answer.json["state"]) == (200, "handed_back")


def test_a_hand_back_sent_again_tells_nothing_of_what_happened_since(
    observer: Device, supervisor: Device, handler: Device, sign_in: Any
) -> None:
    task, move_id, he = dispatched(observer, supervisor), new_id(), sign_in("he")
    handler.ask(task, "hand_back", reason="not_ours", move_id=move_id)
    unit = he.person["unit"]
    supervisor.move(supervisor.task(task["id"]), "dispatch", unit_id=unit["id"])
    again = handler.ask(task, "hand_back", reason="not_ours", move_id=move_id)
    assert again.json["state"] == "handed_back"
    assert unit["name"] not in again.text


def test_the_same_move_id_with_other_content_is_refused(
    observer: Device, supervisor: Device
) -> None:
    task, move_id = supervisor.task(reported(observer)["id"]), new_id()
    supervisor.ask(task, "file", move_id=move_id)
    answer = supervisor.ask(task, "void", reason="privacy", move_id=move_id)
    assert problem(answer) == (409, "move-id-reused")


def test_somebody_elses_move_id_is_refused(
    observer: Device, supervisor: Device, sign_in: Any
) -> None:
    task, move_id = supervisor.task(reported(observer)["id"]), new_id()
    supervisor.ask(task, "file", move_id=move_id)
    answer = sign_in("chuangwen").ask(task, "file", move_id=move_id)
    assert problem(answer) == (409, "move-id-reused")


def test_a_refused_step_leaves_no_trace(observer: Device, supervisor: Device, rows: Rows) -> None:
    task = supervisor.task(reported(observer)["id"])
    supervisor.ask(task, "pass")
    supervisor.ask(task, "reject")
    assert rows.count(TaskMove) == 0
    assert supervisor.task(task["id"])["version"] == task["version"]


WRONG: list[dict[str, Any]] = [
    {"move": "teleport"},
    {"version": "1"},
    {"move_id": "x"},
    {"extra": 1},
    {"reason": "\0"},
    {"photos": [7]},
    {"unit_id": "x"},
    {"version": None},
]


def test_a_malformed_move_is_told_where_it_is_wrong(
    observer: Device, supervisor: Device, subtests: pytest.Subtests
) -> None:
    task = supervisor.task(reported(observer)["id"])
    for wrong in WRONG:
        with subtests.test(str(wrong)):
            answer = supervisor.ask(task, **({"move": "file"} | wrong))
            assert problem(answer) == (422, "invalid")
            assert answer.json["errors"][0]["pointer"].startswith("/" + next(iter(wrong)))


# --- who -----------------------------------------------------------------------------------------


@pytest.mark.one_database
def test_an_outsiders_step_meets_no_task(observer: Device, outsider: Device) -> None:
    task = reported(observer)
    assert outsider.get(f"/tasks/{task['id']}").status_code == 404
    assert outsider.ask(task, "file").status_code == 404


@pytest.mark.one_database
def test_another_units_handler_meets_no_task(
    observer: Device, supervisor: Device, sign_in: Any
) -> None:
    task, stranger = dispatched(observer, supervisor), sign_in("zhao")
    assert stranger.get(f"/tasks/{task['id']}").status_code == 404
    assert stranger.ask(task, "accept").status_code == 404


@pytest.mark.one_database
def test_a_task_exists_for_the_unit_from_the_dispatch_on(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    assert handler.get(f"/tasks/{task['id']}").status_code == 404
    supervisor.move(task, "dispatch")
    assert handler.get(f"/tasks/{task['id']}").status_code == 200


@pytest.mark.one_database
def test_an_unknown_task_is_404(supervisor: Device) -> None:
    assert supervisor.get(f"/tasks/{new_id()}").status_code == 404
    assert supervisor.ask({"id": new_id(), "version": 1}, "file").status_code == 404


@pytest.mark.one_database
def test_the_reporter_reads_the_task_and_moves_nothing(observer: Device) -> None:
    task = reported(observer)
    assert task["moves"] == []
    assert problem(observer.ask(task, "file")) == (403, "not-allowed")


@pytest.mark.one_database
def test_an_admin_reads_and_does_not_judge(observer: Device, admin: Device) -> None:
    task = reported(observer)
    assert admin.task(task["id"])["moves"] == []
    assert problem(admin.ask(task, "file")) == (403, "not-allowed")


@pytest.mark.one_database
def test_a_supervisor_does_not_hand_in_for_the_unit(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    assert problem(supervisor.ask(task, "submit")) == (403, "not-allowed")


@pytest.mark.one_database
def test_a_handler_does_not_pass_the_own_work(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    assert problem(handler.ask(task, "pass")) == (403, "not-allowed")


@pytest.mark.one_database
def test_a_supervisor_of_the_units_own_side_does_not_verify(
    observer: Device, supervisor: Device, handler: Device, sign_in: Any, rows: Rows
) -> None:
    unit_id = UUID(handler.person["unit"]["id"])
    one = sa.update(Person).where(Person.login == "like").values(unit_id=unit_id)
    rows.write(lambda session: session.execute(one))
    task = verifying(observer, supervisor, handler)
    assert "pass" not in task["moves"]
    assert problem(supervisor.ask(task, "pass")) == (403, "not-allowed")
    assert sign_in("chuangwen").move(task, "pass")["state"] == "closed"


@pytest.mark.one_database
def test_a_handler_never_reads_who_reported(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    told = handler.get(f"/tasks/{task['id']}").text + handler.get("/tasks").text
    assert observer.person["id"] not in told
    assert observer.person["name"] not in told
    assert "reporter" not in told
    assert task["events"][0]["actor"] == "文明观察员"


@pytest.mark.one_database
def test_a_handler_does_not_open_the_record(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    assert handler.get(f"/observations/{task['observation_id']}").status_code == 404


@pytest.mark.one_database
def test_a_supervisor_reads_who_reported(observer: Device, supervisor: Device) -> None:
    task = supervisor.task(reported(observer)["id"])
    assert task["reporter"] == {"id": observer.person["id"], "name": "小陈"}


# --- ways out ------------------------------------------------------------------------------------


def in_state(state: str, observer: Device, supervisor: Device, handler: Device) -> dict[str, Any]:
    """A task brought to a state, as the supervisor sees it."""
    match state:
        case "awaiting_evidence":
            sent = record(Shot(jpeg()))
            observer.send(sent)
            seen = observer.get(f"/observations/{sent['entity_id']}").json
            return supervisor.task(seen["task_id"])
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
def test_a_rejected_case_tells_its_reporter_why(observer: Device, supervisor: Device) -> None:
    task = reported(observer)
    supervisor.move(supervisor.task(task["id"]), "reject", reason="unclear_evidence")
    seen = observer.get(f"/observations/{task['observation_id']}").json
    assert seen["task"]["verdict"]["reason_label"] == "照片看不清"


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
def test_an_offline_move_of_the_same_id_as_a_desk_move_is_not_taken_twice(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    task, move_id = dispatched(observer, supervisor), new_id()
    handler.ask(task, "accept", move_id=move_id)
    sent = op("task.move", task["id"], {"move": "accept"}, base_version=task["version"])
    (result,) = handler.send(sent | {"op_id": move_id})
    assert result["problem"]["slug"] == "move-id-reused"
    assert rows.count(TaskEvent, TaskEvent.move == "accept") == 1
