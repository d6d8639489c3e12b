"""Precedents 裁定成例: what an arbiter decided once routes the next case of its kind."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server import reference
from inspect_server.clock import SHANGHAI
from inspect_server.models import RoutingRule, Task


def set_precedent(session: Session, task: Task, now: datetime) -> RoutingRule:
    """Make a routing rule of an arbitrated case: its category, where it lies, its unit."""
    rule = RoutingRule(
        id=uuid7(),
        category_prefix=task.category_code,
        district_code=task.district_code,
        street_code=task.street_code,
        unit_id=task.unit_id,
        starts_on=now.astimezone(SHANGHAI).date(),
        note=f"裁定成例:案件 {task.number}",
    )
    session.add(rule)
    reference.touch(session)
    return rule
