"""Findings of visits from a phone: applied once, with their photos, and never lost."""

from __future__ import annotations

from typing import Any

import pytest

from inspect_server.models import Photo, TaskEvent, Visit
from schemas.vocabulary import OpStatus, SystemEvent
from tests.support.actors import Device, Shot, jpeg, new_id
from tests.support.case_walks import finding, reported, verifying, visit, visits_on
from tests.support.rows import Rows


def visit_of(
    visitor: Device, observer: Device, supervisor: Device
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A case, and a visit of it under way."""
    task = supervisor.task(reported(observer)["id"])
    return task, visit(supervisor, task, visitor)


def status(result: dict[str, Any]) -> tuple[str, str | None]:
    return result["status"], (result.get("problem") or {}).get("slug")


def recorded(rows: Rows) -> int:
    return rows.count(TaskEvent, TaskEvent.move == str(SystemEvent.VISIT_RECORDED))


def test_a_finding_is_taken_and_its_photos_are_wanted(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task, requested = visit_of(visitor, observer, supervisor)
    shot = Shot(jpeg(5))
    (result,) = visitor.send(finding(requested, shot))
    assert (result["status"], result["wanted"]) == ("accepted", [shot.photo_id])
    assert visits_on(visitor) == {}
    assert supervisor.task(task["id"])["visits"][0]["found_note"] == "还在"


def test_a_photo_that_came_first_is_attached(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task, requested = visit_of(visitor, observer, supervisor)
    shot = Shot(jpeg(5))
    visitor.upload(shot)
    (result,) = visitor.send(finding(requested, shot))
    assert result["wanted"] == []
    (shown,) = supervisor.task(task["id"])["visits"]
    assert (shown["photos"], shown["missing_photos"]) == ([shot.photo_id], [])


def test_a_finding_sent_twice_is_taken_once(
    observer: Device, supervisor: Device, visitor: Device, rows: Rows
) -> None:
    _, requested = visit_of(visitor, observer, supervisor)
    sent = finding(requested, Shot(jpeg(5)))
    (first,) = visitor.send(sent)
    (again,) = visitor.send(sent)
    assert (again["status"], again["version"]) == ("duplicate", first["version"])
    assert (recorded(rows), rows.count(Photo)) == (1, 2)


def test_a_second_finding_of_the_same_visit_is_kept_as_a_conflict(
    observer: Device, supervisor: Device, visitor: Device, rows: Rows
) -> None:
    _, requested = visit_of(visitor, observer, supervisor)
    visitor.send(finding(requested, Shot(jpeg(5))))
    other = Shot(jpeg(4))
    (second,) = visitor.send(finding(requested, other, finding="confirmed"))
    assert status(second) == ("conflict", "entity-exists")
    assert second["wanted"] == [other.photo_id]
    assert recorded(rows) == 1


def test_a_late_finding_is_kept_as_evidence(
    observer: Device, supervisor: Device, handler: Device, visitor: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    requested = visit(supervisor, task, visitor)
    supervisor.move(task, "pass")
    shot = Shot(jpeg(5))
    (result,) = visitor.send(finding(requested, shot))
    assert (result["status"], result["wanted"]) == ("accepted", [shot.photo_id])
    current = supervisor.task(task["id"])
    assert current["state"] == "closed"
    assert (current["visits"][0]["late"], current["evidence"][-1]["photo_id"]) == (
        True,
        shot.photo_id,
    )
    assert current["events"][-1]["note"] == "来晚了，仍作为证据保存。还在"
    titles = [n["title"] for n in visitor.get("/me/notices").json["items"]]
    assert "来晚了，仍作为证据保存" in titles


def test_a_late_finding_holds_up_no_unit_that_works_offline(
    observer: Device, supervisor: Device, handler: Device, visitor: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    requested = visit(supervisor, task, visitor)
    supervisor.move(task, "fail", reason="not_fixed")
    current = handler.task(task["id"])
    visitor.send(finding(requested, Shot(jpeg(5))))
    after = Shot(jpeg(1), "after")
    handler.upload(after)
    assert handler.move(current, "submit", photos=[after.declared()])["state"] == "verifying"


def test_a_finding_of_somebody_elses_visit_is_kept_and_refused(
    observer: Device, supervisor: Device, visitor: Device, rows: Rows
) -> None:
    _, requested = visit_of(visitor, observer, supervisor)
    (result,) = observer.send(finding(requested, Shot(jpeg(5))))
    assert status(result) == ("quarantined", "visit-unknown")
    assert "visit-unknown" in [q["reason"] for q in supervisor.get("/quarantine").json["items"]]
    assert (recorded(rows), len(visits_on(visitor))) == (0, 1)


def test_a_finding_without_a_requested_visit_is_kept(visitor: Device) -> None:
    (result,) = visitor.send(finding({"id": new_id()}, Shot(jpeg(5))))
    assert status(result) == ("quarantined", "visit-unknown")


def test_a_finding_of_a_withdrawn_visit_is_kept_with_its_photos(
    observer: Device, supervisor: Device, visitor: Device, rows: Rows
) -> None:
    task, requested = visit_of(visitor, observer, supervisor)
    supervisor.post(f"/tasks/{task['id']}/visits/{requested['id']}/withdrawal", {})
    shot = Shot(jpeg(5))
    (result,) = visitor.send(finding(requested, shot))
    assert status(result) == ("quarantined", "visit-withdrawn")
    assert result["wanted"] == [shot.photo_id]
    (item,) = supervisor.get("/quarantine").json["items"]
    assert (item["kind"], item["reason"]) == ("visit.record", "visit-withdrawn")
    kinds = [n["kind"] for n in visitor.get("/me/notices").json["items"]]
    assert "quarantined" in kinds
    assert recorded(rows) == 0


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"finding": "confirmed"}, "/photos"),
        ({"finding": "cannot_tell", "note": "  "}, "/data/note"),
        ({"finding": "perhaps"}, "/data/finding"),
    ],
    ids=["no-photo", "no-word", "no-such-finding"],
)
def test_a_finding_that_shows_nothing_is_kept_and_refused(
    observer: Device, supervisor: Device, visitor: Device, data: dict[str, Any], pointer: str
) -> None:
    _, requested = visit_of(visitor, observer, supervisor)
    (result,) = visitor.send(finding(requested, **data))
    assert status(result) == ("quarantined", "invalid")
    assert [e["pointer"] for e in result["problem"]["errors"]] == [pointer]
    assert len(visits_on(visitor)) == 1


def test_a_finding_without_a_photo_needs_a_note(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task, requested = visit_of(visitor, observer, supervisor)
    (result,) = visitor.send(finding(requested, finding="cannot_tell", note="大门锁着", place=None))
    assert result["status"] == "accepted"
    (shown,) = supervisor.task(task["id"])["visits"]
    assert (shown["finding"], shown["place"], shown["photos"]) == ("cannot_tell", None, [])


def test_too_many_photos_are_kept_and_refused(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    _, requested = visit_of(visitor, observer, supervisor)
    (result,) = visitor.send(finding(requested, *(Shot(jpeg()) for _ in range(10))))
    assert status(result) == ("quarantined", "too-many-photos")


def test_a_photo_of_another_record_spoils_no_other_op(
    observer: Device, supervisor: Device, visitor: Device, rows: Rows
) -> None:
    _, requested = visit_of(visitor, observer, supervisor)
    stolen = Shot(jpeg(5))
    visitor.report(stolen)
    results = visitor.send(finding(requested, stolen), finding(requested, Shot(jpeg(4))))
    assert [r["status"] for r in results] == [OpStatus.QUARANTINED, OpStatus.ACCEPTED]
    assert rows.one(Visit).version == 2
