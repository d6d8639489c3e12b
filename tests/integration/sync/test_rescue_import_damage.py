"""Rescue import 抢救导入: a bad entry of the zip is named and spoils no other."""

from __future__ import annotations

from inspect_server.models import (
    Photo,
    Quarantined,
    Task,
)
from tests.support.actors import Device, Shot, jpeg, new_id, record
from tests.support.rescue_zips import Packing, draft, import_statuses, import_zip
from tests.support.rows import Rows


def test_a_damaged_photo_is_named_and_the_others_are_imported(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    good, damaged = Shot(jpeg(0)), Shot(jpeg(1), "close")
    sent = record(good, damaged)
    damaged.content = damaged.content[:-9] + b"\x00" * 9
    report = import_zip(admin, Packing(observer, [sent], [good, damaged]))
    assert import_statuses(report, "photos") == ["stored", "damaged"]
    assert "手机里的这张照片已经损坏" in report["photos"][1]["problem"]["detail"]
    task = supervisor.task(report["ops"][0]["task_id"])
    assert task["missing_photos"] == [damaged.photo_id]


def test_a_photo_changed_after_the_export_is_named_as_such(admin: Device, observer: Device) -> None:
    shot = Shot(jpeg())
    replaced = {f"photos/{shot.photo_id}.jpg": jpeg(2)}
    report = import_zip(admin, Packing(observer, [record(shot)], [shot], replaced_files=replaced))
    assert import_statuses(report, "photos") == ["damaged"]
    assert "导出之后被改动" in report["photos"][0]["problem"]["detail"]


def test_a_photo_the_phone_no_longer_had_is_named(admin: Device, observer: Device) -> None:
    shot = Shot(jpeg())
    report = import_zip(admin, Packing(observer, [record(shot)]))
    assert (import_statuses(report, "ops"), import_statuses(report, "photos")) == (
        ["accepted"],
        ["missing"],
    )


def test_a_file_that_is_no_photo_is_refused_and_its_record_stands(
    admin: Device, observer: Device
) -> None:
    text_file = Shot(b"these are words, not a photo" * 10)
    report = import_zip(admin, Packing(observer, [record(text_file)], [text_file]))
    assert (import_statuses(report, "ops"), import_statuses(report, "photos")) == (
        ["accepted"],
        ["rejected"],
    )
    assert report["photos"][0]["problem"]["slug"] == "photo-not-an-image"


def test_a_file_without_a_record_is_listed_and_not_imported(
    admin: Device, observer: Device, rows: Rows
) -> None:
    unclaimed = Shot(jpeg())
    report = import_zip(admin, Packing(observer, [record()], [unclaimed]))
    (file,) = report["files"]
    assert file["name"] == f"photos/{unclaimed.photo_id}.jpg"
    assert file["problem"]["slug"] == "rescue-unclaimed"
    assert rows.count(Photo) == 0


def test_an_unreadable_op_is_quarantined_and_a_good_one_accepted(
    admin: Device, observer: Device, rows: Rows
) -> None:
    report = import_zip(admin, Packing(observer, [7, {"op_id": "seven"}, record()]))
    assert import_statuses(report, "ops") == ["quarantined", "quarantined", "accepted"]
    assert rows.count(Quarantined) == 2


def test_a_changed_list_of_ops_is_not_imported(admin: Device, observer: Device, rows: Rows) -> None:
    shot = Shot(jpeg())
    packing = Packing(observer, [record(shot)], [shot], replaced_files={"ops.json": b"[]"})
    report = import_zip(admin, packing)
    assert ("ops.json", "damaged") in [(f["name"], f["status"]) for f in report["files"]]
    assert (rows.count(Task), rows.count(Photo)) == (0, 0)


def test_an_op_whose_parent_is_missing_is_deferred_by_the_import(
    admin: Device, observer: Device
) -> None:
    report = import_zip(admin, Packing(observer, [record() | {"after": [new_id()]}, record()]))
    assert import_statuses(report, "ops") == ["deferred", "accepted"]
    assert "再导入本文件" in report["ops"][0]["problem"]["detail"]


def test_a_draft_is_kept_for_a_person_with_its_photos(
    admin: Device, observer: Device, supervisor: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    report = import_zip(admin, Packing(observer, shots=[shot], drafts=[draft(observer, shot)]))
    assert (import_statuses(report, "drafts"), import_statuses(report, "photos")) == (
        ["quarantined"],
        ["stored"],
    )
    (item,) = supervisor.get("/quarantine").json["items"]
    assert item["reason"] == "rescued-draft"
    assert [photo["id"] for photo in item["photos"]] == [shot.photo_id]
    assert rows.count(Task) == 0


def test_photos_of_a_quarantined_draft_cannot_be_deleted(
    admin: Device, observer: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    import_zip(admin, Packing(observer, shots=[shot], drafts=[draft(observer, shot)]))
    answer = observer.call(
        "DELETE", f"/uploads/{shot.photo_id}", headers={"Tus-Resumable": "1.0.0"}
    )
    assert (answer.status_code, rows.count(Photo)) == (403, 1)


def test_a_draft_finished_later_on_the_phone_takes_its_photo_with_it(
    admin: Device, observer: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    import_zip(admin, Packing(observer, shots=[shot], drafts=[draft(observer, shot)]))
    (result,) = observer.send(record(shot))
    assert (result["status"], result["wanted"]) == ("accepted", [])
    assert (rows.count(Task), rows.count(Photo)) == (1, 1)
