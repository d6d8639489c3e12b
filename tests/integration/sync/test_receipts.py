"""Receipts 回执: what became of every id a phone asks for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.actors import Device, Shot, jpeg, new_id, record


def receipts(device: Device, **ids: list[str]) -> dict[str, Any]:
    answer = device.post("/sync/receipts", ids)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def photo(device: Device, shot: Shot) -> str:
    return str(receipts(device, photos=[shot.photo_id])["photos"][shot.photo_id])


def test_every_requested_id_is_answered(observer: Device) -> None:
    good, bad = record(), record(category="XX9999")
    rival = record() | {"entity_id": good["entity_id"]}
    never = record() | {"after": [new_id()]}
    observer.send(good, bad, rival, never)
    ids = [one["op_id"] for one in (good, bad, rival, never)]
    answer = receipts(observer, ops=ids, photos=[])
    assert [answer["ops"][i] for i in ids] == ["accepted", "quarantined", "conflict", "unknown"]
    assert answer["photos"] == {}


def test_an_answer_carries_the_servers_time_and_generation(observer: Device) -> None:
    answer = receipts(observer)
    assert {"server_now", "epoch", "backed_up_to"} <= set(answer)


def test_the_ids_of_another_author_are_unknown(observer: Device, handler: Device) -> None:
    shot = Shot(jpeg())
    sent = record(shot)
    observer.send(sent)
    answer = receipts(handler, ops=[sent["op_id"]], photos=[shot.photo_id])
    assert answer["ops"] == {sent["op_id"]: "unknown"}
    assert answer["photos"] == {shot.photo_id: "unknown"}


def test_an_op_is_known_on_another_device_of_its_author(observer: Device) -> None:
    sent = record()
    observer.send(sent)
    other = Device(observer.app, observer.login, observer.password)
    assert receipts(other, ops=[sent["op_id"]])["ops"] == {sent["op_id"]: "accepted"}


def test_a_photo_that_only_its_op_named_is_declared(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    assert photo(observer, shot) == "declared"


def test_a_photo_on_its_way_says_how_far_it_came(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    assert photo(observer, shot) == "partial:1000"


def test_a_photo_in_the_store_is_stored(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    assert photo(observer, shot) == "stored"


def test_a_photo_that_was_refused_says_why(observer: Device) -> None:
    shot = Shot(b"these are words, not a photo" * 10)
    observer.upload(shot)
    assert photo(observer, shot) == "rejected:photo-not-an-image"


def test_a_photo_whose_hash_was_wrong_is_not_stored(observer: Device) -> None:
    shot, other = Shot(jpeg()), Shot(jpeg(1))
    body = other.content[: len(shot.content)].ljust(len(shot.content), b"\0")
    assert observer.upload(shot, body).status_code == 460
    assert photo(observer, shot) == "partial:0"


def test_receipts_never_check_the_epoch(observer: Device) -> None:
    answer = observer.post("/sync/receipts", {"ops": [], "photos": [], "epoch": "x"})
    assert (answer.status_code, answer.json["slug"]) == (422, "invalid")
    assert receipts(observer)["epoch"]


def test_five_hundred_of_each_are_answered(observer: Device) -> None:
    ids = [new_id() for _ in range(500)]
    answer = receipts(observer, ops=ids, photos=ids)
    assert set(answer["ops"]) == set(answer["photos"]) == set(ids)


def test_more_than_five_hundred_are_refused(observer: Device) -> None:
    ids = [new_id() for _ in range(501)]
    answer = observer.post("/sync/receipts", {"ops": ids})
    assert (answer.status_code, answer.json["slug"]) == (422, "invalid")


@pytest.mark.parametrize("write", [str.upper, lambda i: i.replace("-", "")], ids=["upper", "bare"])
def test_an_id_is_answered_under_its_canonical_name(observer: Device, write: Any) -> None:
    sent = record()
    observer.send(sent)
    assert receipts(observer, ops=[write(sent["op_id"])])["ops"] == {sent["op_id"]: "accepted"}


def test_an_invalid_id_is_refused_with_its_position(observer: Device) -> None:
    answer = observer.post("/sync/receipts", {"ops": [new_id(), "seven"]})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/ops/1"
