"""The routing table 派遣规则 as offices read it, and where past records would go; SELECTs only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.clock import SHANGHAI
from inspect_server.core.pagination import read_cursor, text, write_cursor
from inspect_server.models import RoutingRule, Task
from inspect_server.registry.reference import Reference
from inspect_server.registry.rules.routing import Routing, Situation
from schemas.routing import RuleFilter

RECORDS = 1000
EXAMPLES = 5


def page(
    session: Session, reference: Reference, filters: RuleFilter, now: datetime
) -> dict[str, Any]:
    """Return a page of rules by their category."""
    today = now.astimezone(SHANGHAI).date()
    query = sa.select(RoutingRule)
    if not filters.ended:
        query = query.where(sa.or_(RoutingRule.ends_on.is_(None), RoutingRule.ends_on >= today))
    if filters.cursor:
        prefix, rule_id = read_cursor(filters.cursor, text, UUID)
        query = query.where(
            sa.or_(
                RoutingRule.category_prefix > prefix,
                sa.and_(RoutingRule.category_prefix == prefix, RoutingRule.id > rule_id),
            )
        )
    query = query.order_by(RoutingRule.category_prefix, RoutingRule.id)
    rows = list(session.scalars(query.limit(filters.limit + 1)))
    more, rows = len(rows) > filters.limit, rows[: filters.limit]
    last = rows[-1] if more else None
    return {
        "items": [present(reference, row, today) for row in rows],
        "next": write_cursor(last.category_prefix, str(last.id)) if last else None,
    }


def present(reference: Reference, row: RoutingRule, today: date) -> dict[str, Any]:
    """Return a rule with names beside its codes."""
    category = reference.categories.get(row.category_prefix)
    return {
        "id": row.id,
        "category_prefix": row.category_prefix,
        "category_name": category.name_zh if category else None,
        "district": _named(reference.districts, row.district_code),
        "street": _named(reference.streets, row.street_code),
        "community": _named(reference.communities, row.community_code),
        "point": _named(reference.points, row.point_id),
        "point_type": row.point_type,
        "unit": _named(reference.units, row.unit_id),
        "pairing_unit": _named(reference.units, row.pairing_unit_id),
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "note": row.note,
        "in_force": row.starts_on <= today <= (row.ends_on or date.max),
    }


def dry_run(
    session: Session, reference: Reference, changed: Routing, as_of: date
) -> dict[str, Any]:
    """Send the last records through both tables, as if they were reported on one day."""
    newest = sa.select(Task).order_by(Task.serial.desc()).limit(RECORDS)
    records = list(session.scalars(newest))
    routes: Counter[tuple[UUID | None, UUID | None]] = Counter()
    cases: dict[tuple[UUID | None, UUID | None], list[Task]] = defaultdict(list)
    pairing_changed = 0
    for record in records:
        situation = _situation(reference, record, as_of)
        before, after = reference.routing.assign(situation), changed.assign(situation)
        route = (before.unit_id if before else None, after.unit_id if after else None)
        routes[route] += 1
        cases[route].append(record)
        pairing_changed += (before.pairing_unit_id if before else None) != (
            after.pairing_unit_id if after else None
        )
    moved = {route: count for route, count in routes.items() if route[0] != route[1]}
    return {
        "as_of": as_of,
        "records": len(records),
        "first_at": records[-1].opened_at if records else None,
        "unchanged": len(records) - sum(moved.values()),
        "moved": sum(moved.values()),
        "unassigned_before": sum(n for (origin, _), n in routes.items() if origin is None),
        "unassigned_after": sum(n for (_, target), n in routes.items() if target is None),
        "pairing_changed": pairing_changed,
        "routes": [
            {
                "origin": _named(reference.units, origin),
                "target": _named(reference.units, target),
                "count": count,
                "cases": [
                    {"id": one.id, "number": one.number} for one in cases[origin, target][:EXAMPLES]
                ],
            }
            for (origin, target), count in sorted(moved.items(), key=lambda item: -item[1])
        ],
    }


def _situation(reference: Reference, record: Task, day: date) -> Situation:
    point = reference.points.get(record.point_id) if record.point_id else None
    shop = reference.shops.get(record.shop_id) if record.shop_id else None
    return Situation(
        category_code=record.category_code,
        on=day,
        district_code=record.district_code,
        street_code=record.street_code,
        community_code=record.community_code,
        point_id=record.point_id,
        point_type=point.type if point else None,
        shop_unit_id=shop.unit_id if shop else None,
    )


def _named(rows: Mapping[Any, Any], key: Any) -> dict[str, str] | None:
    row = rows.get(key) if key is not None else None
    return {"id": str(key), "name": row.name} if row is not None else None
