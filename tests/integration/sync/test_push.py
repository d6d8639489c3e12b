"""A batch from a phone: each op applied once, with its own answer, whatever the others are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from inspect_server.core.database import db
from inspect_server.models import Observation, Photo, Quarantined, ReceivedOp, Task
from tests.support.actors import IN_MAOJIAN, Device, Shot, jpeg, new_id, op, record
from tests.support.rows import Rows


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [result["status"] for result in results]


def refused(observer: Device, sent: dict[str, Any]) -> str:
    """Send an op that cannot be applied and return the slug its author reads."""
    (result,) = observer.send(sent)
    assert result["status"] == "quarantined"
    return str(result["problem"]["slug"])


def withdrawal(created: dict[str, Any], **more: Any) -> dict[str, Any]:
    return op("observation.withdraw", created["entity_id"], {}, base_version=1) | more


# --- accepted ------------------------------------------------------------------------------------


def test_a_record_is_accepted_and_its_photos_are_wanted(observer: Device) -> None:
    shot = Shot(jpeg())
    (result,) = observer.send(record(shot))
    assert result["status"] == "accepted"
    assert result["version"] == 1
    assert result["wanted"] == [shot.photo_id]


def test_a_record_opens_its_task_in_the_same_transaction(observer: Device, rows: Rows) -> None:
    observer.send(record(Shot(jpeg())))
    assert rows.one(Task).observation_id == rows.one(Observation).id


def test_an_answer_carries_the_servers_time_and_generation(observer: Device) -> None:
    answer = observer.push(record()).json
    assert answer is not None
    assert answer["server_now"].endswith("Z")
    assert answer["epoch"]
    assert answer["backed_up_to"] is None


def test_every_answer_is_marked_as_ours(observer: Device) -> None:
    assert observer.push().headers["X-Sync"] == "1"


def test_results_stand_in_the_order_of_the_ops(observer: Device) -> None:
    sent = [record(), {"op_id": new_id()}, record(category="NONE1"), record()]
    results = observer.send(*sent)
    assert [r["op_id"] for r in results] == [s["op_id"] for s in sent]
    assert statuses(results) == ["accepted", "quarantined", "quarantined", "accepted"]


def test_an_empty_batch_is_answered(observer: Device) -> None:
    assert observer.send() == []


def test_a_record_without_a_place_is_kept(observer: Device, rows: Rows) -> None:
    (result,) = observer.send(record(place=None))
    assert result["status"] == "accepted"
    assert rows.one(Task).district_code is None


def test_a_record_made_in_the_year_9999_is_still_readable(
    app: Flask, rows: Rows, sign_in: Callable[..., Device]
) -> None:
    rows.read(in_shanghai)
    with app.app_context():
        db.engine.dispose()
    observer = sign_in("chen")
    sent = record() | {"captured_at": "9999-12-31T23:59:59Z"}
    observer.send(sent)
    seen = observer.get(f"/observations/{sent['entity_id']}").json
    assert seen["captured_at"] == "9999-12-31T23:59:59.000Z"


def in_shanghai(session: Session) -> None:
    """Set a PostgreSQL up as a server in 十堰 is; SQLite knows no zone."""
    if session.get_bind().dialect.name == "postgresql":
        name = session.scalar(sa.text("SELECT current_database()"))
        session.execute(sa.text(f"ALTER DATABASE \"{name}\" SET timezone = 'Asia/Shanghai'"))
        session.commit()


# --- seen before ---------------------------------------------------------------------------------


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
    assert refused(observer, record() | {"op_id": sent["op_id"]}) == "op-id-reused"


def test_a_reused_op_id_leaves_the_first_receipt_as_it_was(observer: Device) -> None:
    sent = record()
    observer.send(sent)
    observer.send(record(category="NONE1") | {"op_id": sent["op_id"]})
    asked = observer.post("/sync/receipts", {"ops": [sent["op_id"]]}).json
    assert asked["ops"] == {sent["op_id"]: "accepted"}


def test_a_reused_op_id_leaves_the_first_answer_as_it_was(observer: Device) -> None:
    shot, other = Shot(jpeg()), Shot(jpeg(1))
    sent = record(shot)
    observer.send(sent)
    observer.send(record(other) | {"op_id": sent["op_id"]})
    (again,) = observer.send(sent)
    assert (again["status"], again["wanted"]) == ("duplicate", [shot.photo_id])


def test_what_came_second_under_an_op_id_is_listed_for_supervisors(
    observer: Device, supervisor: Device
) -> None:
    sent = record()
    second = record(note="另一条") | {"op_id": sent["op_id"]}
    observer.send(sent)
    observer.send(second)
    (item,) = supervisor.get("/quarantine").json["items"]
    assert item["body"] == second
    assert item["reason"] == "op-id-reused"


def test_the_photos_of_what_came_second_are_wanted_too(
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
    assert refused(handler, sent) == "op-id-reused"


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


# --- what cannot be applied ----------------------------------------------------------------------


def test_an_unknown_category_is_quarantined(observer: Device) -> None:
    assert refused(observer, record(category="XX9999")) == "category-unknown"


def test_a_place_out_of_range_is_quarantined(observer: Device, subtests: pytest.Subtests) -> None:
    for lon, lat in ((181, 32), (-180.1, 32), (110, 90.5), (1e300, 32)):
        with subtests.test(f"{lon} {lat}"):
            place = IN_MAOJIAN | {"lon": lon, "lat": lat}
            assert refused(observer, record(place=place)) == "place-out-of-range"


def test_half_a_place_is_quarantined(observer: Device) -> None:
    assert refused(observer, record(place={"lon": 110.7, "source": "gnss"})) == (
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
    assert refused(observer, sent) == "kind-unknown"


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


def test_a_malformed_op_is_quarantined_and_told_where_it_is_wrong(
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
    for desk in (supervisor, admin):
        (item,) = desk.get("/quarantine").json["items"]
        assert item["body"] == sent
        assert item["person"]["name"] == "小陈"


def test_a_quarantined_op_is_not_shown_to_another_district(
    observer: Device, outsider: Device
) -> None:
    observer.send(record(category="XX9999"))
    assert outsider.get("/quarantine").json["items"] == []


def test_the_author_is_told_that_an_op_waits_for_a_person(observer: Device) -> None:
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


# --- photos and their ops ------------------------------------------------------------------------


def test_a_photo_that_came_first_is_attached_and_not_wanted(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    sent = record(shot)
    (result,) = observer.send(sent)
    assert result["wanted"] == []
    seen = observer.get(f"/observations/{sent['entity_id']}").json
    assert (seen["state"], seen["photos"][0]["state"]) == ("complete", "stored")


def test_a_hash_other_than_the_uploaded_is_a_photo_mismatch(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    sent = record() | {"photos": [shot.declared(sha256="0" * 64)]}
    assert refused(observer, sent) == "photo-mismatch"


def test_a_size_other_than_the_uploaded_is_a_photo_mismatch(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    sent = record() | {"photos": [shot.declared(bytes=len(shot.content) + 1)]}
    assert refused(observer, sent) == "photo-mismatch"


def test_a_photo_of_another_record_is_not_taken_over(observer: Device) -> None:
    shot = Shot(jpeg())
    first = record(shot)
    observer.send(first)
    assert refused(observer, record(shot)) == "photo-id-reused"
    seen = observer.get(f"/observations/{first['entity_id']}").json
    assert [p["id"] for p in seen["photos"]] == [shot.photo_id]


def test_a_photo_of_another_author_is_not_taken_over(observer: Device, handler: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    assert refused(handler, record(shot)) == "photo-id-reused"


def test_the_same_photo_id_twice_in_one_record_is_quarantined(observer: Device) -> None:
    shot = Shot(jpeg())
    assert refused(observer, record(shot, shot)) == "photo-id-reused"


def test_two_photos_with_equal_bytes_are_two_photos(observer: Device) -> None:
    one, two = Shot(jpeg()), Shot(jpeg())
    seen = observer.report(one, two)
    assert [p["state"] for p in seen["photos"]] == ["stored", "stored"]
    assert {p["id"] for p in seen["photos"]} == {one.photo_id, two.photo_id}


# --- after ---------------------------------------------------------------------------------------


def test_an_op_whose_parent_is_missing_is_deferred(observer: Device, rows: Rows) -> None:
    (result,) = observer.send(record() | {"after": [new_id()]})
    assert result["status"] == "deferred"
    assert result["retry_after"] > 0
    assert rows.count(ReceivedOp) == 0


def test_a_deferred_op_is_accepted_once_its_parent_came(observer: Device) -> None:
    parent = record()
    child = record() | {"after": [parent["op_id"]]}
    assert statuses(observer.send(child)) == ["deferred"]
    assert statuses(observer.send(parent)) == ["accepted"]
    assert statuses(observer.send(child)) == ["accepted"]


def test_a_parent_may_stand_behind_its_child(observer: Device) -> None:
    parent = record()
    child = withdrawal(parent, after=[parent["op_id"]])
    assert statuses(observer.send(child, parent)) == ["accepted", "accepted"]


def test_a_whole_chain_may_stand_in_reverse(observer: Device) -> None:
    chain = [record()]
    for _ in range(5):
        chain.append(record() | {"after": [chain[-1]["op_id"]]})
    assert statuses(observer.send(*reversed(chain))) == ["accepted"] * 6


@pytest.mark.parametrize("parent", [record(category="XX9999"), {"op_id": new_id()}])
def test_what_follows_a_quarantined_op_is_quarantined(
    observer: Device, parent: dict[str, Any]
) -> None:
    observer.send(parent)
    child = record() | {"after": [parent["op_id"]]}
    assert refused(observer, child) == "parent-quarantined"


def test_what_follows_a_conflicting_op_is_quarantined(observer: Device) -> None:
    first = record()
    rival = record() | {"entity_id": first["entity_id"]}
    observer.send(first, rival)
    assert refused(observer, record() | {"after": [rival["op_id"]]}) == "parent-quarantined"


def test_somebody_elses_op_is_no_parent(observer: Device, handler: Device) -> None:
    parent = record()
    observer.send(parent)
    assert statuses(handler.send(record() | {"after": [parent["op_id"]]})) == ["deferred"]


# --- the request as a whole ----------------------------------------------------------------------


def test_a_hundred_ops_are_received(observer: Device, rows: Rows) -> None:
    assert statuses(observer.send(*(record() for _ in range(100)))) == ["accepted"] * 100


def test_a_hundred_and_one_ops_are_too_many(observer: Device, rows: Rows) -> None:
    answer = observer.push(*(record() for _ in range(101)))
    assert (answer.status_code, answer.json["slug"]) == (413, "too-large")
    assert rows.count(Task) == 0


def test_a_phone_without_an_epoch_learns_it(observer: Device) -> None:
    answer = observer.push(epoch=None)
    assert answer.status_code == 200
    assert observer.push(epoch=answer.json["epoch"]).status_code == 200


def test_another_epoch_is_refused_and_the_right_one_told(observer: Device, rows: Rows) -> None:
    known = observer.push().json["epoch"]
    answer = observer.push(record(), epoch="before the restore")
    assert (answer.status_code, answer.json["slug"]) == (409, "epoch-mismatch")
    assert answer.json["epoch"] == known
    assert rows.count(Task) == 0


def test_a_batch_without_a_token_is_refused(observer: Device) -> None:
    answer = observer.client.post("/api/v1/sync/push", json={})
    assert (answer.status_code, answer.json["slug"]) == (401, "not-signed-in")
    assert answer.headers["X-Sync"] == "1"
