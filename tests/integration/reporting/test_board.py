"""The board: every number leads to exactly the cases it counts."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.vocabulary import Measure
from tests.support.actors import Device, Shot, jpeg

COUNTED = [m for m in Measure if m not in {Measure.DUE_SOON, Measure.UNASSIGNED, Measure.UNPLACED}]


@pytest.fixture
def history(observer: Device, supervisor: Device, handler: Device) -> Device:
    """Cases that came to different ends: rejected, void, closed after a rework, just reported."""
    tasks = [supervisor.task(_report(observer, seed)) for seed in range(4)]
    supervisor.move(tasks[0], "reject", reason="not_a_problem")
    supervisor.move(tasks[1], "void", reason="test_record")
    filed = supervisor.move(tasks[2], "file")
    supervisor.move(filed, "dispatch", unit_id=handler.person["unit"]["id"])
    handler.move(handler.task(filed["id"]), "accept")
    for seed, verdict in ((7, {"move": "fail", "reason": "not_fixed"}), (8, {"move": "pass"})):
        after = Shot(jpeg(seed), "after")
        assert handler.upload(after).status_code == 201
        handler.move(handler.task(filed["id"]), "submit", photos=[after.declared()])
        supervisor.move(supervisor.task(filed["id"]), **verdict)
    return supervisor


def _report(observer: Device, seed: int) -> str:
    return str(observer.report(Shot(jpeg(seed)), Shot(jpeg(seed + 20), "close"))["task_id"])


def _listed(person: Device, **filters: Any) -> int:
    answer = person.get("/tasks", query_string=filters | {"limit": 200})
    assert answer.status_code == 200, answer.text
    return len((answer.json or {})["items"])


@pytest.mark.parametrize("measure", COUNTED)
def test_a_number_of_the_board_is_the_length_of_its_list(history: Device, measure: Measure) -> None:
    board = history.get("/board").json or {}
    assert board["totals"][measure.value] == _listed(history, measure=measure.value)


def test_the_history_changes_every_number_except_the_late_ones(history: Device) -> None:
    totals = (history.get("/board").json or {})["totals"]
    assert {name: totals[name] for name in ("received", "filed", "rejected", "closed")} == {
        "received": 3,
        "filed": 1,
        "rejected": 1,
        "closed": 1,
    }
    assert (totals["rework"], totals["open"], totals["overdue"]) == (1, 1, 0)


def test_an_unknown_measure_is_refused(supervisor: Device) -> None:
    assert supervisor.get("/tasks?measure=everything").status_code == 422
