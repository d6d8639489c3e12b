"""Rescues 抢救导入: an admin brings in a phone's zip, once for all, and everybody can see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from inspect_server.models import (
    Observation,
    Person,
    Photo,
    Quarantined,
    ReceivedOp,
    Rescue,
    RescuedEntry,
    Task,
)
from media import keys
from media.store import ObjectStore
from tests.support.actors import Device, Shot, jpeg, new_id, op, record
from tests.support.case_walks import dispatched, handling, reported
from tests.support.rescue_zips import Packing, draft
from tests.support.rows import Rows


def hand_over(admin: Device, packed: bytes) -> TestResponse:
    """What the desk sends."""
    return admin.call("POST", "/rescues", data=packed, content_type="application/octet-stream")


def bring_in(admin: Device, packing: Packing) -> dict[str, Any]:
    """Bring a zip in; the answer."""
    answer = hand_over(admin, packing.zip())
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def fates(told: dict[str, Any], part: str) -> list[str]:
    """What became of the entries of one list, in order."""
    return [one["status"] for one in told[part]]


def disable(rows: Rows, person: Device, moment: Any) -> None:
    """An admin switches an account off, or on again with None."""

    def switch(session: Any) -> None:
        session.get_one(Person, UUID(person.person["id"])).disabled_at = moment

    rows.write(switch)


# --- what comes in --------------------------------------------------------------------------------


def test_the_records_of_a_lost_phone_stand_as_tasks_with_their_photos(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    shots = [Shot(jpeg(0)), Shot(jpeg(1), "close")]
    sent = record(*shots, note="占道经营")
    told = bring_in(admin, Packing(observer, [sent], shots))
    assert fates(told, "ops") == ["accepted"]
    assert fates(told, "photos") == ["stored", "stored"]
    task = supervisor.task(told["ops"][0]["task_id"])
    assert task["state"] == "reported"
    assert task["missing_photos"] == []
    assert task["reporter"]["name"] == observer.person["name"]


def test_the_answer_counts_what_became_of_the_entries(admin: Device, observer: Device) -> None:
    shot = Shot(jpeg())
    told = bring_in(admin, Packing(observer, [record(shot), record(category="XX9999")], [shot]))
    assert told["summary"]["ops"] == {"accepted": 1, "quarantined": 1}
    assert told["summary"]["photos"] == {"stored": 1}
    assert told["changed"] is True
    assert told["person"] == {"id": observer.person["id"], "name": observer.person["name"]}


def test_a_photos_bytes_lie_in_the_store_as_the_phone_hashed_them(
    app: Flask, admin: Device, observer: Device
) -> None:
    shot = Shot(jpeg())
    bring_in(admin, Packing(observer, [record(shot)], [shot]))
    store: ObjectStore = app.extensions["store"]
    with store.open(keys.original(UUID(shot.photo_id), shot.sha256)) as lying:
        assert lying.read() == shot.content


def test_copies_of_the_photos_are_ordered(
    admin: Device, observer: Device, work: Callable[[], int]
) -> None:
    shot = Shot(jpeg())
    bring_in(admin, Packing(observer, [record(shot)], [shot]))
    assert work() == 1


def test_an_op_and_what_follows_it_come_in_together(
    admin: Device, observer: Device, rows: Rows
) -> None:
    first = record()
    after = {"after": [first["op_id"]], "base_version": 1}
    taken_back = op("observation.withdraw", first["entity_id"], {}) | after
    told = bring_in(admin, Packing(observer, [taken_back, first]))
    assert fates(told, "ops") == ["accepted", "accepted"]
    assert rows.one(Observation).state == "withdrawn"


def test_a_handlers_submission_comes_in_as_the_handlers(
    admin: Device, observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    after = Shot(jpeg(2), "after")
    sent = op("task.move", task["id"], {"move": "submit"}, [after], base_version=task["version"])
    told = bring_in(admin, Packing(handler, [sent], [after]))
    assert (fates(told, "ops"), fates(told, "photos")) == (["accepted"], ["stored"])
    assert supervisor.task(task["id"])["state"] == "verifying"


def test_more_ops_than_one_batch_holds_come_in(admin: Device, observer: Device, rows: Rows) -> None:
    ops = [record() for _ in range(120)]
    told = bring_in(admin, Packing(observer, ops))
    assert told["summary"]["ops"] == {"accepted": 120}
    assert rows.count(Task) == 120


def test_what_follows_an_op_of_a_later_portion_comes_in(admin: Device, observer: Device) -> None:
    first = record()
    after = {"after": [first["op_id"]], "base_version": 1}
    taken_back = op("observation.withdraw", first["entity_id"], {}) | after
    ops = [taken_back, *(record() for _ in range(110)), first]
    told = bring_in(admin, Packing(observer, ops))
    assert told["summary"]["ops"] == {"accepted": 112}


# --- nothing is doubled ---------------------------------------------------------------------------


def test_the_phone_that_syncs_after_all_hears_duplicate(
    admin: Device, observer: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    sent = record(shot)
    bring_in(admin, Packing(observer, [sent], [shot]))
    (result,) = observer.send(sent | {"clock": {"offset_ms": 5, "age_ms": 5}})
    assert (result["status"], result["wanted"]) == ("duplicate", [])
    assert (rows.count(Task), rows.count(Photo)) == (1, 1)


def test_the_phone_hears_from_its_receipts_that_the_photo_is_stored(
    admin: Device, observer: Device
) -> None:
    shot = Shot(jpeg())
    sent = record(shot)
    bring_in(admin, Packing(observer, [sent], [shot]))
    asked = {"ops": [sent["op_id"]], "photos": [shot.photo_id]}
    answer = observer.post("/sync/receipts", asked).json
    assert answer["ops"] == {sent["op_id"]: "accepted"}
    assert answer["photos"] == {shot.photo_id: "stored"}


def test_the_same_zip_brought_in_twice_changes_nothing_and_says_so(
    admin: Device, observer: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    packing = Packing(
        observer, [record(shot), record(category="XX9999")], [shot], [draft(observer)]
    )
    first = bring_in(admin, packing)
    tables = (Task, Photo, Observation, ReceivedOp, Quarantined, Rescue, RescuedEntry)
    before = [rows.count(table) for table in tables]
    again = bring_in(admin, packing)
    assert (first["again"], again["again"], again["changed"]) == (False, True, False)
    assert fates(again, "ops") == ["duplicate", "quarantined"]
    assert fates(again, "photos") == ["duplicate"]
    assert fates(again, "drafts") == ["duplicate"]
    assert [rows.count(table) for table in tables] == before


def test_a_record_the_phone_had_sent_before_is_a_duplicate_and_not_marked(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    shot = Shot(jpeg())
    sent = record(shot)
    observer.send(sent)
    told = bring_in(admin, Packing(observer, [sent], [shot]))
    assert fates(told, "ops") == ["duplicate"]
    assert fates(told, "photos") == ["stored"]
    assert "imported" not in supervisor.task(told["ops"][0]["task_id"])


@pytest.mark.parametrize("begun", ["its own first bytes", "other bytes"])
def test_a_photo_the_phone_had_begun_comes_out_whole(
    admin: Device, observer: Device, rows: Rows, begun: str
) -> None:
    shot = Shot(jpeg())
    sent = record(shot)
    observer.send(sent)
    observer.upload(shot, shot.content[:5000] if begun == "its own first bytes" else b"\0" * 5000)
    told = bring_in(admin, Packing(observer, [sent], [shot]))
    assert fates(told, "photos") == ["stored"]
    assert rows.one(Photo).state == "stored"


def test_a_second_zip_of_the_same_phone_adds_only_what_is_new(
    admin: Device, observer: Device, rows: Rows
) -> None:
    first = record()
    bring_in(admin, Packing(observer, [first]))
    told = bring_in(admin, Packing(observer, [first, record()]))
    assert fates(told, "ops") == ["duplicate", "accepted"]
    assert (told["again"], told["changed"]) == (False, True)
    assert rows.count(Task) == 2


# --- everybody can see it -------------------------------------------------------------------------


def test_the_desk_sees_who_brought_a_record_in(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    told = bring_in(admin, Packing(observer, [record()]))
    task = supervisor.task(told["ops"][0]["task_id"])
    assert task["imported"]["by"] == {"id": admin.person["id"], "name": admin.person["name"]}
    seen = supervisor.get(f"/observations/{task['observation_id']}").json
    assert seen["imported"] == task["imported"]


def test_a_correction_by_other_hands_shows_on_a_record_the_phone_sent_itself(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    sent = record(note="真的")
    observer.send(sent)
    fields = {"fields": {"note": "改过"}}
    amended = op("observation.amend", sent["entity_id"], fields, base_version=1)
    told = bring_in(admin, Packing(observer, [amended]))
    task = supervisor.task(told["ops"][0]["task_id"])
    assert task["imported"]["by"]["name"] == admin.person["name"]
    marked = [event["move"] for event in task["events"] if "imported" in event]
    assert marked == ["amended"]


def test_the_author_sees_it_on_the_phone(admin: Device, observer: Device) -> None:
    cursor = observer.pull()["cursor"]
    bring_in(admin, Packing(observer, [record()]))
    changes = observer.pull(cursor)["changes"]
    (seen,) = [c["data"] for c in changes if c["collection"] == "observations"]
    assert seen["imported"]["by"]["name"] == admin.person["name"]


def test_the_unit_hears_of_an_imported_move_without_a_name(
    admin: Device, observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handler.task(dispatched(observer, supervisor)["id"])
    sent = op("task.move", task["id"], {"move": "accept"}, base_version=task["version"])
    bring_in(admin, Packing(handler, [sent]))
    event = handler.task(task["id"])["events"][-1]
    assert (event["move"], set(event["imported"])) == ("accept", {"at"})
    event = supervisor.task(task["id"])["events"][-1]
    assert event["imported"]["by"]["name"] == admin.person["name"]


def test_a_quarantined_op_tells_that_it_came_by_a_zip(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    observer.send(record(category="XX9999"))
    bring_in(admin, Packing(observer, [record(category="XX8888")]))
    items = supervisor.get("/quarantine").json["items"]
    assert [bool(item.get("imported")) for item in items] == [True, False]


# --- one bad entry spoils no other ----------------------------------------------------------------


def test_a_rotten_photo_is_named_and_the_others_come_in(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    good, rotten = Shot(jpeg(0)), Shot(jpeg(1), "close")
    sent = record(good, rotten)
    rotten.content = rotten.content[:-9] + b"\x00" * 9
    told = bring_in(admin, Packing(observer, [sent], [good, rotten]))
    assert fates(told, "photos") == ["stored", "damaged"]
    assert "手机里的这张照片已经损坏" in told["photos"][1]["problem"]["detail"]
    task = supervisor.task(told["ops"][0]["task_id"])
    assert task["missing_photos"] == [rotten.photo_id]


def test_a_photo_changed_after_the_export_is_named_as_such(admin: Device, observer: Device) -> None:
    shot = Shot(jpeg())
    meddled = {f"photos/{shot.photo_id}.jpg": jpeg(2)}
    told = bring_in(admin, Packing(observer, [record(shot)], [shot], meddled=meddled))
    assert fates(told, "photos") == ["damaged"]
    assert "导出之后被改动" in told["photos"][0]["problem"]["detail"]


def test_a_photo_the_phone_no_longer_had_is_named(admin: Device, observer: Device) -> None:
    shot = Shot(jpeg())
    told = bring_in(admin, Packing(observer, [record(shot)]))
    assert (fates(told, "ops"), fates(told, "photos")) == (["accepted"], ["missing"])


def test_a_file_that_is_no_photo_is_refused_and_its_record_stands(
    admin: Device, observer: Device
) -> None:
    words = Shot(b"these are words, not a photo" * 10)
    told = bring_in(admin, Packing(observer, [record(words)], [words]))
    assert (fates(told, "ops"), fates(told, "photos")) == (["accepted"], ["rejected"])
    assert told["photos"][0]["problem"]["slug"] == "photo-not-an-image"


def test_a_file_no_record_names_is_listed_and_left_alone(
    admin: Device, observer: Device, rows: Rows
) -> None:
    stray = Shot(jpeg())
    told = bring_in(admin, Packing(observer, [record()], [stray]))
    (file,) = told["files"]
    assert file["name"] == f"photos/{stray.photo_id}.jpg"
    assert file["problem"]["slug"] == "rescue-unclaimed"
    assert rows.count(Photo) == 0


def test_an_op_that_cannot_be_read_is_quarantined_beside_a_good_one(
    admin: Device, observer: Device, rows: Rows
) -> None:
    told = bring_in(admin, Packing(observer, [7, {"op_id": "seven"}, record()]))
    assert fates(told, "ops") == ["quarantined", "quarantined", "accepted"]
    assert rows.count(Quarantined) == 2


def test_a_list_of_ops_that_was_changed_counts_for_nothing(
    admin: Device, observer: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    packing = Packing(observer, [record(shot)], [shot], meddled={"ops.json": b"[]"})
    told = bring_in(admin, packing)
    assert ("ops.json", "damaged") in [(f["name"], f["status"]) for f in told["files"]]
    assert (rows.count(Task), rows.count(Photo)) == (0, 0)


def test_an_op_whose_forerunner_is_missing_is_put_off(admin: Device, observer: Device) -> None:
    told = bring_in(admin, Packing(observer, [record() | {"after": [new_id()]}, record()]))
    assert fates(told, "ops") == ["deferred", "accepted"]
    assert "再导入本文件" in told["ops"][0]["problem"]["detail"]


def test_a_draft_is_kept_for_a_person_with_its_photos(
    admin: Device, observer: Device, supervisor: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    told = bring_in(admin, Packing(observer, shots=[shot], drafts=[draft(observer, shot)]))
    assert (fates(told, "drafts"), fates(told, "photos")) == (["quarantined"], ["stored"])
    (item,) = supervisor.get("/quarantine").json["items"]
    assert item["reason"] == "rescued-draft"
    assert [photo["id"] for photo in item["photos"]] == [shot.photo_id]
    assert rows.count(Task) == 0


def test_photos_of_what_was_set_aside_are_not_given_up(
    admin: Device, observer: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    bring_in(admin, Packing(observer, shots=[shot], drafts=[draft(observer, shot)]))
    answer = observer.call(
        "DELETE", f"/uploads/{shot.photo_id}", headers={"Tus-Resumable": "1.0.0"}
    )
    assert (answer.status_code, rows.count(Photo)) == (403, 1)


def test_a_draft_finished_later_on_the_phone_takes_its_photo_with_it(
    admin: Device, observer: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    bring_in(admin, Packing(observer, shots=[shot], drafts=[draft(observer, shot)]))
    (result,) = observer.send(record(shot))
    assert (result["status"], result["wanted"]) == ("accepted", [])
    assert (rows.count(Task), rows.count(Photo)) == (1, 1)


# --- who may, and for whom ------------------------------------------------------------------------


def test_only_an_admin_brings_a_zip_in(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    packed = Packing(observer, [record()]).zip()
    for person in (observer, supervisor, handler):
        assert hand_over(person, packed).status_code == 403
    assert rows.count(Rescue) == 0


def test_ops_of_somebody_unknown_are_listed_and_not_applied(
    admin: Device, observer: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    stranger = {"person": {"id": new_id(), "name": "无名"}}
    packing = Packing(observer, [record(shot)], [shot], [draft(observer)], told=stranger)
    told = bring_in(admin, packing)
    assert fates(told, "ops") == fates(told, "photos") == fates(told, "drafts") == ["refused"]
    assert told["ops"][0]["problem"]["slug"] == "rescue-author-unknown"
    assert (rows.count(Task), rows.count(Photo), rows.count(Quarantined)) == (0, 0, 0)


def test_ops_of_a_disabled_account_are_kept_aside_with_their_photos(
    admin: Device, observer: Device, supervisor: Device, rows: Rows, fake_clock: Any
) -> None:
    shot = Shot(jpeg())
    disable(rows, observer, fake_clock())
    told = bring_in(admin, Packing(observer, [record(shot)], [shot]))
    assert (fates(told, "ops"), fates(told, "photos")) == (["quarantined"], ["stored"])
    assert told["ops"][0]["problem"]["slug"] == "account-disabled"
    (item,) = supervisor.get("/quarantine").json["items"]
    assert [photo["id"] for photo in item["photos"]] == [shot.photo_id]
    assert rows.count(Task) == 0


def test_once_the_account_is_enabled_the_same_zip_comes_in(
    admin: Device, observer: Device, rows: Rows, fake_clock: Any
) -> None:
    shot = Shot(jpeg())
    packing = Packing(observer, [record(shot)], [shot])
    disable(rows, observer, fake_clock())
    bring_in(admin, packing)
    disable(rows, observer, None)
    told = bring_in(admin, packing)
    assert (told["again"], told["changed"]) == (True, True)
    assert (fates(told, "ops"), fates(told, "photos")) == (["accepted"], ["duplicate"])
    assert rows.one(Observation).state == "complete"


def test_a_record_sent_before_the_account_was_disabled_is_a_duplicate(
    admin: Device, observer: Device, rows: Rows, fake_clock: Any
) -> None:
    sent = record()
    observer.send(sent)
    disable(rows, observer, fake_clock())
    told = bring_in(admin, Packing(observer, [sent]))
    assert fates(told, "ops") == ["duplicate"]
    assert rows.count(Quarantined) == 0


def test_a_hand_made_zip_judges_nothing_in_a_supervisors_name(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    sent = op("task.move", task["id"], {"move": "file"}, base_version=task["version"])
    told = bring_in(admin, Packing(supervisor, [sent]))
    assert fates(told, "ops") == ["refused"]
    assert told["ops"][0]["problem"]["slug"] == "rescue-office-move"
    assert supervisor.task(task["id"])["state"] == "reported"


def test_a_hand_made_zip_moves_no_task_of_another_unit(
    admin: Device, observer: Device, supervisor: Device, outsider: Device
) -> None:
    task = dispatched(observer, supervisor)
    sent = op("task.move", task["id"], {"move": "accept"}, base_version=task["version"])
    told = bring_in(admin, Packing(observer, [sent]))
    assert fates(told, "ops") == ["quarantined"]
    assert supervisor.task(task["id"])["state"] == "dispatched"


def test_other_content_under_an_id_the_phone_used_never_replaces_it(
    admin: Device, observer: Device, rows: Rows
) -> None:
    sent = record(note="真的")
    observer.send(sent)
    forged = sent | {"data": sent["data"] | {"note": "假的"}}
    told = bring_in(admin, Packing(observer, [forged]))
    assert fates(told, "ops") == ["quarantined"]
    assert told["ops"][0]["problem"]["slug"] == "op-id-reused"
    assert rows.one(Observation).note == "真的"


def test_other_bytes_under_a_photos_id_never_replace_it(
    admin: Device, observer: Device, rows: Rows
) -> None:
    true, false = Shot(jpeg()), Shot(jpeg(2))
    observer.send(record(true))
    observer.upload(true)
    false.photo_id = true.photo_id
    bring_in(admin, Packing(observer, [record(false)], [false]))
    assert rows.one(Photo).sha256 == true.sha256


@pytest.mark.stores
def test_a_rescue_comes_in_on_every_store(admin: Device, observer: Device) -> None:
    shot = Shot(jpeg())
    told = bring_in(admin, Packing(observer, [record(shot)], [shot]))
    assert fates(told, "photos") == ["stored"]
