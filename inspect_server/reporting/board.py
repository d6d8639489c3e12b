"""The board 工作台: counts and rates of each district, and what waits for me. Only reads.

Every rate comes with its counts, because rates of small districts vary much (DOMAIN §7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.models import Quarantined, Task
from inspect_server.models.tasks import LATE, REWORKED, UNFILED
from inspect_server.registry.reference import Reference
from inspect_server.reporting import periods, trends
from inspect_server.sync.queries import quarantine
from inspect_server.tasks.rules import measures
from schemas.vocabulary import OPEN_STATES, Measure, QuarantineState, Severity, TaskState

DAYS = 14
# Each is part of one before it, as `tasks.rules.measures` says.
DEFINITIONS = {
    "received": "收到：全部上报，作废除外",
    "filed": "立案：已立案的案件，当场整改或劝导后未经立案直接结案的也计入",
    "due": "应结案：立案中已结案的，和已派遣、时限已到而仍未结案的",
    "closed": "已结案：应结案中核查通过或按规则结案的",
    "closed_on_time": "按期结案：已结案中责任单位在时限内提交的，当场办结的也计入",
    "rework": "曾返工：立案中至少一次核查不通过的",
    "open": "在办：收到的案件中尚未办结的，含待立案",
    "overdue": "已超期：在办中现行时限（立案、派遣或处置）已过的",
}


def board(session: Session, reference: Reference, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return the board of the districts this person may see, in the form of `BoardSchema`."""
    per_district = _per_district(session, actor, now)
    districts = []
    for code, d in reference.districts.items():
        # No number is known to this person of a district out of scope: 0 would be a statement.
        in_scope = access.oversees(actor, code)
        counts = per_district.get(code, _NO_TASKS) if in_scope else _OUT_OF_SCOPE
        districts.append(_district(code, d.name, d.approximate, counts))
    if None in per_district:
        districts.append(_district("-", "未定位", False, per_district[None]))
    return {
        "as_of": now,
        "days": _days(session, actor, now),
        "totals": _total(districts),
        "districts": districts,
        "needs_me": _waiting_counts(session, actor, now),
        "definitions": DEFINITIONS,
    }


