"""A batch from a phone: applied once, whatever the network does."""

from __future__ import annotations

from tests.cast import Device, Shot, jpeg, record


def test_a_record_is_accepted_and_its_photos_are_wanted(observer: Device) -> None:
    shot = Shot(jpeg())
    (result,) = observer.send(record(shot))
    assert result["status"] == "accepted"
    assert result["wanted"] == [shot.photo_id]


def test_sending_the_same_batch_twice_opens_one_task(observer: Device) -> None:
    op = record(Shot(jpeg()))
    observer.send(op)
    (again,) = observer.send(op)
    assert again["status"] == "duplicate"
    assert len(observer.get("/tasks").json["items"]) == 1
