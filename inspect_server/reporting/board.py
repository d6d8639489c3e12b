"""The board 工作台: four districts side by side and what needs me now; SELECTs only.

Every rate stands beside its counts: small districts swing (DOMAIN §7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.models import Quarantined, Task
from inspect_server.models.tasks import LATE, REWORKED, UNFILED
from inspect_server.registry.reference import Reference
from inspect_server.reporting import trends
from inspect_server.sync.queries import quarantine
from inspect_server.tasks.rules import measures
from schemas.vocabulary import OPEN_STATES, Measure, QuarantineState, Severity, TaskState

DAYS = 14
DEFINITIONS = {
    "received": "收到:全部上报,作废除外",
    "filed": "立案:已立案及其后的案件",
    "due": "应结案:已派遣且时限已到,或已结案的案件",
    "closed": "已结案:核查通过的案件",
    "closed_on_time": "按期结案:责任单位在时限内提交且核查通过的案件",
    "rework": "返工:至少一次核查不通过的案件",
}


def board(session: Session, reference: Reference, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return the board as this person may see it."""
    per_district = _per_district(session, actor, now)
    shown = [
        _district(code, d.name, d.approximate, per_district.get(code, _NOTHING))
        for code, d in reference.districts.items()
    ]
    if None in per_district:
        shown.append(_district("-", "未定位", False, per_district[None]))
    return {
        "as_of": now,
        "days": _days(session, actor, now),
        "totals": _total(shown),
        "districts": shown,
        "needs_me": _needs_me(session, actor, now),
        "definitions": DEFINITIONS,
    }


_COUNTED = (
    Measure.RECEIVED,
    Measure.FILED,
    Measure.REJECTED,
    Measure.DUE,
    Measure.CLOSED,
    Measure.CLOSED_ON_TIME,
    Measure.REWORK,
    Measure.OPEN,
    Measure.OVERDUE,
)
_NOTHING: dict[str, Any] = {str(measure): 0 for measure in _COUNTED} | {"states": {}}


def _per_district(
    session: Session, actor: Actor, now: datetime
) -> dict[str | None, dict[str, Any]]:
    """Count every measure by district.

    States are counted from an index alone. What is true of most cases ever closed (filed, in
    time) is counted as all but those of which it is not; what is open is looked at row by row.
    """
    seen = _in_sight(actor)
    states = _by_district_and_state(session, seen)
    unfiled = _by_district_and_state(session, seen, UNFILED)
    reworked = _by_district_and_state(session, seen, REWORKED)
    late = _by_district_and_state(session, seen, LATE)
    still_open = _open_now(session, seen, now)
    result: dict[str | None, dict[str, Any]] = {}
    for code in states:
        has = _Tally(states[code])
        lacks = _Tally(unfiled.get(code, {}))
        closed = has.of(TaskState.CLOSED)
        due, overdue = still_open.get(code, (0, 0))
        tardy = _Tally(late.get(code, {})).of(TaskState.CLOSED)
        result[code] = {
            str(Measure.RECEIVED): has.all_but_void,
            str(Measure.FILED): has.all_but_void - lacks.all_but_void,
            str(Measure.REJECTED): has.of(TaskState.REJECTED),
            str(Measure.DUE): closed + due,
            str(Measure.CLOSED): closed,
            str(Measure.CLOSED_ON_TIME): closed - tardy,
            str(Measure.REWORK): _Tally(reworked.get(code, {})).all_but_void,
            str(Measure.OPEN): sum(has.of(state) for state in OPEN_STATES),
            str(Measure.OVERDUE): overdue,
            "states": {str(state): count for state, count in states[code].items()},
        }
    return result


def _in_sight(actor: Actor) -> sa.ColumnElement[bool]:
    """Return `tasks.visible_to` as one comparison.

    Written with OR, SQLite collects the rows of both districts from the table before it counts;
    so it reads the index that is counted from.
    """
    if actor.district_code is None:
        return sa.true()
    return sa.func.coalesce(Task.district_code, "").in_((actor.district_code, ""))


