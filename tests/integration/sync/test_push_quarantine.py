"""Ops that cannot be applied go to quarantine 待人工处理, with their photos, and harm no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from inspect_server.models import Observation, Photo, Task
from tests.support.actors import IN_MAOJIAN, Device, Shot, jpeg, new_id, op, record
from tests.support.push_results import quarantine_reason, statuses
from tests.support.rows import Rows

# --- ops that cannot be applied ------------------------------------------------------------------


def test_an_unknown_category_is_quarantined(observer: Device) -> None:
    assert quarantine_reason(observer, record(category="XX9999")) == "category-unknown"


def test_a_place_out_of_range_is_quarantined(observer: Device, subtests: pytest.Subtests) -> None:
    for lon, lat in ((181, 32), (-180.1, 32), (110, 90.5), (1e300, 32)):
        with subtests.test(f"{lon} {lat}"):
            place = IN_MAOJIAN | {"lon": lon, "lat": lat}
            assert quarantine_reason(observer, record(place=place)) == "place-out-of-range"


def test_a_version_that_no_record_can_have_is_quarantined(observer: Device) -> None:
    change = record() | {"base_version": 10**40}
    (result,) = observer.send(change)
    assert result["status"] == "quarantined"


def test_half_a_place_is_quarantined(observer: Device) -> None:
    assert quarantine_reason(observer, record(place={"lon": 110.7, "source": "gnss"})) == (
        "place-out-of-range"
    )


def test_a_tenth_photo_is_quarantined_and_all_ten_are_wanted(observer: Device) -> None:
    shots = [Shot(jpeg()) for _ in range(10)]
    (result,) = observer.send(record(*shots))
    assert result["problem"]["slug"] == "too-many-photos"
    assert sorted(result["wanted"]) == sorted(shot.photo_id for shot in shots)


def test_nine_photos_are_accepted(observer: Device) -> None:
    (result,) = observer.send(record(*(Shot(jpeg()) for _ in range(9))))
    assert result["status"] == "accepted"


def test_an_unknown_kind_is_quarantined_not_refused(observer: Device) -> None:
    sent = op("tally.record", new_id(), {"anything": [1, 2]})
    assert quarantine_reason(observer, sent) == "kind-unknown"


def test_an_op_that_is_no_object_is_quarantined(observer: Device) -> None:
    results = observer.send("nonsense", None, [1], 7)
    assert statuses(results) == ["quarantined"] * 4
    assert [r["op_id"] for r in results] == [None] * 4


WRONG: list[tuple[str, Callable[[dict[str, Any]], Any], str]] = [
    ("an unknown field", lambda o: o | {"extra": 1}, "/extra"),
    ("an unknown field of the data", lambda o: o | {"data": o["data"] | {"x": 1}}, "/data/x"),
    ("a missing time", lambda o: {k: v for k, v in o.items() if k != "captured_at"}, "/captured"),
    ("a time without zone", lambda o: o | {"captured_at": "2026-03-04T09:30:00"}, "/captured_at"),
    ("a time before the calendar", lambda o: o | {"captured_at": "0001-01-01T00:00:00+14:00"}, "/"),
    ("a schema nobody shipped", lambda o: o | {"schema": 2}, "/schema"),
    ("a text as data", lambda o: o | {"data": "text"}, "/data"),
    ("an entity without id", lambda o: o | {"entity_id": "7"}, "/entity_id"),
    ("a photo of no bytes", lambda o: o | {"photos": [Shot(b"").declared()]}, "/photos/0/bytes"),
    (
        "a hash in capitals",
        lambda o: o | {"photos": [Shot(b"x").declared(sha256="A" * 64)]},
        "/photos/0/sha256",
    ),
    (
        "a role nobody knows",
        lambda o: o | {"photos": [Shot(b"x").declared(role="selfie")]},
        "/photos/0/role",
    ),
    ("a severity of five", lambda o: o | {"data": o["data"] | {"severity": 5}}, "/data/severity"),
    ("a NUL in the note", lambda o: o | {"data": o["data"] | {"note": "a\x00b"}}, "/data/note"),
    ("half a character", lambda o: o | {"data": o["data"] | {"note": "\ud83d"}}, "/data/note"),
    ("half a character as a name", lambda o: o | {"\ud83d": 1}, "/"),
    ("half a character as its id", lambda o: o | {"op_id": "\ud83d"}, "/op_id"),
    ("a NUL in the kind", lambda o: o | {"kind": "a\x00b"}, "/kind"),
    ("a huge number", lambda o: o | {"clock": {"offset_ms": 10**300}}, "/clock/offset_ms"),
]


def test_a_malformed_op_is_quarantined_with_the_place_of_its_error(
    observer: Device, subtests: pytest.Subtests
) -> None:
    results = observer.send(*(change(record()) for _, change, _ in WRONG))
    for (name, _, pointer), result in zip(WRONG, results, strict=True):
        with subtests.test(name):
            assert result["status"] == "quarantined"
            assert any(e["pointer"].startswith(pointer) for e in result["problem"]["errors"])


def test_a_photo_of_three_gigabytes_is_kept_as_declared(observer: Device) -> None:
    shot = Shot(jpeg())
    sent = record() | {"photos": [shot.declared(bytes=3 * 2**30)]}
    (result,) = observer.send(sent)
    assert result["status"] == "accepted"
    assert result["wanted"] == [shot.photo_id]


def test_what_cannot_be_applied_is_kept_verbatim_for_supervisors_and_admins(
    observer: Device, supervisor: Device, admin: Device
) -> None:
    sent = record(category="XX9999", note="<b>原文</b>")
    observer.send(sent)
    for reader in (supervisor, admin):
        (item,) = reader.get("/quarantine").json["items"]
        assert item["body"] == sent
        assert item["person"]["name"] == "小陈"


def test_a_quarantined_op_is_not_shown_to_another_district(
    observer: Device, outsider: Device
) -> None:
    observer.send(record(category="XX9999"))
    assert outsider.get("/quarantine").json["items"] == []


def test_the_author_gets_a_notice_that_an_op_waits_for_a_person(observer: Device) -> None:
    observer.send(record(category="XX9999"))
    notices = [c for c in observer.pull()["changes"] if c["collection"] == "notices"]
    assert [n["data"]["kind"] for n in notices] == ["quarantined"]


def test_photos_of_a_quarantined_op_are_uploaded_and_shown_to_supervisors(
    observer: Device, supervisor: Device
) -> None:
    shot = Shot(jpeg())
    (result,) = observer.send(record(shot, category="XX9999"))
    assert result["wanted"] == [shot.photo_id]
    assert observer.upload(shot).status_code == 201
    (item,) = supervisor.get("/quarantine").json["items"]
    assert [(p["id"], p["state"]) for p in item["photos"]] == [(shot.photo_id, "stored")]
    assert supervisor.get(f"/photos/{shot.photo_id}/original").status_code == 302


def test_photos_of_a_quarantined_op_are_not_shown_to_another_district(
    observer: Device, outsider: Device
) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot, category="XX9999"))
    observer.upload(shot)
    assert outsider.get(f"/photos/{shot.photo_id}/original").status_code == 404


def test_the_readable_photos_of_a_malformed_op_are_wanted(observer: Device) -> None:
    shot = Shot(jpeg())
    sent = record() | {"photos": [shot.declared(), {"photo_id": 7}], "unknown": 1}
    (result,) = observer.send(sent)
    assert result["wanted"] == [shot.photo_id]


def test_one_bad_op_never_spoils_the_batch(observer: Device, rows: Rows) -> None:
    good = [record() for _ in range(3)]
    bad = record(Shot(jpeg()), category="XX9999")
    results = observer.send(good[0], "nonsense", good[1], bad, good[2])
    assert statuses(results) == ["accepted", "quarantined", "accepted", "quarantined", "accepted"]
    assert rows.count(Task) == 3
    assert rows.count(Observation) == 3


def test_a_refused_op_leaves_nothing_half_stored(observer: Device, rows: Rows) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    observer.send(record(Shot(jpeg(1)), shot, category="XX9999"))
    assert rows.count(Observation) == rows.count(Task) == 0
    assert rows.count(Photo, Photo.observation_id.is_not(None)) == 0
