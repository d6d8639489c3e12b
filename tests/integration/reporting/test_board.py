"""The board: every number leads to exactly the cases it counts."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from inspect_server.models import Person
from schemas.vocabulary import Measure, Role
from tests.support.actors import Device, Shot, jpeg
from tests.support.rows import Rows

NEEDS = {
    Measure.DUE_SOON,
    Measure.UNASSIGNED,
    Measure.LOCALITY_UNDECIDED,
    Measure.EXTENSION_PENDING,
    Measure.APPEAL_PENDING,
}
COUNTED = [measure for measure in Measure if measure not in NEEDS | {Measure.UNPLACED}]
# Numbers by their names: each is at least as large as the next.
CHAINS = (
    ("received", "filed", "due", "closed", "closed_on_time"),
    ("filed", "rework"),
    ("received", "open", "overdue"),
)


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


def _settle_on_the_spot(observer: Device, supervisor: Device, seed: int) -> None:
    """A record that was settled when it was made: closed without ever being filed."""
    shots = (Shot(jpeg(seed), "before"), Shot(jpeg(seed + 20), "after"))
    task = supervisor.task(observer.report(*shots, outcome="fixed_on_spot")["task_id"])
    if task["state"] == "verifying":
        # One of the sample, which a person verifies.
        task = supervisor.move(task, "pass")
    assert (task["state"], task["filed_at"]) == ("closed", None)


def _board(person: Device) -> dict[str, Any]:
    answer = person.get("/board")
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


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


@pytest.mark.parametrize("measure", sorted(NEEDS))
def test_what_needs_somebody_is_the_length_of_its_list(history: Device, measure: Measure) -> None:
    assert _board(history)["needs_me"][measure.value] == _listed(history, measure=measure.value)


def test_the_numbers_add_up_by_their_names(observer: Device, history: Device) -> None:
    for seed in range(30, 33):
        _settle_on_the_spot(observer, history, seed)
    board = _board(history)
    for tally in (board["totals"], *(d for d in board["districts"] if d["in_scope"])):
        for chain in CHAINS:
            numbers = [tally[name] for name in chain]
            assert numbers == sorted(numbers, reverse=True), (tally.get("code"), chain)
        # Every received case is filed, rejected or still open: nothing is counted twice.
        assert tally["received"] == tally["closed"] + tally["rejected"] + tally["open"]
    assert (board["totals"]["due"], board["totals"]["filed"]) == (4, 4)
    assert board["totals"]["rates"] | {"rework": None} == {
        "filed": round(4 / 6, 4),
        "closed": 1,
        "on_time": 1,
        "rework": None,
    }


def test_every_number_of_the_board_says_what_it_counts(supervisor: Device) -> None:
    board = _board(supervisor)
    for name in (name for chain in CHAINS for name in chain):
        assert board["definitions"][name].startswith(Measure(name).zh + "："), name


# --- who may see it ------------------------------------------------------------------------------


def test_a_district_out_of_scope_has_no_numbers(
    observer: Device, supervisor: Device, outsider: Device
) -> None:
    _report(observer, 1)
    for person, own in ((supervisor, "maojian"), (outsider, "zhangwan")):
        board = _board(person)
        by_code = {district["code"]: district for district in board["districts"]}
        assert len(by_code) >= 4
        assert {code for code, one in by_code.items() if one["in_scope"]} == {own}
        for code, district in by_code.items():
            numbers = {name: district[name] for name in board["totals"] if name != "rates"}
            if code == own:
                assert numbers == {name: board["totals"][name] for name in numbers}
            else:
                assert set(numbers.values()) == {None}, code
                assert set(district["rates"].values()) == {None}, code
                assert district["states"] == {}, code
    assert _board(supervisor)["totals"]["received"] == 1
    assert _board(outsider)["totals"]["received"] == 0


def test_the_whole_city_is_in_the_scope_of_the_city(observer: Device, sign_in: Any) -> None:
    _report(observer, 1)
    board = _board(sign_in("chuangwen"))
    assert {district["in_scope"] for district in board["districts"]} == {True}
    # Nothing there is a true 0.
    assert {d["code"]: d["received"] for d in board["districts"]}["zhangwan"] == 0


def test_a_quarantine_that_one_may_not_read_has_no_number(
    sign_in: Any, rows: Rows, supervisor: Device
) -> None:
    assert _board(supervisor)["needs_me"]["quarantined"] == 0
    city = sign_in("chuangwen")
    arbiter = sa.update(Person).where(Person.login == "chuangwen").values(role=Role.ARBITER)
    rows.write(lambda session: session.execute(arbiter))
    assert city.get("/quarantine").status_code == 403
    assert _board(city)["needs_me"]["quarantined"] is None
