"""Rescue import 抢救导入: an admin imports a phone's zip once, and everybody can see it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask

from inspect_server.models import (
    Observation,
    Photo,
    Quarantined,
    ReceivedOp,
    Rescue,
    RescuedEntry,
    Task,
)
from media import keys
from media.store import ObjectStore
from tests.support.actors import Device, Shot, jpeg, op, record
from tests.support.case_walks import dispatched, handling
from tests.support.rescue_zips import Packing, draft, import_statuses, import_zip
from tests.support.rows import Rows

# --- accepted ------------------------------------------------------------------------------------


def test_the_records_of_a_lost_phone_stand_as_tasks_with_their_photos(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    shots = [Shot(jpeg(0)), Shot(jpeg(1), "close")]
    sent = record(*shots, note="占道经营")
    report = import_zip(admin, Packing(observer, [sent], shots))
    assert import_statuses(report, "ops") == ["accepted"]
    assert import_statuses(report, "photos") == ["stored", "stored"]
    task = supervisor.task(report["ops"][0]["task_id"])
    assert task["state"] == "reported"
    assert task["missing_photos"] == []
    assert task["reporter"]["name"] == observer.person["name"]


def test_the_answer_counts_what_became_of_the_entries(admin: Device, observer: Device) -> None:
    shot = Shot(jpeg())
    report = import_zip(admin, Packing(observer, [record(shot), record(category="XX9999")], [shot]))
    assert report["summary"]["ops"] == {"accepted": 1, "quarantined": 1}
    assert report["summary"]["photos"] == {"stored": 1}
    assert report["changed"] is True
    assert report["person"] == {"id": observer.person["id"], "name": observer.person["name"]}


def test_a_photos_bytes_lie_in_the_store_as_the_phone_hashed_them(
    app: Flask, admin: Device, observer: Device
) -> None:
    shot = Shot(jpeg())
    import_zip(admin, Packing(observer, [record(shot)], [shot]))
    store: ObjectStore = app.extensions["store"]
    with store.open(keys.original(UUID(shot.photo_id), shot.sha256)) as stored:
        assert stored.read() == shot.content


def test_copies_of_the_photos_are_ordered(
    admin: Device, observer: Device, work: Callable[[], int]
) -> None:
    shot = Shot(jpeg())
    import_zip(admin, Packing(observer, [record(shot)], [shot]))
    assert work() == 1


def test_an_op_and_what_follows_it_come_in_together(
    admin: Device, observer: Device, rows: Rows
) -> None:
    first = record()
    after = {"after": [first["op_id"]], "base_version": 1}
    withdrawal = op("observation.withdraw", first["entity_id"], {}) | after
    report = import_zip(admin, Packing(observer, [withdrawal, first]))
    assert import_statuses(report, "ops") == ["accepted", "accepted"]
    assert rows.one(Observation).state == "withdrawn"


def test_a_handlers_submission_comes_in_as_the_handlers(
    admin: Device, observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    after = Shot(jpeg(2), "after")
    sent = op("task.move", task["id"], {"move": "submit"}, [after], base_version=task["version"])
    report = import_zip(admin, Packing(handler, [sent], [after]))
    assert (import_statuses(report, "ops"), import_statuses(report, "photos")) == (
        ["accepted"],
        ["stored"],
    )
    assert supervisor.task(task["id"])["state"] == "verifying"


def test_more_ops_than_one_batch_holds_come_in(admin: Device, observer: Device, rows: Rows) -> None:
    ops = [record() for _ in range(120)]
    report = import_zip(admin, Packing(observer, ops))
    assert report["summary"]["ops"] == {"accepted": 120}
    assert rows.count(Task) == 120


def test_an_op_whose_parent_is_in_a_later_portion_is_imported(
    admin: Device, observer: Device
) -> None:
    first = record()
    after = {"after": [first["op_id"]], "base_version": 1}
    withdrawal = op("observation.withdraw", first["entity_id"], {}) | after
    ops = [withdrawal, *(record() for _ in range(110)), first]
    report = import_zip(admin, Packing(observer, ops))
    assert report["summary"]["ops"] == {"accepted": 112}


# --- nothing is doubled --------------------------------------------------------------------------


def test_a_phone_that_syncs_after_the_import_gets_duplicate(
    admin: Device, observer: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    sent = record(shot)
    import_zip(admin, Packing(observer, [sent], [shot]))
    (result,) = observer.send(sent | {"clock": {"offset_ms": 5, "age_ms": 5}})
    assert (result["status"], result["wanted"]) == ("duplicate", [])
    assert (rows.count(Task), rows.count(Photo)) == (1, 1)


def test_the_phone_hears_from_its_receipts_that_the_photo_is_stored(
    admin: Device, observer: Device
) -> None:
    shot = Shot(jpeg())
    sent = record(shot)
    import_zip(admin, Packing(observer, [sent], [shot]))
    query = {"ops": [sent["op_id"]], "photos": [shot.photo_id]}
    answer = observer.post("/sync/receipts", query).json
    assert answer["ops"] == {sent["op_id"]: "accepted"}
    assert answer["photos"] == {shot.photo_id: "stored"}


def test_the_same_zip_imported_twice_changes_nothing_and_says_so(
    admin: Device, observer: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    packing = Packing(
        observer, [record(shot), record(category="XX9999")], [shot], [draft(observer)]
    )
    first = import_zip(admin, packing)
    tables = (Task, Photo, Observation, ReceivedOp, Quarantined, Rescue, RescuedEntry)
    before = [rows.count(table) for table in tables]
    again = import_zip(admin, packing)
    assert (first["again"], again["again"], again["changed"]) == (False, True, False)
    assert import_statuses(again, "ops") == ["duplicate", "quarantined"]
    assert import_statuses(again, "photos") == ["duplicate"]
    assert import_statuses(again, "drafts") == ["duplicate"]
    assert [rows.count(table) for table in tables] == before


def test_a_record_the_phone_had_sent_before_is_a_duplicate_and_not_marked(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    shot = Shot(jpeg())
    sent = record(shot)
    observer.send(sent)
    report = import_zip(admin, Packing(observer, [sent], [shot]))
    assert import_statuses(report, "ops") == ["duplicate"]
    assert import_statuses(report, "photos") == ["stored"]
    assert "imported" not in supervisor.task(report["ops"][0]["task_id"])


@pytest.mark.parametrize("begun", ["its own first bytes", "other bytes"])
def test_a_photo_the_phone_had_begun_comes_out_whole(
    admin: Device, observer: Device, rows: Rows, begun: str
) -> None:
    shot = Shot(jpeg())
    sent = record(shot)
    observer.send(sent)
    observer.upload(shot, shot.content[:5000] if begun == "its own first bytes" else b"\0" * 5000)
    report = import_zip(admin, Packing(observer, [sent], [shot]))
    assert import_statuses(report, "photos") == ["stored"]
    assert rows.one(Photo).state == "stored"


def test_a_second_zip_of_the_same_phone_adds_only_what_is_new(
    admin: Device, observer: Device, rows: Rows
) -> None:
    first = record()
    import_zip(admin, Packing(observer, [first]))
    report = import_zip(admin, Packing(observer, [first, record()]))
    assert import_statuses(report, "ops") == ["duplicate", "accepted"]
    assert (report["again"], report["changed"]) == (False, True)
    assert rows.count(Task) == 2


# --- the import is visible -----------------------------------------------------------------------


def test_a_supervisor_sees_who_brought_a_record_in(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    report = import_zip(admin, Packing(observer, [record()]))
    task = supervisor.task(report["ops"][0]["task_id"])
    assert task["imported"]["by"] == {"id": admin.person["id"], "name": admin.person["name"]}
    observation = supervisor.get(f"/observations/{task['observation_id']}").json
    assert observation["imported"] == task["imported"]


def test_an_imported_correction_is_marked_on_a_record_the_phone_sent(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    sent = record(note="真的")
    observer.send(sent)
    fields = {"fields": {"note": "改过"}}
    amended = op("observation.amend", sent["entity_id"], fields, base_version=1)
    report = import_zip(admin, Packing(observer, [amended]))
    task = supervisor.task(report["ops"][0]["task_id"])
    assert task["imported"]["by"]["name"] == admin.person["name"]
    marked = [event["move"] for event in task["events"] if "imported" in event]
    assert marked == ["amended"]


def test_the_author_sees_the_import_on_the_phone(admin: Device, observer: Device) -> None:
    cursor = observer.pull()["cursor"]
    import_zip(admin, Packing(observer, [record()]))
    changes = observer.pull(cursor)["changes"]
    (observation,) = [c["data"] for c in changes if c["collection"] == "observations"]
    assert observation["imported"]["by"]["name"] == admin.person["name"]


def test_the_unit_hears_of_an_imported_move_without_a_name(
    admin: Device, observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handler.task(dispatched(observer, supervisor)["id"])
    sent = op("task.move", task["id"], {"move": "accept"}, base_version=task["version"])
    import_zip(admin, Packing(handler, [sent]))
    event = handler.task(task["id"])["events"][-1]
    assert (event["move"], set(event["imported"])) == ("accept", {"at"})
    event = supervisor.task(task["id"])["events"][-1]
    assert event["imported"]["by"]["name"] == admin.person["name"]


def test_a_quarantined_op_names_the_import(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    observer.send(record(category="XX9999"))
    import_zip(admin, Packing(observer, [record(category="XX8888")]))
    items = supervisor.get("/quarantine").json["items"]
    assert [bool(item.get("imported")) for item in items] == [True, False]
