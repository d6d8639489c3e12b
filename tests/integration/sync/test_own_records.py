"""An observer corrects 更正 or withdraws 撤回 an own record, as long as nobody filed it."""

from __future__ import annotations

from typing import Any

import pytest

from inspect_server.models import Observation, Quarantined, Task, TaskEvent
from tests.support.actors import IN_MAOJIAN, IN_ZHANGWAN, Device, Shot, jpeg, op, record
from tests.support.rows import Rows


def amendment(created: dict[str, Any], seen: int = 1, *shots: Shot, **fields: Any) -> Any:
    return op(
        "observation.amend", created["entity_id"], {"fields": fields}, shots, base_version=seen
    )


def withdrawal(created: dict[str, Any], seen: int = 1, **data: Any) -> dict[str, Any]:
    return op("observation.withdraw", created["entity_id"], data, base_version=seen)


def made(observer: Device, *shots: Shot, **more: Any) -> dict[str, Any]:
    sent = record(*shots, **more)
    (result,) = observer.send(sent)
    assert result["status"] == "accepted"
    return sent


def seen(device: Device, created: dict[str, Any]) -> dict[str, Any]:
    return dict(device.get(f"/observations/{created['entity_id']}").json)


def test_an_own_record_is_corrected(observer: Device) -> None:
    created = made(observer)
    (result,) = observer.send(amendment(created, note="在五堰街口", category="MQ0101"))
    assert (result["status"], result["version"]) == ("accepted", 2)
    corrected = seen(observer, created)
    assert (corrected["note"], corrected["category"]) == ("在五堰街口", "MQ0101")


def test_a_field_that_is_not_named_stays(observer: Device) -> None:
    created = made(observer, note="占道", address="人民路 1 号")
    observer.send(amendment(created, note="占道经营"))
    corrected = seen(observer, created)
    assert corrected["address"] == "人民路 1 号"
    assert corrected["place"]["lon"] == IN_MAOJIAN["lon"]


def test_a_correction_reroutes_the_task(observer: Device, rows: Rows) -> None:
    created = made(observer)
    before = rows.one(Task).unit_id
    observer.send(amendment(created, place=IN_ZHANGWAN, category="GG0401"))
    task = rows.one(Task)
    assert task.district_code == "zhangwan"
    assert task.unit_id not in (None, before)


def test_a_corrected_place_moves_the_task_to_the_other_district(
    observer: Device, supervisor: Device, outsider: Device
) -> None:
    created = made(observer)
    cursor = supervisor.pull()["cursor"]
    observer.send(amendment(created, place=IN_ZHANGWAN))
    (change,) = [c for c in supervisor.pull(cursor)["changes"] if c["collection"] == "tasks"]
    assert (change["op"], change["data"]) == ("del", None)
    assert len(outsider.get("/tasks").json["items"]) == 1


def test_a_record_moved_away_and_back_in_one_batch_stays_visible(
    observer: Device, sign_in: Any
) -> None:
    city = sign_in("chuangwen")
    cursor = city.pull()["cursor"]
    created = record()
    moved_away = amendment(created, 1, place=None)
    back = amendment(created, 2, place=IN_MAOJIAN)
    results = observer.send(created, moved_away, back)
    assert [r["status"] for r in results] == ["accepted"] * 3
    last = [c for c in city.pull(cursor)["changes"] if c["collection"] == "tasks"][-1]
    assert last["op"] == "put"


def test_a_photo_added_later_belongs_to_the_record(observer: Device) -> None:
    created, shot = made(observer, Shot(jpeg())), Shot(jpeg(1), "close")
    (result,) = observer.send(amendment(created, 1, shot))
    assert result["wanted"] == [shot.photo_id]
    observer.upload(shot)
    assert shot.photo_id in [p["id"] for p in seen(observer, created)["photos"]]


def test_a_tenth_photo_added_later_is_quarantined(observer: Device) -> None:
    created = made(observer, *(Shot(jpeg()) for _ in range(9)))
    (result,) = observer.send(amendment(created, 1, Shot(jpeg(1))))
    assert result["problem"]["slug"] == "too-many-photos"


def test_a_correction_of_what_was_not_seen_conflicts(observer: Device) -> None:
    created = made(observer)
    observer.send(amendment(created, note="一"))
    (result,) = observer.send(amendment(created, 1, note="二"))
    assert (result["status"], result["problem"]["slug"]) == ("conflict", "stale-version")
    assert result["server"]["version"] == 2
    assert seen(observer, created)["note"] == "一"


