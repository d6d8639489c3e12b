"""Visits 现场复核: when one may be requested, of whom, and by when it is due. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from inspect_server.registry.rules.working_time import Limit
from schemas.vocabulary import LimitUnit, Role, TaskState, VisitKind

# 核实 checks a lead before it is filed, 核查 the result after disposal (DOMAIN §4).
KIND_IN: Mapping[TaskState, VisitKind] = {
    TaskState.REPORTED: VisitKind.PRE_CHECK,
    TaskState.VERIFYING: VisitKind.VERIFY,
}
# A lead is to be filed within two working hours; a repair can wait for the next round.
LIMITS: Mapping[VisitKind, Limit] = {
    VisitKind.PRE_CHECK: Limit(2, LimitUnit.WORKING_HOURS),
    VisitKind.VERIFY: Limit(1, LimitUnit.WORKING_DAYS),
}


class Visitor(Protocol):
    """What the rules have to know of whoever is to go."""

    @property
    def id(self) -> UUID:
        """Who it is."""

    @property
    def role(self) -> Role:
        """What they are."""

    @property
    def unit_id(self) -> UUID | None:
        """Whose they are."""

    @property
    def district_code(self) -> str | None:
        """Where they are on duty."""

    @property
    def disabled_at(self) -> datetime | None:
        """Since when they may not use the product."""


def why_not(
    visitor: Visitor, kind: VisitKind, reporter_id: UUID, units: Collection[UUID]
) -> str | None:
    """Say why a person cannot be sent; None when they can.

    `units` are those that ever answered for the case. Whoever decides is a supervisor and
    so never an observer. A reporter may look whether it was mended, but is no check of the own
    lead.
    """
    if visitor.role is not Role.OBSERVER:
        return "只能请文明观察员到现场复核。"
    if visitor.disabled_at is not None:
        return "这位观察员的账号已停用。"
    if visitor.unit_id is not None and visitor.unit_id in units:
        return "这位观察员属于处置单位,不能复核本单位的案件。"
    if kind is VisitKind.PRE_CHECK and visitor.id == reporter_id:
        return "立案前的核实不能由上报人本人进行。"
    return None
