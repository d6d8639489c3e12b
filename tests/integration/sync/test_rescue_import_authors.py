"""Rescue import 抢救导入: who may import, and for whose account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from inspect_server.models import (
    Observation,
    Person,
    Photo,
    Quarantined,
    Rescue,
    Task,
)
from tests.support.actors import Device, Shot, jpeg, new_id, op, record
from tests.support.case_walks import dispatched, reported
from tests.support.rescue_zips import Packing, draft, import_statuses, import_zip, send_zip
from tests.support.rows import Rows


def disable(rows: Rows, person: Device, moment: Any) -> None:
    """An admin switches an account off, or on again with None."""

    def switch(session: Any) -> None:
        session.get_one(Person, UUID(person.person["id"])).disabled_at = moment

    rows.write(switch)


def test_only_an_admin_imports_a_zip(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    packed = Packing(observer, [record()]).zip()
    for person in (observer, supervisor, handler):
        assert send_zip(person, packed).status_code == 403
    assert rows.count(Rescue) == 0


def test_ops_of_somebody_unknown_are_listed_and_not_applied(
    admin: Device, observer: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    unknown_author = {"person": {"id": new_id(), "name": "无名"}}
    packing = Packing(observer, [record(shot)], [shot], [draft(observer)], manifest=unknown_author)
    report = import_zip(admin, packing)
    assert (
        import_statuses(report, "ops")
        == import_statuses(report, "photos")
        == import_statuses(report, "drafts")
        == ["refused"]
    )
    assert report["ops"][0]["problem"]["slug"] == "rescue-author-unknown"
    assert (rows.count(Task), rows.count(Photo), rows.count(Quarantined)) == (0, 0, 0)


def test_ops_of_a_disabled_account_are_kept_aside_with_their_photos(
    admin: Device, observer: Device, supervisor: Device, rows: Rows, fake_clock: Any
) -> None:
    shot = Shot(jpeg())
    disable(rows, observer, fake_clock())
    report = import_zip(admin, Packing(observer, [record(shot)], [shot]))
    assert (import_statuses(report, "ops"), import_statuses(report, "photos")) == (
        ["quarantined"],
        ["stored"],
    )
    assert report["ops"][0]["problem"]["slug"] == "account-disabled"
    (item,) = supervisor.get("/quarantine").json["items"]
    assert [photo["id"] for photo in item["photos"]] == [shot.photo_id]
    assert rows.count(Task) == 0


def test_once_the_account_is_enabled_the_same_zip_is_imported(
    admin: Device, observer: Device, rows: Rows, fake_clock: Any
) -> None:
    shot = Shot(jpeg())
    packing = Packing(observer, [record(shot)], [shot])
    disable(rows, observer, fake_clock())
    import_zip(admin, packing)
    disable(rows, observer, None)
    report = import_zip(admin, packing)
    assert (report["again"], report["changed"]) == (True, True)
    assert (import_statuses(report, "ops"), import_statuses(report, "photos")) == (
        ["accepted"],
        ["duplicate"],
    )
    assert rows.one(Observation).state == "complete"


def test_a_record_sent_before_the_account_was_disabled_is_a_duplicate(
    admin: Device, observer: Device, rows: Rows, fake_clock: Any
) -> None:
    sent = record()
    observer.send(sent)
    disable(rows, observer, fake_clock())
    report = import_zip(admin, Packing(observer, [sent]))
    assert import_statuses(report, "ops") == ["duplicate"]
    assert rows.count(Quarantined) == 0


def test_a_hand_made_zip_judges_nothing_in_a_supervisors_name(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    sent = op("task.move", task["id"], {"move": "file"}, base_version=task["version"])
    report = import_zip(admin, Packing(supervisor, [sent]))
    assert import_statuses(report, "ops") == ["refused"]
    assert report["ops"][0]["problem"]["slug"] == "rescue-office-move"
    assert supervisor.task(task["id"])["state"] == "reported"


def test_a_hand_made_zip_moves_no_task_of_another_unit(
    admin: Device, observer: Device, supervisor: Device, outsider: Device
) -> None:
    task = dispatched(observer, supervisor)
    sent = op("task.move", task["id"], {"move": "accept"}, base_version=task["version"])
    report = import_zip(admin, Packing(observer, [sent]))
    assert import_statuses(report, "ops") == ["quarantined"]
    assert supervisor.task(task["id"])["state"] == "dispatched"


def test_other_content_under_an_id_the_phone_used_never_replaces_it(
    admin: Device, observer: Device, rows: Rows
) -> None:
    sent = record(note="真的")
    observer.send(sent)
    forged = sent | {"data": sent["data"] | {"note": "假的"}}
    report = import_zip(admin, Packing(observer, [forged]))
    assert import_statuses(report, "ops") == ["quarantined"]
    assert report["ops"][0]["problem"]["slug"] == "op-id-reused"
    assert rows.one(Observation).note == "真的"


def test_other_bytes_under_a_photos_id_never_replace_it(
    admin: Device, observer: Device, rows: Rows
) -> None:
    true, false = Shot(jpeg()), Shot(jpeg(2))
    observer.send(record(true))
    observer.upload(true)
    false.photo_id = true.photo_id
    import_zip(admin, Packing(observer, [record(false)], [false]))
    assert rows.one(Photo).sha256 == true.sha256


@pytest.mark.stores
def test_a_rescue_comes_in_on_every_store(admin: Device, observer: Device) -> None:
    shot = Shot(jpeg())
    report = import_zip(admin, Packing(observer, [record(shot)], [shot]))
    assert import_statuses(report, "photos") == ["stored"]