def test_a_correction_without_a_version_is_quarantined(observer: Device) -> None:
    created = made(observer)
    sent = op("observation.amend", created["entity_id"], {"fields": {"note": "x"}})
    (result,) = observer.send(sent)
    assert result["problem"]["errors"] == [
        {"pointer": "/base_version", "detail": "需要看到的版本号"}
    ]


def test_a_correction_of_a_record_not_here_yet_is_deferred(observer: Device) -> None:
    (result,) = observer.send(amendment(record(), note="x"))
    assert result["status"] == "deferred"


def test_nobody_elses_record_is_corrected(observer: Device, handler: Device) -> None:
    created = made(observer, note="原话")
    (result,) = handler.send(amendment(created, note="改话"))
    assert result["status"] == "quarantined"
    assert seen(observer, created)["note"] == "原话"


@pytest.mark.parametrize("fields", [{"unknown": 1}, {"note": 7}, {"category": "XX99"}, "text"])
def test_a_correction_that_cannot_be_applied_changes_nothing(
    observer: Device, rows: Rows, fields: Any
) -> None:
    created = made(observer, note="原话")
    sent = op("observation.amend", created["entity_id"], {"fields": fields}, base_version=1)
    (result,) = observer.send(sent)
    assert result["status"] == "quarantined"
    assert (rows.one(Observation).version, rows.one(Observation).note) == (1, "原话")


def test_a_correction_after_filing_is_kept_and_refused(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    created = made(observer)
    supervisor.move(supervisor.task(str(rows.one(Task).id)), "file")
    current = seen(observer, created)["version"]
    (result,) = observer.send(amendment(created, current, note="迟了"))
    assert (result["status"], result["problem"]["slug"]) == ("quarantined", "too-late-to-amend")
    assert rows.count(Quarantined) == 1


def test_corrections_in_one_batch_follow_each_other(observer: Device) -> None:
    created = record()
    first = amendment(created, 1, note="一") | {"after": [created["op_id"]]}
    second = amendment(created, 1, note="二") | {"after": [first["op_id"]]}
    results = observer.send(created, first, second)
    assert [r["status"] for r in results] == ["accepted"] * 3
    assert seen(observer, created)["note"] == "二"


def test_an_own_record_is_withdrawn(observer: Device, rows: Rows) -> None:
    created = made(observer)
    (result,) = observer.send(withdrawal(created, reason="看错了"))
    assert result["status"] == "accepted"
    assert seen(observer, created)["state"] == "withdrawn"
    assert rows.one(Task).state == "void"


def test_a_withdrawal_names_its_reason_in_the_tasks_history(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    created = made(observer)
    observer.send(withdrawal(created, reason="看错了"))
    last = supervisor.task(str(rows.one(Task).id))["events"][-1]
    assert (last["move"], last["reason"], last["to"]) == ("withdrawn", "看错了", "void")


def test_a_withdrawal_is_possible_while_photos_are_missing(observer: Device) -> None:
    created = made(observer, Shot(jpeg()))
    (result,) = observer.send(withdrawal(created))
    assert result["status"] == "accepted"


def test_a_photo_that_arrives_after_the_withdrawal_reopens_nothing(
    observer: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    created = made(observer, shot)
    observer.send(withdrawal(created))
    assert observer.upload(shot).status_code == 201
    assert rows.one(Task).state == "void"
    assert seen(observer, created)["state"] == "withdrawn"


def test_a_withdrawal_after_filing_is_refused(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    created = made(observer)
    supervisor.move(supervisor.task(str(rows.one(Task).id)), "file")
    (result,) = observer.send(withdrawal(created, seen(observer, created)["version"]))
    assert result["problem"]["slug"] == "too-late-to-amend"
    assert rows.one(Task).state == "filed"


def test_a_second_withdrawal_changes_nothing(observer: Device, rows: Rows) -> None:
    created = made(observer)
    observer.send(withdrawal(created))
    events = rows.count(TaskEvent)
    (result,) = observer.send(withdrawal(created, 2))
    assert result["problem"]["slug"] == "too-late-to-amend"
    assert rows.count(TaskEvent) == events


def test_nobody_elses_record_is_withdrawn(observer: Device, handler: Device, rows: Rows) -> None:
    created = made(observer)
    (result,) = handler.send(withdrawal(created))
    assert result["status"] == "quarantined"
    assert rows.one(Task).state == "reported"
