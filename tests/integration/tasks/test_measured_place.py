"""A place set by hand 手动选点: what the phone had measured is kept beside it."""

from __future__ import annotations

from typing import Any

import pytest

from inspect_server.core.geo import metres_between
from tests.support.actors import IN_MAOJIAN, Device, op, record

PIN = IN_MAOJIAN | {"lon": 110.7920, "source": "pin", "accuracy_m": 12}
APART = metres_between((IN_MAOJIAN["lon"], IN_MAOJIAN["lat"]), (PIN["lon"], PIN["lat"]))  # type: ignore[arg-type]


def report_pinned(observer: Device, **more: Any) -> dict[str, Any]:
    """Send a record with a pin; returns the record as its author reads it."""
    sent = record(place=PIN, **more)
    (result,) = observer.send(sent)
    assert result["status"] == "accepted", result
    return dict(observer.get(f"/observations/{sent['entity_id']}").json or {})


def test_the_measured_position_is_kept_beside_the_pin(observer: Device, supervisor: Device) -> None:
    observation = report_pinned(observer, measured=IN_MAOJIAN)
    assert observation["place"]["source"] == "pin"
    assert observation["data"]["measured"] == IN_MAOJIAN
    task = supervisor.task(observation["task_id"])
    assert task["place"]["lon"] == PIN["lon"]
    measured = task["measured_place"]
    assert (measured["lon"], measured["source"]) == (IN_MAOJIAN["lon"], "gnss")
    assert measured["distance_m"] == pytest.approx(APART, abs=0.1)


@pytest.mark.one_database
@pytest.mark.parametrize("measured", [None, {}, {"lon": 110.79}, {"source": "none"}])
def test_a_pin_without_a_usable_measured_position_is_taken_as_it_is(
    observer: Device, supervisor: Device, measured: Any
) -> None:
    observation = report_pinned(observer, measured=measured)
    assert supervisor.task(observation["task_id"])["measured_place"] is None


@pytest.mark.one_database
def test_a_phone_that_does_not_know_the_field_is_served_as_before(
    observer: Device, supervisor: Device
) -> None:
    observation = report_pinned(observer)
    assert supervisor.task(observation["task_id"])["measured_place"] is None


@pytest.mark.one_database
def test_the_measured_position_counts_for_nothing(observer: Device) -> None:
    elsewhere = {"lon": 2.35, "lat": 48.85, "accuracy_m": 5, "source": "gnss"}
    observation = report_pinned(observer, measured=elsewhere)
    assert observation["district"] == "maojian"
    assert observation["place"]["lon"] == PIN["lon"]


@pytest.mark.one_database
def test_a_correction_may_bring_a_pin_and_what_was_measured(
    observer: Device, supervisor: Device
) -> None:
    observation = observer.report()
    fields = {"place": PIN, "measured": IN_MAOJIAN}
    amended = op("observation.amend", observation["id"], {"fields": fields}, base_version=1)
    (result,) = observer.send(amended)
    assert result["status"] == "accepted", result
    task = supervisor.task(observation["task_id"])
    assert task["measured_place"]["distance_m"] == pytest.approx(APART, abs=0.1)


@pytest.mark.one_database
def test_the_unit_does_not_read_where_the_reporter_stood(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    observation = report_pinned(observer, measured=IN_MAOJIAN)
    task = supervisor.move(supervisor.task(observation["task_id"]), "file")
    supervisor.move(task, "dispatch")
    shown = handler.task(task["id"])
    assert "measured_place" not in shown
    assert str(IN_MAOJIAN["lon"]) not in str(shown)
