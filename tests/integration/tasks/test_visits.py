"""Visits 现场核实: request, deadline, who sees what, and withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from inspect_server.models import Notice, Person, TaskEvent, Visit
from inspect_server.tasks import jobs
from schemas.vocabulary import NoticeKind, SystemEvent
from tests.support.actors import Device, Shot, jpeg, new_id
from tests.support.case_walks import (
    ask_visit,
    dispatched,
    finding,
    reported,
    verifying,
    visit,
    visits_on,
)
from tests.support.clock import FakeClock
from tests.support.rows import Rows


def slug(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["slug"]


def offered_visitors(supervisor: Device, task: dict[str, Any]) -> list[str]:
    answer = supervisor.get(f"/tasks/{task['id']}/visitors")
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json["items"]]


# --- asking -----------------------------------------------------------------------------------


def test_a_lead_is_checked_before_it_is_filed(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    requested = visit(supervisor, task, visitor)
    assert (requested["kind"], requested["state"], requested["note"]) == (
        "pre_check",
        "asked",
        "看门前",
    )
    assert requested["observer"] == {"id": visitor.person["id"], "name": "小林"}


def test_a_repair_is_checked_while_it_is_verified(
    observer: Device, supervisor: Device, handler: Device, visitor: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    assert visit(supervisor, task, visitor)["kind"] == "verify"


def test_a_visit_is_no_move(observer: Device, supervisor: Device, visitor: Device) -> None:
    task = supervisor.task(reported(observer)["id"])
    visit(supervisor, task, visitor)
    current = supervisor.task(task["id"])
    assert (current["state"], current["moves"]) == ("reported", task["moves"])
    assert current["due_at"] == task["due_at"]


def test_asking_and_finding_are_in_the_history(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    requested = visit(supervisor, task, visitor)
    shot = Shot(jpeg(5))
    visitor.send(finding(requested, shot))
    asking, recorded = supervisor.task(task["id"])["events"][-2:]
    assert (asking["move"], asking["actor"], asking["note"]) == ("visit_asked", "李科", "看门前")
    assert (recorded["move"], recorded["actor"], recorded["note"]) == (
        "visit_recorded",
        "小林",
        "还在",
    )
    assert (recorded["reason_label"], recorded["photos"]) == ("核实：未见此问题", [shot.photo_id])


def test_a_visit_is_due_by_the_working_clock(
    observer: Device, supervisor: Device, visitor: Device, fake_clock: FakeClock
) -> None:
    task = supervisor.task(reported(observer)["id"])
    fake_clock.stop_at("2026-11-20T17:00:00+08:00")
    supervisor = Device(supervisor.app, "like", supervisor.password)
    assert visit(supervisor, task, visitor)["due_at"] == "2026-11-23T01:00:00.000Z"


def test_the_same_visit_asked_twice_is_one(
    observer: Device, supervisor: Device, visitor: Device, rows: Rows
) -> None:
    task = supervisor.task(reported(observer)["id"])
    requested = visit(supervisor, task, visitor)
    again = visit(supervisor, task, visitor, visit_id=requested["id"])
    assert again == requested
    assert rows.count(Visit) == 1
    assert rows.count(TaskEvent, TaskEvent.move == str(SystemEvent.VISIT_ASKED)) == 1


def test_an_id_that_was_used_for_another_visit_is_refused(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    requested = visit(supervisor, task, visitor)
    other = ask_visit(supervisor, task, visitor, visit_id=requested["id"], note="别的")
    assert slug(other) == (409, "move-id-reused")


def test_a_second_visit_waits_for_the_first(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    visit(supervisor, task, visitor)
    second = ask_visit(supervisor, task, visitor)
    assert slug(second) == (409, "visit-under-way")
    assert "撤回" in second.json["detail"]


def test_a_case_at_work_is_not_visited(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task = dispatched(observer, supervisor)
    refused = ask_visit(supervisor, task, visitor)
    assert slug(refused) == (409, "move-not-allowed")
    assert "待核查" in refused.json["detail"]
    assert slug(supervisor.get(f"/tasks/{task['id']}/visitors")) == (409, "move-not-allowed")


def test_a_visit_does_not_hold_up_the_verifier(
    observer: Device, supervisor: Device, handler: Device, visitor: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    visit(supervisor, task, visitor)
    assert supervisor.move(task, "pass")["state"] == "closed"


def test_a_verifier_first_reads_what_was_found(
    observer: Device, supervisor: Device, handler: Device, visitor: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    requested = visit(supervisor, task, visitor)
    before = supervisor.task(task["id"])
    visitor.send(finding(requested, Shot(jpeg(5))))
    assert slug(supervisor.ask(before, "pass")) == (409, "stale-version")


# --- of whom ----------------------------------------------------------------------------------


def test_a_lead_is_not_checked_by_its_own_reporter(observer: Device, supervisor: Device) -> None:
    task = supervisor.task(reported(observer)["id"])
    refused = ask_visit(supervisor, task, observer)
    assert slug(refused) == (422, "visitor-unsuitable")
    assert "上报人" in refused.json["detail"]
    assert "小陈" not in offered_visitors(supervisor, task)


def test_a_reporter_may_look_whether_it_was_mended_and_is_offered_last(
    observer: Device, supervisor: Device, handler: Device, visitor: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    assert offered_visitors(supervisor, task) == ["小林", "小陈"]
    assert visit(supervisor, task, observer)["observer"]["name"] == "小陈"


@pytest.mark.parametrize("login", ["wang", "liu", "like"], ids=["handler", "steward", "decider"])
def test_only_observers_are_sent(
    observer: Device, supervisor: Device, sign_in: Callable[..., Device], login: str
) -> None:
    task = supervisor.task(reported(observer)["id"])
    assert slug(ask_visit(supervisor, task, sign_in(login))) == (422, "visitor-unsuitable")


def test_nobody_of_the_unit_that_handled_it_is_sent(
    observer: Device, supervisor: Device, handler: Device, visitor: Device, rows: Rows
) -> None:
    task = verifying(observer, supervisor, handler)
    unit = UUID(task["unit"]["id"])
    somebody = Person.id == UUID(visitor.person["id"])

    def join(session: Any) -> None:
        session.query(Person).filter(somebody).one().unit_id = unit

    rows.write(join)
    assert slug(ask_visit(supervisor, task, visitor)) == (422, "visitor-unsuitable")
    assert offered_visitors(supervisor, task) == ["小陈"]


def test_somebody_who_is_not_there_is_not_sent(observer: Device, supervisor: Device) -> None:
    task = supervisor.task(reported(observer)["id"])
    nobody = {"visit_id": new_id(), "observer_id": new_id()}
    refused = supervisor.post(f"/tasks/{task['id']}/visits", nobody)
    assert slug(refused) == (422, "visitor-unsuitable")


def test_who_is_offered_comes_with_how_near_they_were(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    visitor.report(Shot(jpeg(3)))
    task = supervisor.task(reported(observer)["id"])
    (one,) = supervisor.get(f"/tasks/{task['id']}/visitors").json["items"]
    assert (one["name"], one["distance_m"], one["on_duty_here"]) == ("小林", 0.0, True)
    assert one["visits_open"] == 0


def test_an_outsider_neither_asks_nor_reads(
    observer: Device, supervisor: Device, visitor: Device, outsider: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    requested = visit(supervisor, task, visitor)
    path = f"/tasks/{task['id']}/visits"
    assert slug(ask_visit(outsider, task, visitor)) == (404, "not-found")
    assert slug(outsider.get(f"/tasks/{task['id']}/visitors")) == (404, "not-found")
    assert slug(outsider.post(f"{path}/{requested['id']}/withdrawal", {})) == (404, "not-found")


def test_a_handler_or_observer_asks_nobody(
    observer: Device, supervisor: Device, handler: Device, visitor: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    for person in (handler, observer):
        assert slug(ask_visit(person, task, visitor)) == (403, "not-allowed")


# --- what everybody sees ------------------------------------------------------------------------


def test_the_visitors_phone_shows_what_to_look_at(
    observer: Device, supervisor: Device, handler: Device, visitor: Device
) -> None:
    task = verifying(observer, supervisor, handler, note="占道经营", address="人民路 1 号")
    requested = visit(supervisor, task, visitor)
    shown = visits_on(visitor)[requested["id"]]
    assert (shown["number"], shown["kind"], shown["note"]) == (
        task["number"],
        "verify",
        "看门前",
    )
    assert (shown["problem"], shown["address"]) == ("占道经营", "人民路 1 号")
    assert [p["role"] for p in shown["before"]] == ["scene"]
    assert [p["role"] for p in shown["after"]] == ["after"]
    assert not {"unit", "reporter", "observer"} & set(shown)
    assert visits_on(observer) == {}


def test_whoever_is_to_go_sees_the_photos_until_they_have_been(
    observer: Device,
    supervisor: Device,
    visitor: Device,
    work: Callable[[], int],
) -> None:
    task = supervisor.task(reported(observer)["id"])
    photo = task["evidence"][0]["photo_id"]
    work()
    assert visitor.get(f"/photos/{photo}/review").status_code == 404
    requested = visit(supervisor, task, visitor)
    assert visitor.get(f"/photos/{photo}/review").status_code == 302
    assert visitor.get(f"/photos/{photo}/original").status_code == 404
    visitor.send(finding(requested, Shot(jpeg(5))))
    assert visitor.get(f"/photos/{photo}/review").status_code == 404


def test_the_console_shows_who_found_what_where_and_when(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    requested = visit(supervisor, task, visitor)
    assert supervisor.task(task["id"])["visit_due_at"] == requested["due_at"]
    shot = Shot(jpeg(5))
    visitor.send(finding(requested, shot))
    current = supervisor.task(task["id"])
    (shown,) = current["visits"]
    assert (shown["state"], shown["finding"], shown["late"]) == ("done", "not_confirmed", False)
    assert (shown["distance_m"], shown["place"]["accuracy_m"]) == (0.0, 8)
    assert shown["captured_at"] == "2026-03-04T01:30:00.000Z"
    assert (shown["photos"], shown["missing_photos"]) == ([shot.photo_id], [shot.photo_id])
    assert current["evidence"][-1]["visit_id"] == requested["id"]
    assert current["visit_due_at"] is None
    visitor.upload(shot)
    assert supervisor.task(task["id"])["visits"][0]["missing_photos"] == []


def test_the_judged_unit_is_not_warned_and_reads_no_name(
    observer: Device, supervisor: Device, handler: Device, visitor: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    requested = visit(supervisor, task, visitor)
    before = handler.task(task["id"])
    assert "visits" not in before and "visit_due_at" not in before
    assert "visit_asked" not in [e["move"] for e in before["events"]]
    visitor.send(finding(requested, Shot(jpeg(5))))
    last = handler.task(task["id"])["events"][-1]
    assert (last["move"], last["actor"]) == ("visit_recorded", "文明观察员")


def test_visitor_and_supervisor_get_notices(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    requested = visit(supervisor, task, visitor)
    (notice,) = visitor.get("/me/notices").json["items"]
    assert (notice["kind"], notice["title"]) == ("visit_asked", "请到现场核实")
    visitor.send(finding(requested, Shot(jpeg(5))))
    (supervisor_notice,) = supervisor.get("/me/notices").json["items"]
    assert supervisor_notice["kind"] == "visit_done"
    assert "核实：未见此问题" in supervisor_notice["body"]


def test_the_sheet_shows_the_visit(observer: Device, supervisor: Device, visitor: Device) -> None:
    task = supervisor.task(reported(observer)["id"])
    visitor.send(finding(visit(supervisor, task, visitor), Shot(jpeg(5))))
    sheet = supervisor.get(f"/tasks/{task['id']}/sheet.pdf")
    assert (sheet.status_code, sheet.mimetype) == (200, "application/pdf")


# --- taking it back, and time ---------------------------------------------------------------------


def withdrawn(supervisor: Device, task: dict[str, Any], requested: dict[str, Any]) -> Any:
    return supervisor.post(f"/tasks/{task['id']}/visits/{requested['id']}/withdrawal", {})


def test_a_withdrawn_visit_leaves_the_phone(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    requested = visit(supervisor, task, visitor)
    cursor = visitor.pull()["cursor"]
    for _ in range(2):
        answer = withdrawn(supervisor, task, requested)
        assert (answer.status_code, answer.json["state"]) == (200, "withdrawn")
    (gone,) = [c for c in visitor.pull(cursor)["changes"] if c["collection"] == "visits"]
    assert (gone["id"], gone["op"]) == (requested["id"], "del")
    moves = [e["move"] for e in supervisor.task(task["id"])["events"]]
    assert moves.count("visit_withdrawn") == 1
    assert "visit_withdrawn" in [n["kind"] for n in visitor.get("/me/notices").json["items"]]


def test_after_a_withdrawal_somebody_else_is_asked(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    withdrawn(supervisor, task, visit(supervisor, task, visitor))
    assert visit(supervisor, task, visitor)["state"] == "asked"


def test_a_visit_with_a_finding_cannot_be_withdrawn(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    requested = visit(supervisor, task, visitor)
    visitor.send(finding(requested, Shot(jpeg(5))))
    assert slug(withdrawn(supervisor, task, requested)) == (409, "visit-settled")


def test_a_case_that_goes_on_needs_nobody_to_walk_there(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    visit(supervisor, task, visitor)
    supervisor.move(task, "file")
    assert visits_on(visitor) == {}
    assert [v["state"] for v in supervisor.task(task["id"])["visits"]] == ["lapsed"]
    titles = [n["title"] for n in visitor.get("/me/notices").json["items"]]
    assert "不必再去现场核实" in titles


def test_an_overdue_visit_notifies_visitor_and_supervisor_once(
    observer: Device,
    supervisor: Device,
    handler: Device,
    visitor: Device,
    rows: Rows,
    fake_clock: FakeClock,
    app: Flask,
) -> None:
    task = verifying(observer, supervisor, handler)
    visit(supervisor, task, visitor)
    fake_clock.forward(days=5)

    with app.app_context():
        assert [jobs.ring_alarms(fake_clock()), jobs.ring_alarms(fake_clock())] == [1, 0]
    notices = rows.read(
        lambda s: s.query(Notice.person_id).filter(Notice.kind == NoticeKind.VISIT_OVERDUE).all()
    )
    both = [visitor.person["id"], supervisor.person["id"]]
    assert sorted(str(person) for (person,) in notices) == sorted(both)
