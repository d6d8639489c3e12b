"""The photos an op declares: attached, requested or refused."""

from __future__ import annotations

from tests.support.actors import Device, Shot, jpeg, record
from tests.support.push_results import quarantine_reason


def test_a_photo_that_came_first_is_attached_and_not_wanted(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    sent = record(shot)
    (result,) = observer.send(sent)
    assert result["wanted"] == []
    observation = observer.get(f"/observations/{sent['entity_id']}").json
    assert (observation["state"], observation["photos"][0]["state"]) == ("complete", "stored")


def test_a_hash_other_than_the_uploaded_is_a_photo_mismatch(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    sent = record() | {"photos": [shot.declared(sha256="0" * 64)]}
    assert quarantine_reason(observer, sent) == "photo-mismatch"


def test_a_size_other_than_the_uploaded_is_a_photo_mismatch(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    sent = record() | {"photos": [shot.declared(bytes=len(shot.content) + 1)]}
    assert quarantine_reason(observer, sent) == "photo-mismatch"


def test_a_photo_of_another_record_is_not_taken_over(observer: Device) -> None:
    shot = Shot(jpeg())
    first = record(shot)
    observer.send(first)
    assert quarantine_reason(observer, record(shot)) == "photo-id-reused"
    observation = observer.get(f"/observations/{first['entity_id']}").json
    assert [p["id"] for p in observation["photos"]] == [shot.photo_id]


def test_a_photo_of_another_author_is_not_taken_over(observer: Device, handler: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    assert quarantine_reason(handler, record(shot)) == "photo-id-reused"


def test_the_same_photo_id_twice_in_one_record_is_quarantined(observer: Device) -> None:
    shot = Shot(jpeg())
    assert quarantine_reason(observer, record(shot, shot)) == "photo-id-reused"


def test_two_photos_with_equal_bytes_are_two_photos(observer: Device) -> None:
    one, two = Shot(jpeg()), Shot(jpeg())
    observation = observer.report(one, two)
    assert [p["state"] for p in observation["photos"]] == ["stored", "stored"]
    assert {p["id"] for p in observation["photos"]} == {one.photo_id, two.photo_id}
