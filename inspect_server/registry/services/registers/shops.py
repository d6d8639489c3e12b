"""The register of shops 门店: its rules."""

from __future__ import annotations

from inspect_server.core.sentences import sentence
from inspect_server.models import Shop
from inspect_server.registry.services.registers.shape import (
    CheckContext,
    Refusal,
    RegisterSpec,
    Values,
    check_unit,
    entry_values,
)
from schemas.register_entries import ShopEntry
from schemas.vocabulary import Collection, Register


def _check(context: CheckContext, entry: ShopEntry) -> tuple[Values, list[Refusal]]:
    """Give a shop without a position that of its point."""
    refusals = check_unit(context, entry.unit_id)
    point = context.reference.points.get(entry.point_id) if entry.point_id else None
    if entry.point_id is not None and point is None:
        refusals.append(Refusal("point_id", sentence("没有这个点位")))
    lon, lat = entry.lon, entry.lat
    if lon is None and lat is None and point is not None:
        lon, lat = point.lon, point.lat
    if lon is None or lat is None:
        refusals.append(
            Refusal("lon" if lon is None else "lat", sentence("请填写经纬度，或选择所在点位"))
        )
    values = entry_values(entry) | {"lon": lon, "lat": lat, "duties": list(entry.duties)}
    return values, refusals


SHOPS = RegisterSpec(
    Register.SHOPS,
    Shop,
    ShopEntry,
    _check,
    unique=("plate_code",),
    near=("name", "lon", "lat"),
    collection=Collection.SHOPS,
    gone_when_off=True,
)
