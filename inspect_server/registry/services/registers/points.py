"""The register of points 点位: its rules."""

from __future__ import annotations

from datetime import date
from typing import Any

from inspect_server.core.sentences import sentence
from inspect_server.models import Pairing, Point, RoutingRule, Shop
from inspect_server.registry.services.registers.shape import (
    CheckContext,
    Refusal,
    RegisterSpec,
    Use,
    Values,
    check_district,
    entry_values,
    in_force,
)
from schemas.register_entries import PointEntry
from schemas.vocabulary import Collection, Register


def _check(context: CheckContext, entry: PointEntry) -> tuple[Values, list[Refusal]]:
    """Derive the street from the community, and the district from street or position."""
    refusals = check_district(context, entry.district)
    street, more = _street(context, entry)
    refusals += more
    district = entry.district
    if street is not None:
        counted_for = context.reference.streets[street].district_code
        if district not in (None, counted_for):
            name = context.reference.districts[counted_for].name
            refusals.append(
                Refusal("district", sentence("所选街道属于{name}，与城区不符", name=name))
            )
        district = counted_for
    district = district or context.reference.atlas.district_at(entry.lon, entry.lat)
    if district is None and not refusals:
        refusals.append(
            Refusal("district", sentence("坐标不在任何城区内，请填写城区，并检查经纬度是否填反"))
        )
    return entry_values(entry) | {"district": district, "street": street}, refusals


def _street(context: CheckContext, entry: PointEntry) -> tuple[str | None, list[Refusal]]:
    """Return the street 街道 that was named, or that of the community 社区."""
    if entry.street is not None and entry.street not in context.reference.streets:
        return None, [Refusal("street", sentence("没有编码为“{code}”的街道", code=entry.street))]
    if entry.community is None:
        return entry.street, []
    community = context.reference.communities.get(entry.community)
    if community is None:
        return entry.street, [
            Refusal("community", sentence("没有编码为“{code}”的社区", code=entry.community))
        ]
    if entry.street not in (None, community.street_code):
        name = context.reference.streets[community.street_code].name
        detail = sentence("所选社区属于{name}，与街道不符", name=name)
        return community.street_code, [Refusal("community", detail)]
    return community.street_code, []


def _uses(point_id: Any, today: date) -> list[Use]:
    rule = (RoutingRule.point_id == point_id, in_force(RoutingRule, today))
    return [
        Use(sentence("条派遣规则"), RoutingRule, rule),
        Use(sentence("条包联"), Pairing, (Pairing.point_id == point_id, in_force(Pairing, today))),
        Use(sentence("家门店"), Shop, (Shop.point_id == point_id, Shop.active)),
    ]


POINTS = RegisterSpec(
    Register.POINTS,
    Point,
    PointEntry,
    _check,
    unique=("code",),
    near=("name", "district"),
    collection=Collection.POINTS,
    gone_when_off=True,
    uses=_uses,
)
