"""Ops the server has seen: repeated, other content under a known id, a record made twice."""

from __future__ import annotations

from inspect_server.models import Quarantined, Task
from tests.support.actors import Device, Shot, jpeg, op, record
from tests.support.push_results import quarantine_reason, statuses
from tests.support.rows import Rows

# --- repeated ------------------------------------------------------------------------------------


def test_sending_the_same_batch_twice_opens_one_task(observer: Device) -> None:
    sent = record(Shot(jpeg()))
    observer.send(sent)
    (again,) = observer.send(sent)
    assert again["status"] == "duplicate"
    assert len(observer.get("/tasks").json["items"]) == 1


def test_a_duplicate_gets_the_version_of_its_first_answer(observer: Device) -> None:
    sent = record()
    (first,) = observer.send(sent)
    observer.send(
        op(
            "observation.amend",
            sent["entity_id"],
            {"fields": {"note": "店主在场"}},
            base_version=1,
        )
    )
    (again,) = observer.send(sent)
    assert again["version"] == first["version"] == 1


def test_the_same_op_twice_in_one_batch_is_applied_once(observer: Device, rows: Rows) -> None:
    sent = record()
    assert statuses(observer.send(sent, sent)) == ["accepted", "duplicate"]
    assert rows.count(Task) == 1


def test_a_phone_whose_clock_moved_on_sends_the_same_op(observer: Device) -> None:
    sent = record()
    observer.send(sent)
    (again,) = observer.send(sent | {"clock": {"offset_ms": -99, "age_ms": 86_400_000}})
    assert again["status"] == "duplicate"


def test_a_duplicate_says_which_photos_are_still_wanted(observer: Device) -> None:
    here, missing = Shot(jpeg()), Shot(jpeg(1))
    sent = record(here, missing)
    observer.send(sent)
    observer.upload(here)
    (again,) = observer.send(sent)
    assert again["wanted"] == [missing.photo_id]


def test_a_quarantined_op_sent_again_is_quarantined_again(observer: Device) -> None:
    sent = record(category="NONE1")
    (first,) = observer.send(sent)
    (again,) = observer.send(sent)
    assert again == first


def test_a_quarantined_op_sent_again_is_listed_once(observer: Device, rows: Rows) -> None:
    sent = record(category="NONE1")
    observer.send(sent)
    observer.send(sent)
    assert rows.count(Quarantined) == 1


def test_a_conflicting_op_sent_again_conflicts_again(observer: Device) -> None:
    first = record()
    rival = record() | {"entity_id": first["entity_id"]}
    observer.send(first)
    (conflict,) = observer.send(rival)
    (again,) = observer.send(rival)
    assert again == conflict


# --- other content under a known id --------------------------------------------------------------


def test_other_content_under_a_known_op_id_is_quarantined(observer: Device) -> None:
    sent = record()
    observer.send(sent)
    assert quarantine_reason(observer, record() | {"op_id": sent["op_id"]}) == "op-id-reused"


def test_a_reused_op_id_leaves_the_first_receipt_as_it_was(observer: Device) -> None:
    sent = record()
    observer.send(sent)
    observer.send(record(category="NONE1") | {"op_id": sent["op_id"]})
    receipts = observer.post("/sync/receipts", {"ops": [sent["op_id"]]}).json
    assert receipts["ops"] == {sent["op_id"]: "accepted"}


def test_a_reused_op_id_leaves_the_first_answer_as_it_was(observer: Device) -> None:
    shot, other = Shot(jpeg()), Shot(jpeg(1))
    sent = record(shot)
    observer.send(sent)
    observer.send(record(other) | {"op_id": sent["op_id"]})
    (again,) = observer.send(sent)
    assert (again["status"], again["wanted"]) == ("duplicate", [shot.photo_id])


def test_a_second_content_under_an_op_id_is_listed_for_supervisors(
    observer: Device, supervisor: Device
) -> None:
    sent = record()
    second = record(note="另一条") | {"op_id": sent["op_id"]}
    observer.send(sent)
    observer.send(second)
    (item,) = supervisor.get("/quarantine").json["items"]
    assert item["body"] == second
    assert item["reason"] == "op-id-reused"


def test_the_photos_of_the_second_content_are_wanted_too(
    observer: Device, supervisor: Device
) -> None:
    sent, shot = record(), Shot(jpeg())
    observer.send(sent)
    (result,) = observer.send(record(shot) | {"op_id": sent["op_id"]})
    assert result["wanted"] == [shot.photo_id]
    assert observer.upload(shot).status_code == 201
    (item,) = supervisor.get("/quarantine").json["items"]
    assert [p["id"] for p in item["photos"]] == [shot.photo_id]


def test_somebody_elses_op_id_is_quarantined(observer: Device, handler: Device) -> None:
    sent = record()
    observer.send(sent)
    assert quarantine_reason(handler, sent) == "op-id-reused"


# --- conflicts -----------------------------------------------------------------------------------


def test_a_record_created_by_a_second_op_conflicts(observer: Device, rows: Rows) -> None:
    first = record(note="先到")
    second = record(note="后到") | {"entity_id": first["entity_id"]}
    (_, result) = observer.send(first, second)
    assert result["status"] == "conflict"
    assert result["problem"]["slug"] == "entity-exists"
    assert rows.count(Task) == 1


def test_a_conflict_carries_the_servers_copy(observer: Device) -> None:
    first = record(note="先到")
    _, result = observer.send(first, record() | {"entity_id": first["entity_id"]})
    assert result["server"]["data"]["note"] == "先到"


def test_a_conflict_does_not_show_somebody_elses_record(observer: Device, handler: Device) -> None:
    first = record(note="先到")
    observer.send(first)
    (result,) = handler.send(record() | {"entity_id": first["entity_id"]})
    assert result["status"] == "conflict"
    assert "server" not in result


def test_a_conflicting_op_is_kept_with_its_photos(observer: Device, supervisor: Device) -> None:
    first, shot = record(), Shot(jpeg())
    second = record(shot) | {"entity_id": first["entity_id"]}
    _, result = observer.send(first, second)
    assert result["wanted"] == [shot.photo_id]
    observer.upload(shot)
    (item,) = supervisor.get("/quarantine").json["items"]
    assert item["body"] == second
    assert supervisor.get(f"/photos/{shot.photo_id}/original").status_code == 302
