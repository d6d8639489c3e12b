"""The limits 时限 of a case: when each begins, stops, runs on and is overdue."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.actors import Device
from tests.support.case_walks import dispatched, handling, reported, submit
from tests.support.clock import FakeClock


@pytest.mark.one_database
def test_the_supervisor_has_two_working_hours_to_file(
    observer: Device, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    observer = Device(observer.app, observer.login, observer.password)
    assert reported(observer)["due_at"] == "2026-03-04T03:00:00.000Z"


@pytest.mark.one_database
def test_dispatching_has_two_working_hours_of_its_own(
    app: Any, sign_in: Any, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-03-04T11:00:00+08:00")
    observer, supervisor = sign_in("chen"), sign_in("like")
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    # Lunch from 12 to 14 does not count.
    assert task["due_at"] == "2026-03-04T07:00:00.000Z"


@pytest.mark.one_database
def test_the_units_limit_runs_from_the_dispatch(sign_in: Any, fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    observer, supervisor = sign_in("chen"), sign_in("like")
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    fake_clock.forward(minutes=30)
    task = supervisor.move(task, "dispatch")
    # 店外经营: two continuous hours.
    assert task["due_at"] == "2026-03-04T03:30:00.000Z"
    assert task["deadline"]["explanation"]


@pytest.mark.one_database
def test_a_limit_in_working_days_passes_over_the_holidays(
    sign_in: Any, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-09-30T09:00:00+08:00")
    observer, supervisor = sign_in("chen"), sign_in("like")
    # 垃圾箱破损缺失: three working days; 1–7 October is off, the 10th is a working Saturday.
    task = dispatched(observer, supervisor, category="GG0401")
    assert task["due_at"] == "2026-10-10T01:00:00.000Z"
    assert task["provisional"] is False


@pytest.mark.one_database
def test_a_limit_into_an_unpublished_year_says_it_is_provisional(
    sign_in: Any, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-12-31T17:00:00+08:00")
    observer, supervisor = sign_in("chen"), sign_in("like")
    assert dispatched(observer, supervisor, category="GG0401")["provisional"] is True


@pytest.mark.one_database
def test_a_task_past_its_limit_is_overdue(sign_in: Any, fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    task = dispatched(sign_in("chen"), sign_in("like"))
    fake_clock.forward(hours=2, seconds=1)
    assert sign_in("like").task(task["id"])["overdue"] is True


@pytest.mark.one_database
def test_the_time_in_verification_is_not_the_units(sign_in: Any, fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    observer, supervisor, handler = sign_in("chen"), sign_in("like"), sign_in("wang")
    unit = handling(observer, supervisor, handler)
    fake_clock.forward(minutes=30)
    submit(handler, unit)
    fake_clock.forward(days=1)
    supervisor, handler = sign_in("like"), sign_in("wang")
    task = supervisor.task(unit["id"])
    assert task["overdue"] is False
    task = supervisor.move(task, "fail", reason="not_fixed")
    # Two hours less the half hour that was used.
    assert task["due_at"] == "2026-03-05T03:00:00.000Z"


@pytest.mark.one_database
def test_rework_that_runs_over_the_rest_is_overdue(sign_in: Any, fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    observer, supervisor, handler = sign_in("chen"), sign_in("like"), sign_in("wang")
    unit = handling(observer, supervisor, handler)
    fake_clock.forward(minutes=50)
    task = submit(handler, unit)
    fake_clock.forward(days=1)
    supervisor = sign_in("like")
    supervisor.move(supervisor.task(task["id"]), "fail", reason="not_fixed")
    fake_clock.forward(minutes=71)
    assert sign_in("wang").task(task["id"])["overdue"] is True


@pytest.mark.one_database
def test_after_a_hand_back_the_next_unit_gets_a_limit_of_its_own(
    sign_in: Any, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    observer, supervisor, handler = sign_in("chen"), sign_in("like"), sign_in("wang")
    task = dispatched(observer, supervisor)
    fake_clock.forward(minutes=50)
    handler.move(handler.task(task["id"]), "hand_back", reason="not_ours")
    unit = sign_in("he").person["unit"]["id"]
    again = supervisor.move(supervisor.task(task["id"]), "dispatch", unit_id=unit)
    assert again["due_at"] == "2026-03-04T03:50:00.000Z"