_MEASURES = (
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
_NO_TASKS: dict[str, Any] = {str(measure): 0 for measure in _MEASURES} | {"states": {}}
_OUT_OF_SCOPE: dict[str, Any] = dict.fromkeys(_NO_TASKS) | {"states": {}}


def _per_district(
    session: Session, actor: Actor, now: datetime
) -> dict[str | None, dict[str, Any]]:
    """Count every measure by district.

    States are counted in an index. A measure that holds for most tasks (filed, on time) is counted
    as all tasks minus those for which it does not hold; open tasks are read row by row.
    """
    visible = _visible_to(actor)
    states = _by_district_and_state(session, visible)
    unfiled = _by_district_and_state(session, visible, UNFILED)
    reworked = _by_district_and_state(session, visible, REWORKED)
    late = _by_district_and_state(session, visible, LATE)
    still_open = _open_now(session, visible, now)
    result: dict[str | None, dict[str, Any]] = {}
    for code in states:
        all_tasks = _Tally(states[code])
        not_filed = _Tally(unfiled.get(code, {}))
        closed = all_tasks.of(TaskState.CLOSED)
        due, overdue = still_open.get(code, (0, 0))
        closed_late = _Tally(late.get(code, {})).of(TaskState.CLOSED)
        result[code] = {
            str(Measure.RECEIVED): all_tasks.all_but_void,
            str(Measure.FILED): all_tasks.all_but_void
            - (not_filed.all_but_void - not_filed.of(TaskState.CLOSED)),
            str(Measure.REJECTED): all_tasks.of(TaskState.REJECTED),
            str(Measure.DUE): closed + due,
            str(Measure.CLOSED): closed,
            str(Measure.CLOSED_ON_TIME): closed - closed_late,
            str(Measure.REWORK): _Tally(reworked.get(code, {})).all_but_void,
            str(Measure.OPEN): sum(all_tasks.of(state) for state in OPEN_STATES),
            str(Measure.OVERDUE): overdue,
            "states": {str(state): count for state, count in states[code].items()},
        }
    return result


def _visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition `tasks.queries.conditions.visible_to` as one comparison.

    With OR, SQLite would collect the rows of both districts from the table before it counts; with
    one comparison it counts in the index.
    """
    if actor.district_code is None:
        return sa.true()
    return sa.func.coalesce(Task.district_code, "").in_((actor.district_code, ""))


@dataclass(frozen=True, slots=True)
class _Tally:
    """The counts of one district by state."""

    states: Mapping[TaskState, int]

    def of(self, state: TaskState) -> int:
        """Return the count of one state."""
        return self.states.get(state, 0)

    @property
    def all_but_void(self) -> int:
        """The count of all states but VOID 作废."""
        return sum(count for state, count in self.states.items() if state is not TaskState.VOID)


def _by_district_and_state(
    session: Session, *conditions: sa.ColumnElement[bool]
) -> dict[str | None, dict[TaskState, int]]:
    columns = (Task.district_code, Task.state)
    counts: dict[str | None, dict[TaskState, int]] = {}
    query = sa.select(*columns, sa.func.count()).where(*conditions).group_by(*columns)
    for code, state, count in session.execute(query):
        counts.setdefault(code, {})[state] = count
    return counts


def _open_now(
    session: Session, visible: sa.ColumnElement[bool], now: datetime
) -> dict[str | None, tuple[int, int]]:
    """Return by district the number of open tasks that are due, and of those overdue."""
    conditions = (measures.due_and_open(now), measures.condition(Measure.OVERDUE, now))
    sums = [sa.func.sum(sa.case((condition, 1), else_=0)) for condition in conditions]
    query = (
        sa.select(Task.district_code, *sums)
        .where(visible, measures.is_open())
        .group_by(Task.district_code)
    )
    return {code: (int(due), int(late)) for code, due, late in session.execute(query)}


def _district(code: str, name: str, approximate: bool, counts: dict[str, Any]) -> dict[str, Any]:
    return (
        {"code": code, "name": name, "approximate": approximate}
        | {"in_scope": counts is not _OUT_OF_SCOPE}
        | counts
        | {"rates": _rates(counts)}
    )


def _rates(counts: dict[str, Any]) -> dict[str, float | None]:
    """Return the rates, 0 to 1, or None where the divisor is 0."""
    return {
        "filed": _share(counts["filed"], counts["received"]),
        "closed": _share(counts["closed"], counts["due"]),
        "on_time": _share(counts["closed_on_time"], counts["due"]),
        "rework": _share(counts["rework"], counts["filed"]),
    }


def _share(part: int | None, whole: int | None) -> float | None:
    return round(part / whole, 4) if part is not None and whole else None


def _total(districts: list[dict[str, Any]]) -> dict[str, Any]:
    seen = [district for district in districts if district["in_scope"]]
    counts = {name: sum(d[name] for d in seen) for name in map(str, _MEASURES)}
    return counts | {"rates": _rates(counts)}


def _days(session: Session, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Count by Shanghai day the tasks received and closed in the last 14 days."""
    days = periods.city_days(now, DAYS)
    counts = trends.by_day(session, [_visible_to(actor)], days, now)
    return [
        {
            "on": str(day),
            "received": row.get("reported", 0),
            "closed": row.get("closed", 0),
        }
        for day, row in ((day, counts.get(str(day), {})) for day in days)
    ]


def _waiting_counts(session: Session, actor: Actor, now: datetime) -> dict[str, int | None]:
    """Count what waits for this person; each name is a filter of the task list.

    None stands for what this person may not see.
    """
    danger = sa.and_(
        Task.state == TaskState.AWAITING_EVIDENCE, Task.severity == int(Severity.DANGER)
    )
    conditions = {
        "reported": Task.state == TaskState.REPORTED,
        "filed": Task.state == TaskState.FILED,
        "verifying": Task.state == TaskState.VERIFYING,
        "handed_back": Task.state == TaskState.HANDED_BACK,
        "due_soon": measures.condition(Measure.DUE_SOON, now),
        "overdue": measures.condition(Measure.OVERDUE, now),
        "awaiting_danger": danger,
        "unassigned": measures.unassigned(),
        "locality_undecided": measures.locality_undecided(),
        "extension_pending": measures.extension_pending(),
    }
    sums = [sa.func.sum(sa.case((condition, 1), else_=0)) for condition in conditions.values()]
    visible = _visible_to(actor)
    # All of these are open tasks, which are few.
    row = session.execute(sa.select(*sums).where(visible, measures.is_open())).one()
    counts: dict[str, int | None] = {
        name: int(value or 0) for name, value in zip(conditions, row, strict=True)
    }
    appeals = sa.select(sa.func.count()).where(visible, measures.appeal_pending())
    counts["appeal_pending"] = session.scalar(appeals.select_from(Task)) or 0
    if actor.role not in quarantine.READERS:
        return counts | {"quarantined": None}
    quarantined = session.scalar(
        sa.select(sa.func.count()).where(
            quarantine.visible_to(actor), Quarantined.state == QuarantineState.OPEN
        )
    )
    return counts | {"quarantined": quarantined or 0}
