"""Joining a case nearby 并入附近案件: what is shown before, what the record becomes, who hears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from inspect_server.models import Person
from tests.support.actors import IN_MAOJIAN, IN_ZHANGWAN, Device, Shot, jpeg, new_id, record
from tests.support.case_walks import CATEGORY, closed, dispatched, problem, reported, verifying
from tests.support.rows import Rows

HERE = {"lon": IN_MAOJIAN["lon"], "lat": IN_MAOJIAN["lat"], "category": CATEGORY}
# A few steps, and two streets from it.
NEAR = IN_MAOJIAN | {"lat": 32.52930}
FAR = IN_MAOJIAN | {"lat": 32.53200}
BEHAVIOUR = "BW0101"


def around(device: Device, **more: Any) -> list[dict[str, Any]]:
    """The cases a phone shows before it saves."""
    answer = device.post("/observations/around", HERE | more)
    assert answer.status_code == 200, answer.text
    return list((answer.json or {})["items"])


def joined(device: Device, task_id: str, *shots: Shot, **more: Any) -> dict[str, Any]:
    """Send a record that names a case nearby; returns it as its author reads it."""
    data = {"place": NEAR, "joins": task_id} | more
    return device.report(*(shots or (Shot(jpeg(1)),)), **data)


def reasons(observation: dict[str, Any]) -> list[str | None]:
    """Why a record was not merged."""
    return [e["reason"] for e in observation["task"]["events"] if e["move"] == "not_joined"]


def notices(device: Device) -> list[dict[str, Any]]:
    """What a phone has in its inbox, the oldest first."""
    changes = device.pull()["changes"]
    found = [c["data"] for c in changes if c["collection"] == "notices" and c["data"]]
    return sorted(found, key=lambda notice: notice["at"])


# --- what is shown -------------------------------------------------------------------------------


def test_open_cases_nearby_are_shown_without_author_note_number_or_place(
    observer: Device, visitor: Device
) -> None:
    task = reported(observer, note="桶满了，店主是张三")
    (case,) = around(visitor, lat=NEAR["lat"])
    assert case == {
        "task_id": task["id"],
        "category": CATEGORY,
        "category_name": "店外经营",
        "state": "reported",
        "distance_m": 20,
        "mine": False,
        "joinable": True,
        "thumb": None,
    }
    assert around(observer)[0]["mine"] is True


def test_the_own_category_comes_first_and_another_cannot_be_joined(
    observer: Device, visitor: Device
) -> None:
    reported(observer, category="GG0402")
    reported(observer, place=NEAR)
    shown = around(visitor)
    assert [case["category"] for case in shown] == [CATEGORY, "GG0402"]
    assert [case["joinable"] for case in shown] == [True, False]


def test_a_case_that_its_unit_has_submitted_is_shown_and_not_joined(
    observer: Device, supervisor: Device, handler: Device, visitor: Device
) -> None:
    verifying(observer, supervisor, handler)
    (case,) = around(visitor)
    assert (case["state"], case["joinable"]) == ("verifying", False)


@pytest.mark.one_database
def test_nothing_is_shown_of_what_is_far_undelivered_ended_or_elsewhere(
    observer: Device, visitor: Device, supervisor: Device, handler: Device
) -> None:
    reported(observer, place=FAR)
    observer.send(record(Shot(jpeg(3))))
    closed(observer, supervisor, handler)
    observer.report(place=IN_ZHANGWAN)
    assert around(visitor) == []
    assert around(visitor, lon=IN_ZHANGWAN["lon"], lat=IN_ZHANGWAN["lat"]) == []
    assert around(visitor, lon=2.35, lat=48.85) == []


@pytest.mark.one_database
def test_a_visit_is_not_announced_by_it(
    observer: Device, visitor: Device, supervisor: Device
) -> None:
    task = reported(observer)
    before = around(visitor)
    request = {"visit_id": new_id(), "observer_id": visitor.person["id"]}
    assert supervisor.post(f"/tasks/{task['id']}/visits", request).status_code == 201
    assert around(visitor) == before


@pytest.mark.one_database
def test_only_those_who_report_may_look(
    app: Flask, observer: Device, handler: Device, supervisor: Device, admin: Device
) -> None:
    reported(observer)
    for person in (handler, supervisor, admin):
        assert problem(person.post("/observations/around", HERE)) == (403, "not-allowed")
    answer = app.test_client().post("/api/v1/observations/around", json=HERE)
    assert answer.status_code == 401


@pytest.mark.one_database
def test_a_volunteer_of_the_judged_unit_sees_nothing_of_it(
    observer: Device, visitor: Device, handler: Device, rows: Rows
) -> None:
    reported(observer)
    unit_id = UUID(handler.person["unit"]["id"])
    one = sa.update(Person).where(Person.login == "lin").values(unit_id=unit_id)
    rows.write(lambda session: session.execute(one))
    assert around(visitor) == []


@pytest.mark.one_database
@pytest.mark.parametrize("wrong", [{"lon": 200}, {"lat": None}, {"radius_m": 5000}, {"lat": "x"}])
def test_what_is_no_position_is_refused(observer: Device, wrong: dict[str, Any]) -> None:
    assert problem(observer.post("/observations/around", HERE | wrong))[0] == 422


@pytest.mark.one_database
def test_nobody_looks_through_the_city_in_a_minute(observer: Device, visitor: Device) -> None:
    answers = [observer.post("/observations/around", HERE).status_code for _ in range(22)]
    assert answers[:20] == [200] * 20
    assert set(answers[20:]) == {429}
    # Another person behind the same address is not held up.
    assert visitor.post("/observations/around", HERE).status_code == 200


def test_a_small_picture_is_shown_but_none_of_peoples_behaviour(
    observer: Device, visitor: Device, work: Callable[[], int]
) -> None:
    reported(observer)
    reported(observer, category=BEHAVIOUR)
    work()
    shown = {case["category"]: case["thumb"] for case in around(visitor)}
    assert shown[BEHAVIOUR] is None
    picture = visitor.client.get(shown[CATEGORY]["url"])
    assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")


# --- what the record becomes ---------------------------------------------------------------------


def test_a_record_joins_once_its_photos_have_come_and_both_hear_the_verdict(
    observer: Device, visitor: Device, supervisor: Device, handler: Device
) -> None:
    first = reported(observer)
    photo = Shot(jpeg(1))
    sent = record(photo, place=NEAR, joins=first["id"])
    (result,) = visitor.send(sent)
    assert result["status"] == "accepted"
    second = visitor.get(f"/observations/{sent['entity_id']}").json
    assert second["task"]["state"] == "awaiting_evidence"
    assert visitor.upload(photo).status_code == 201
    second = visitor.get(f"/observations/{sent['entity_id']}").json
    assert second["task"]["state"] == "merged"
    assert second["task"]["verdict"]["move"] == "merged_by_rule"
    assert second["task"]["into"] == {"number": first["number"], "state": "reported"}
    assert [n["kind"] for n in notices(visitor)] == ["task_merged"]

    # The office reads in the first case that another record came in.
    task = supervisor.task(first["id"])
    assert task["events"][-1]["move"] == "took_in"
    assert task["events"][-1]["note"] == second["task"]["number"]

    task = supervisor.move(supervisor.move(task, "file"), "dispatch")
    task = handler.move(handler.task(task["id"]), "accept")
    after = Shot(jpeg(2), "after")
    handler.upload(after)
    handler.move(task, "submit", photos=[after.declared()])
    task = supervisor.task(task["id"])
    confirmed = [hint["kind"] for hint in task["hints"] if hint["to_confirm"]]
    supervisor.move(task, "pass", confirmed=confirmed)

    heard, also = notices(observer)[-1], notices(visitor)[-1]
    assert (heard["kind"], also["kind"]) == ("task_closed", "task_closed")
    # Each is led to the own record, and reads there how the other case ended.
    assert heard["observation_id"] == first["observation_id"]
    assert also["observation_id"] == second["id"]
    assert visitor.get(f"/observations/{second['id']}").json["task"]["into"]["state"] == "closed"


def test_a_joined_record_is_pulled_again_when_the_case_ends(
    observer: Device, visitor: Device, supervisor: Device
) -> None:
    first = reported(observer)
    second = joined(visitor, first["id"])
    cursor = visitor.pull()["cursor"]
    supervisor.move(supervisor.task(first["id"]), "reject", reason="not_a_problem")
    pulled = {c["id"]: c["data"] for c in visitor.pull(cursor)["changes"]}
    assert pulled[second["id"]]["task"]["into"]["state"] == "rejected"
    assert notices(visitor)[-1]["kind"] == "task_rejected"


def test_a_record_sent_again_is_merged_once(observer: Device, visitor: Device) -> None:
    first = reported(observer)
    photo = Shot(jpeg(1))
    sent = record(photo, place=NEAR, joins=first["id"])
    visitor.send(sent)
    visitor.upload(photo)
    (again,) = visitor.send(sent)
    assert again["status"] == "duplicate"
    visitor.upload(photo)
    record_now = visitor.get(f"/observations/{sent['entity_id']}").json
    kinds = [event["move"] for event in record_now["task"]["events"]]
    assert kinds.count("merged_by_rule") == 1


def test_a_record_names_a_case_that_went_into_another(
    observer: Device, visitor: Device, supervisor: Device
) -> None:
    first, other = reported(observer), reported(observer, Shot(jpeg(4)))
    supervisor.move(supervisor.task(first["id"]), "merge", into=other["id"])
    second = joined(visitor, first["id"])
    assert second["task"]["into"]["number"] == other["number"]
    # The reporter of the first hears the end through both.
    supervisor.move(supervisor.task(other["id"]), "reject", reason="not_a_problem")
    assert notices(visitor)[-1]["observation_id"] == second["id"]


# --- where the rule does not hold, nothing is lost -----------------------------------------------


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"place": FAR}, "join_too_far"),
        ({"place": None}, "join_other_district"),
        ({"place": IN_ZHANGWAN}, "join_other_district"),
        ({"category": "MQ0202"}, "join_other_category"),
        ({"severity": 1}, "join_more_severe"),
        ({"joins": new_id()}, "join_unknown"),
    ],
)
@pytest.mark.one_database
def test_another_problem_gets_a_case_of_its_own_and_the_person_reads_why(
    observer: Device, visitor: Device, more: dict[str, Any], reason: str
) -> None:
    first = reported(observer)
    second = joined(visitor, first["id"], **more)
    assert second["task"]["state"] == "reported"
    assert reasons(second) == [reason]
    assert second["task"]["into"] is None
    (told,) = notices(visitor)
    assert told["observation_id"] == second["id"]
    assert "另立一件" in told["body"]
    assert observer.task(first["id"])["events"][-1]["move"] != "took_in"


def test_a_case_that_ended_meanwhile_is_not_joined(
    observer: Device, visitor: Device, supervisor: Device, handler: Device
) -> None:
    task = closed(observer, supervisor, handler)
    assert reasons(joined(visitor, task["id"])) == ["join_ended"]


@pytest.mark.one_database
def test_a_case_that_its_unit_submitted_meanwhile_is_not_joined(
    observer: Device, visitor: Device, supervisor: Device, handler: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    second = joined(visitor, task["id"])
    assert reasons(second) == ["join_submitted"]
    assert second["task"]["state"] == "reported"


@pytest.mark.one_database
def test_what_was_settled_on_the_spot_keeps_its_own_case(observer: Device, visitor: Device) -> None:
    first = reported(observer)
    second = joined(visitor, first["id"], outcome="persuaded")
    assert reasons(second) == ["join_settled"]


@pytest.mark.one_database
def test_a_record_that_names_nothing_is_as_it_was(observer: Device, visitor: Device) -> None:
    reported(observer)
    second = joined(visitor, "", joins=None)
    assert [e["move"] for e in second["task"]["events"]] == ["opened", "evidence_settled"]


@pytest.mark.one_database
def test_what_is_no_id_is_quarantined_with_its_record(visitor: Device) -> None:
    (result,) = visitor.send(record(joins="that one"))
    assert result["status"] == "quarantined"


@pytest.mark.one_database
def test_a_unit_at_work_is_not_disturbed_by_a_record_that_joins(
    observer: Device, visitor: Device, supervisor: Device, handler: Device
) -> None:
    task = dispatched(observer, supervisor)
    seen = handler.task(task["id"])
    joined(visitor, task["id"])
    assert handler.move(seen, "accept")["state"] == "handling"


@pytest.mark.one_database
def test_a_record_that_the_office_lets_proceed_joins_too(
    observer: Device, visitor: Device, supervisor: Device
) -> None:
    first = reported(observer)
    sent = record(Shot(jpeg(1)), place=NEAR, joins=first["id"])
    visitor.send(sent)
    waiting = visitor.get(f"/observations/{sent['entity_id']}").json
    supervisor.move(supervisor.task(waiting["task_id"]), "proceed", reason="photos_lost")
    assert supervisor.task(waiting["task_id"])["state"] == "merged"
