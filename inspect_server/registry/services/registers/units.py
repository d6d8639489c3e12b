"""The register of units 责任单位/包联单位: its rules."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from inspect_server.core.sentences import sentence
from inspect_server.models import Pairing, Person, RoutingRule, Shop, Task, Unit
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
from schemas.register_entries import UnitEntry
from schemas.vocabulary import OPEN_STATES, Collection, Register, Role


def _check(context: CheckContext, entry: UnitEntry) -> tuple[Values, list[Refusal]]:
    values = entry_values(entry) | {"kind": str(entry.kind)}
    return values, check_district(context, entry.district)


def _uses(unit_id: Any, today: date) -> list[Use]:
    rule = sa.or_(RoutingRule.unit_id == unit_id, RoutingRule.pairing_unit_id == unit_id)
    handler = (Person.role == Role.HANDLER, Person.disabled_at.is_(None))
    return [
        Use(sentence("条派遣规则"), RoutingRule, (rule, in_force(RoutingRule, today))),
        Use(sentence("条包联"), Pairing, (Pairing.unit_id == unit_id, in_force(Pairing, today))),
        Use(sentence("名处置人员"), Person, (Person.unit_id == unit_id, *handler)),
        Use(sentence("家门店"), Shop, (Shop.unit_id == unit_id, Shop.active)),
        Use(sentence("件未结案件"), Task, (Task.unit_id == unit_id, Task.state.in_(OPEN_STATES))),
    ]


UNITS = RegisterSpec(
    Register.UNITS,
    Unit,
    UnitEntry,
    _check,
    unique=("code",),
    near=("name", "district"),
    collection=Collection.UNITS,
    gone_when_off=True,
    uses=_uses,
)