@dataclass(frozen=True, slots=True)
class _Tally:
    """Counts of one district by state."""

    states: Mapping[TaskState, int]

    def of(self, state: TaskState) -> int:
        """How many are in this state."""
        return self.states.get(state, 0)

    @property
    def all_but_void(self) -> int:
        """How many there are, 作废 apart."""
        return sum(count for state, count in self.states.items() if state is not TaskState.VOID)


def _by_district_and_state(
    session: Session, *conditions: sa.ColumnElement[bool]
) -> dict[str | None, dict[TaskState, int]]:
    columns = (Task.district_code, Task.state)
    found: dict[str | None, dict[TaskState, int]] = {}
    query = sa.select(*columns, sa.func.count()).where(*conditions).group_by(*columns)
    for code, state, count in session.execute(query):
        found.setdefault(code, {})[state] = count
    return found


def _open_now(
    session: Session, seen: sa.ColumnElement[bool], now: datetime
) -> dict[str | None, tuple[int, int]]:
    """Count by district the open cases that fell due, and those that are overdue."""
    counted = (measures.due_and_open(now), measures.condition(Measure.OVERDUE, now))
    sums = [sa.func.sum(sa.case((condition, 1), else_=0)) for condition in counted]
    query = (
        sa.select(Task.district_code, *sums)
        .where(seen, measures.is_open())
        .group_by(Task.district_code)
    )
    return {code: (int(due), int(late)) for code, due, late in session.execute(query)}


def _district(code: str, name: str, approximate: bool, counts: dict[str, Any]) -> dict[str, Any]:
    return (
        {"code": code, "name": name, "approximate": approximate}
        | counts
        | {"rates": _rates(counts)}
    )


def _rates(counts: dict[str, Any]) -> dict[str, float | None]:
    """Return the rates as shares of 1, or None where there is nothing to divide by."""
    return {
        "filed": _share(counts["filed"], counts["received"]),
        "closed": _share(counts["closed"], counts["due"]),
        "on_time": _share(counts["closed_on_time"], counts["due"]),
        "rework": _share(counts["rework"], counts["filed"]),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _total(districts: list[dict[str, Any]]) -> dict[str, Any]:
    counts = {name: sum(d[name] for d in districts) for name in map(str, _COUNTED)}
    return counts | {"rates": _rates(counts)}


def _days(session: Session, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Count by Shanghai day what was received and closed in the last fortnight."""
    days = trends.city_days(now, DAYS)
    found = trends.by_day(session, [_in_sight(actor)], days, now)
    return [
        {"on": str(day), "received": of.get("reported", 0), "closed": of.get("closed", 0)}
        for day, of in ((day, found.get(str(day), {})) for day in days)
    ]


def _needs_me(session: Session, actor: Actor, now: datetime) -> dict[str, int]:
    """Count what waits for this person, each number a link to its list."""
    danger = sa.and_(
        Task.state == TaskState.AWAITING_EVIDENCE, Task.severity == int(Severity.DANGER)
    )
    wanted = {
        "reported": Task.state == TaskState.REPORTED,
        "filed": Task.state == TaskState.FILED,
        "verifying": Task.state == TaskState.VERIFYING,
        "handed_back": Task.state == TaskState.HANDED_BACK,
        "due_soon": measures.condition(Measure.DUE_SOON, now),
        "overdue": measures.condition(Measure.OVERDUE, now),
        "awaiting_danger": danger,
        "unassigned": measures.unassigned(),
    }
    sums = [sa.func.sum(sa.case((condition, 1), else_=0)) for condition in wanted.values()]
    seen = _in_sight(actor)
    # All of it is open: of all cases there ever were, few.
    row = session.execute(sa.select(*sums).where(seen, measures.is_open())).one()
    counts = {name: int(value or 0) for name, value in zip(wanted, row, strict=True)}
    waiting = session.scalar(
        sa.select(sa.func.count()).where(
            quarantine.visible_to(actor), Quarantined.state == QuarantineState.OPEN
        )
    )
    return counts | {"quarantined": waiting or 0}
