"""Ops that fail half-way: their rows are rolled back, other ops of the batch stay."""

from __future__ import annotations

from inspect_server.models import Observation, Photo, Task
from tests.reliability import checker
from tests.support.actors import Device, Shot, jpeg, op, record
from tests.support.rows import Rows


def findings(rows: Rows) -> list[str]:
    """The findings of the checker in the tables."""
    report = rows.read(checker.examine)
    return [] if report.ok else report.lines()


def test_a_record_that_fails_at_its_second_photo_leaves_nothing(
    observer: Device, rows: Rows
) -> None:
    taken, fresh = Shot(jpeg(1, 48)), Shot(jpeg(2, 48))
    first, second, third = record(taken), record(fresh, taken), record()
    results = observer.send(first, second, third)
    assert [r["status"] for r in results] == ["accepted", "quarantined", "accepted"]
    assert results[1]["problem"]["slug"] == "photo-id-reused"
    assert rows.count(Observation) == rows.count(Task) == 2
    assert rows.count(Photo, Photo.observation_id.is_not(None)) == 1
    assert findings(rows) == []


def test_a_correction_that_fails_at_its_photo_corrects_nothing(
    observer: Device, rows: Rows
) -> None:
    taken = Shot(jpeg(1, 48))
    first = record(taken, note="原话")
    change = op(
        "observation.amend",
        first["entity_id"],
        {"fields": {"note": "改过"}},
        [taken],
        base_version=1,
    )
    results = observer.send(first, change)
    assert [r["status"] for r in results] == ["accepted", "quarantined"]
    stored = rows.one(Observation)
    assert (stored.version, stored.note, stored.data["note"]) == (1, "原话", "原话")
    assert findings(rows) == []
