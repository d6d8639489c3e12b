"""The board of a month 按月: districts and units with their counts and rates. Only reads.

There is no rank: districts stand in the order of the register, units in the order of their names.
A case is counted as its state is now, so a case reopened or made void later changes its month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.models import Task
from inspect_server.registry.reference import Reference
from inspect_server.reporting import periods
from inspect_server.reporting.periods import NO_GROUP, Counted
from inspect_server.tasks.queries import conditions
from inspect_server.tasks.rules import measures
from schemas.city import SHANGHAI
from schemas.vocabulary import Measure

NAMES = ("received", "filed", "rework", "due", "closed", "closed_on_time", "overdue")
# Each rate 率 with the count it is a share of, and the count it is taken of.
RATES = {
    "filed": ("filed", "received"),
    "rework": ("rework", "filed"),
    "closed": ("closed", "due"),
    "on_time": ("closed_on_time", "due"),
}
DEFINITIONS = {
    "received": "收到：当月上报的案件，作废除外",
    "filed": "立案：收到中已立案的，当场整改或劝导后直接结案的也计入",
    "rework": "曾返工：立案中至少一次核查不通过的",
    "due": "应结案：当月结案的，和时限在当月到期而仍未结案的已派遣案件",
    "closed": "结案：应结案中当月核查通过或按规则结案、此后未重开的",
    "closed_on_time": "按期结案：结案中责任单位在时限内提交的，当场办结的也计入",
    "overdue": "超期：现行时限在当月到期而当时未提交的，不予立案、并案、作废除外",
}
_NOTHING: Mapping[str, int] = dict.fromkeys(NAMES, 0)


def month(
    session: Session, reference: Reference, actor: Actor, name: str | None, now: datetime
) -> dict[str, Any]:
    """Return the board of a month (`2026-11`, None for the current one) as `MonthSchema` has it."""
    first = _first_day(name, now)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    def counts(key: Any) -> periods.Counts:
        visible = [conditions.visible_to(actor)]
        return periods.count(session, visible, (first, last), _counted(now), key)

    by_district, by_unit = counts(Task.district_code), counts(Task.unit_id)
    return {
        "as_of": now,
        "month": f"{first:%Y-%m}",
        "from_on": first,
        "to_on": last,
        "districts": _districts(reference, actor, by_district),
        "units": _units(reference, by_unit),
        "totals": _with_rates(_sum(by_district.values())),
        "definitions": DEFINITIONS,
    }


def _first_day(name: str | None, now: datetime) -> date:
    if name is None:
        return now.astimezone(SHANGHAI).date().replace(day=1)
    return date.fromisoformat(f"{name}-01")


def _counted(now: datetime) -> tuple[Counted, ...]:
    of_the_reported = {
        "received": sa.true(),
        "filed": measures.filed(),
        "rework": sa.and_(measures.filed(), measures.condition(Measure.REWORK, now)),
    }
    reported = Counted(Task.opened_at, measures.received(), of_the_reported)
    return reported, periods.ended(now), periods.limit_passed(now)


def _districts(
    reference: Reference, actor: Actor, counts: Mapping[str, Mapping[str, int]]
) -> list[dict[str, Any]]:
    """Return every district; one out of scope has no numbers, because 0 would be a statement."""
    rows = []
    for code, district in reference.districts.items():
        in_scope = access.oversees(actor, code)
        numbers = _with_rates(counts.get(code, {})) if in_scope else _no_numbers()
        rows.append({"code": code, "name": district.name, "in_scope": in_scope} | numbers)
    if NO_GROUP in counts:
        unplaced = {"code": NO_GROUP, "name": "未定位", "in_scope": True}
        rows.append(unplaced | _with_rates(counts[NO_GROUP]))
    return rows


def _units(reference: Reference, counts: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    """Return the units that have a number in the month, by name; at the end what has no unit."""
    rows = [
        {"code": str(unit.id), "name": unit.name} | _with_rates(counts[str(unit.id)])
        for unit in sorted(reference.units.values(), key=attrgetter("name_key", "code"))
        if str(unit.id) in counts
    ]
    if NO_GROUP in counts:
        rows.append({"code": NO_GROUP, "name": "未指派"} | _with_rates(counts[NO_GROUP]))
    return [row for row in rows if any(row[name] for name in NAMES)]


def _sum(rows: Iterable[Mapping[str, int]]) -> dict[str, int]:
    totals = dict(_NOTHING)
    for row in rows:
        for name, value in row.items():
            totals[name] += value
    return totals


def _with_rates(counts: Mapping[str, int]) -> dict[str, Any]:
    numbers = {**_NOTHING, **counts}
    shares = {name: _share(numbers[part], numbers[of]) for name, (part, of) in RATES.items()}
    return {**numbers, "rates": shares}


def _no_numbers() -> dict[str, Any]:
    return {**dict.fromkeys(NAMES), "rates": dict.fromkeys(RATES)}


def _share(part: int, whole: int) -> float | None:
    """Return a rate, 0 to 1, or None where there is nothing to take it of."""
    return round(part / whole, 4) if whole else None
