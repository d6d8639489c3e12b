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
    """The attributes of an observer that the rules use."""

    @property
    def id(self) -> UUID:
        """The id of the observer."""

    @property
    def role(self) -> Role:
        """The role."""

    @property
    def unit_id(self) -> UUID | None:
        """The unit."""

    @property
    def district_code(self) -> str | None:
        """The district of duty."""

    @property
    def disabled_at(self) -> datetime | None:
        """When the account was disabled."""


def why_not(
    visitor: Visitor, kind: VisitKind, reporter_id: UUID, units: Collection[UUID]
) -> str | None:
    """Say why a person cannot be sent; None when they can.

    `units` are those that ever answered for the case. A supervisor decides and is
    therefore never the observer. The reporter may check the repair, but not the own report.
    """
    if visitor.role is not Role.OBSERVER:
        return "只能请文明观察员到现场复核。"
    if visitor.disabled_at is not None:
        return "这位观察员的账号已停用。"
    if visitor.unit_id is not None and visitor.unit_id in units:
        return "这位观察员属于处置单位，不能复核本单位的案件。"
    if kind is VisitKind.PRE_CHECK and visitor.id == reporter_id:
        return "立案前的核实不能由上报人本人进行。"
    return None
