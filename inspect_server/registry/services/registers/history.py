"""The history of the registers 变更记录: who changed which field of which entry, and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from inspect_server.core.access import Actor
from inspect_server.models import RegisterChange
from inspect_server.registry.services.registers.shape import RegisterSpec, Values
from schemas.vocabulary import RegisterAction

# By field: the value before and the value after.
Difference = Mapping[str, list[Any]]


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return what is another value now: by field, before and after."""
    return {
        name: [before.get(name), value]
        for name, value in after.items()
        if value != before.get(name)
    }


def created(values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the difference of a new entry: every field that has a value."""
    return {name: [None, value] for name, value in values.items() if value is not None}


def change_row(
    spec: RegisterSpec,
    entry_id: Any,
    action: RegisterAction,
    difference: Difference,
    actor: Actor,
    now: datetime,
) -> RegisterChange:
    """Return one line of the history."""
    return RegisterChange(**change_columns(spec, entry_id, action, difference, actor, now))


def change_columns(
    spec: RegisterSpec,
    entry_id: Any,
    action: RegisterAction,
    difference: Difference,
    actor: Actor,
    now: datetime,
    import_id: UUID | None = None,
) -> Values:
    """Return one line of the history as columns, for a bulk insert."""
    return {
        "register": spec.register,
        "entry_id": str(entry_id),
        "deed": action,
        "fields": {name: [_json_value(v) for v in pair] for name, pair in difference.items()},
        "by_id": actor.id,
        "at": now,
        "import_id": import_id,
    }


def _json_value(value: Any) -> Any:
    """What JSON can hold."""
    if isinstance(value, UUID | date):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    return value
