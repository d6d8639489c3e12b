"""The register of pairings 包联: its rules; a pairing that began is only ended."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.sentences import sentence
from inspect_server.models import Pairing
from inspect_server.registry.services.registers.history import differing
from inspect_server.registry.services.registers.shape import (
    Change,
    CheckContext,
    Refusal,
    RegisterSpec,
    Values,
    check_unit,
    entry_values,
    refuse_switched_off,
)
from schemas.register_entries import PairingEntry
from schemas.vocabulary import Register


def _check(context: CheckContext, entry: PairingEntry) -> tuple[Values, list[Refusal]]:
    refusals = check_unit(context, entry.unit_id)
    reference = context.reference
    if entry.point_id is not None and entry.point_id not in reference.points:
        refusals.append(Refusal("point_id", sentence("没有这个点位")))
    if entry.community is not None and entry.community not in reference.communities:
        refusals.append(
            Refusal("community", sentence("没有编码为“{code}”的社区", code=entry.community))
        )
    if entry.street is not None and entry.street not in reference.streets:
        refusals.append(Refusal("street", sentence("没有编码为“{code}”的街道", code=entry.street)))
    return entry_values(entry), refusals


def _forbidden(actor: Actor, context: CheckContext, change: Change) -> list[Refusal]:
    if change.before is None:
        return refuse_switched_off(actor, context, change)
    return _rewrites_the_past(context.today, change.before, change.after)


def _rewrites_the_past(today: date, before: Values, after: Values) -> list[Refusal]:
    """Refuse changes of a pairing that has begun, except its end: scores depend on it."""
    if before["starts_on"] > today:
        return []
    changed = [name for name in differing(before, after) if name != "ends_on"]
    if changed:
        detail = sentence("已生效的包联只能改止期；换单位或地点，请结束它再新增一条")
        return [Refusal(changed[0], detail)]
    yesterday = today - timedelta(days=1)
    ended = before["ends_on"]
    if after["ends_on"] is not None and after["ends_on"] < min(ended or yesterday, yesterday):
        return [Refusal("ends_on", sentence("止期不能早于昨天：过去的包联已计入考评"))]
    if ended is not None and ended < yesterday and after["ends_on"] != ended:
        return [Refusal("ends_on", sentence("这条包联已结束；请新增一条"))]
    return []


def _overlaps(session: Session, entry_id: Any, values: Values) -> list[Refusal]:
    """Refuse a second pairing of unit and place on the same day: it would count twice."""
    places = [Pairing.point_id, Pairing.community_code, Pairing.street_code]
    same = [
        column == values[name] if values[name] is not None else column.is_(None)
        for column, name in zip(places, ("point_id", "community", "street"), strict=True)
    ]
    query = sa.select(Pairing).where(
        Pairing.id != entry_id,
        Pairing.unit_id == values["unit_id"],
        *same,
        sa.or_(Pairing.ends_on.is_(None), Pairing.ends_on >= values["starts_on"]),
    )
    if values["ends_on"] is not None:
        query = query.where(Pairing.starts_on <= values["ends_on"])
    other = session.scalar(query.limit(1))
    if other is None:
        return []
    detail = sentence(
        "同一单位与同一地点已有 {starts_on} 至 {ends_on} 的包联，日期重叠",
        starts_on=other.starts_on,
        ends_on=other.ends_on or sentence("今"),
    )
    return [Refusal("starts_on", detail)]


PAIRINGS = RegisterSpec(
    Register.PAIRINGS,
    Pairing,
    PairingEntry,
    _check,
    forbidden=_forbidden,
    conflicts=_overlaps,
)
