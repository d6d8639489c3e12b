"""The board 工作台: four districts side by side and what needs me now; SELECTs only.

Every rate stands beside its counts: small districts swing (DOMAIN §7).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.clock import SHANGHAI
from inspect_server.models import Quarantined, Task
from inspect_server.queries import quarantine, tasks
from inspect_server.reference import Reference
from inspect_server.rules.access import Viewer
from schemas.vocabulary import Measure, QuarantineState, Severity, TaskState

DAYS = 14
DEFINITIONS = {
    "received": "收到:全部上报,作废除外",
    "filed": "立案:已立案及其后的案件",
    "due": "应结案:已派遣且时限已到,或已结案的案件",
    "closed": "已结案:核查通过的案件",
    "closed_on_time": "按期结案:责任单位在时限内提交且核查通过的案件",
    "rework": "返工:至少一次核查不通过的案件",
}


def board(session: Session, reference: Reference, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """Return the board as this person may see it."""
    per_district = _per_district(session, viewer, now)
    shown = [
        _district(code, d.name, d.approximate, per_district.get(code, _NOTHING))
        for code, d in reference.districts.items()
    ]
    if None in per_district:
        shown.append(_district("-", "未定位", False, per_district[None]))
    return {
        "as_of": now,
        "days": _days(session, viewer, now),
        "totals": _total(shown),
        "districts": shown,
        "needs_me": _needs_me(session, viewer, now),
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
    session: Session, viewer: Viewer, now: datetime
) -> dict[str | None, dict[str, Any]]:
    sums = [
        sa.func.sum(sa.case((tasks.measured(measure, now), 1), else_=0)) for measure in _COUNTED
    ]
    seen = tasks.visible_to(viewer)
    result: dict[str | None, dict[str, Any]] = {}
    for row in session.execute(
        sa.select(Task.district_code, *sums).where(seen).group_by(Task.district_code)
    ):
        values = [int(v) for v in row[1:]]
        result[row[0]] = dict(zip(map(str, _COUNTED), values, strict=True)) | {"states": {}}
    for code, state, count in session.execute(
        sa.select(Task.district_code, Task.state, sa.func.count())
        .where(seen)
        .group_by(Task.district_code, Task.state)
    ):
        result[code]["states"][str(state)] = count
    return result


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


def _days(session: Session, viewer: Viewer, now: datetime) -> list[dict[str, Any]]:
    """Count by Shanghai day what was received and closed in the last fortnight."""
    today = now.astimezone(SHANGHAI).date()
    first = today - timedelta(days=DAYS - 1)
    start = datetime.combine(first, time.min, SHANGHAI)
    seen = tasks.visible_to(viewer)
    received: dict[str, int] = {}
    closed: dict[str, int] = {}
    for column, into, condition in (
        (Task.opened_at, received, sa.true()),
        (Task.ended_at, closed, Task.state == TaskState.CLOSED),
    ):
        # 14 sums in one scan: no database has to know the time zone.
        days = [start + timedelta(days=i) for i in range(DAYS + 1)]
        sums = [
            sa.func.sum(sa.case((sa.and_(column >= a, column < b), 1), else_=0))
            for a, b in zip(days, days[1:], strict=False)
        ]
        row = session.execute(sa.select(*sums).where(seen, condition, column >= start)).one()
        for i, value in enumerate(row):
            into[str(first + timedelta(days=i))] = int(value or 0)
    return [
        {"on": str(day), "received": received[str(day)], "closed": closed[str(day)]}
        for day in (first + timedelta(days=i) for i in range(DAYS))
    ]


def _needs_me(session: Session, viewer: Viewer, now: datetime) -> dict[str, int]:
    """Count what waits for this person, each number a link to its list."""
    danger = sa.and_(
        Task.state == TaskState.AWAITING_EVIDENCE, Task.severity == int(Severity.DANGER)
    )
    wanted = {
        "reported": Task.state == TaskState.REPORTED,
        "filed": Task.state == TaskState.FILED,
        "verifying": Task.state == TaskState.VERIFYING,
        "handed_back": Task.state == TaskState.HANDED_BACK,
        "due_soon": tasks.measured(Measure.DUE_SOON, now),
        "overdue": tasks.overdue_at(now),
        "awaiting_danger": danger,
        "unassigned": tasks.unassigned(),
    }
    sums = [sa.func.sum(sa.case((condition, 1), else_=0)) for condition in wanted.values()]
    row = session.execute(sa.select(*sums).where(tasks.visible_to(viewer))).one()
    counts = {name: int(value or 0) for name, value in zip(wanted, row, strict=True)}
    waiting = session.scalar(
        sa.select(sa.func.count()).where(
            quarantine.visible_to(viewer), Quarantined.state == QuarantineState.OPEN
        )
    )
    return counts | {"quarantined": waiting or 0}
