"""What a register 名册 is: its table, its fields, and the rules that its entries must pass.

Each register is one `RegisterSpec` in a module of its own. What differs between registers is a
function of the spec; `entries` and `imports` treat all registers alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.clock import SHANGHAI
from inspect_server.core.sentences import sentence
from inspect_server.registry import reference
from inspect_server.registry.reference import Reference
from schemas.vocabulary import Collection, Register

# An entry by its wire names.
Values = dict[str, Any]


class Refusal(NamedTuple):
    """A reason to refuse an entry: the field, and what to do."""

    field: str
    detail: str


class Use(NamedTuple):
    """A table whose rows may name an entry: what they are, and which of them count."""

    noun: str
    model: Any
    conditions: tuple[Any, ...]


# The names of columns that differ from the wire names.
COLUMNS = {"district": "district_code", "street": "street_code", "community": "community_code"}


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What an entry is checked against: all registers, and the day 当日 in the city's zone."""

    reference: Reference
    today: date


@dataclass(frozen=True, slots=True)
class Change:
    """One entry as it is and as it shall be; `before` is None for a new one."""

    entry_id: Any
    before: Values | None
    after: Values


def refuse_switched_off(_actor: Actor, context: CheckContext, change: Change) -> list[Refusal]:
    """Refuse to choose a unit or a point that is switched off 已停用.

    An entry may keep a unit or point that was switched off later.
    """
    before = change.before or {}
    registers: dict[str, Mapping[Any, Any]] = {
        "unit_id": context.reference.units,
        "point_id": context.reference.points,
    }
    return [
        Refusal(name, sentence("“{name}”已停用，请另选", name=entries[key].name))
        for name, entries in registers.items()
        if (key := change.after.get(name)) in entries
        and key != before.get(name)
        and not entries[key].active
    ]


def _any_key(_entry_id: Any, _entry: Any) -> list[Refusal]:
    return []


def _no_conflicts(_session: Session, _entry_id: Any, _values: Values) -> list[Refusal]:
    return []


def _no_uses(_entry_id: Any, _today: date) -> list[Use]:
    return []


def _own_column(row: Any, name: str) -> Any:
    value = getattr(row, COLUMNS.get(name, name))
    return list(value) if isinstance(value, list | tuple) else value


def _own_columns(values: Mapping[str, Any], _row: Any, _now: datetime) -> Values:
    return {COLUMNS.get(name, name): value for name, value in values.items()}


def _no_extras(_session: Session) -> Values:
    return {}


@dataclass(frozen=True, slots=True)
class RegisterSpec:
    """One register: its table and the rules of its entries."""

    register: Register
    model: Any
    # The entry as it is written; its first field names the entry to a person.
    entry: type
    # From an entry to the values that are kept, and what is wrong with them.
    check: Callable[[CheckContext, Any], tuple[Values, list[Refusal]]]
    key: str = "id"
    # What no two entries may share, and what tells them apart where all of that is empty.
    unique: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    # Of some of `unique`: what two values have in common that a person takes for the same.
    look_alike: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    # What hardly two entries share: an import names a new entry that has it in common with another.
    near: tuple[str, ...] = ()
    # The collection of phones, if they pull the register.
    collection: Collection | None = None
    # Whether phones delete an entry that is switched off; categories have a field for that.
    gone_when_off: bool = False
    # Refusals of the key of a new entry.
    check_key: Callable[[Any, Any], list[Refusal]] = _any_key
    # Refusals of a change with valid values, such as disabling oneself or changing the past.
    forbidden: Callable[[Actor, CheckContext, Change], list[Refusal]] = refuse_switched_off
    # Refusals because of other entries, beyond `unique`.
    conflicts: Callable[[Session, Any, Values], list[Refusal]] = _no_conflicts
    # The tables that may name an entry; an entry in use cannot be switched off.
    uses: Callable[[Any, date], list[Use]] = _no_uses
    # How a value is read from a row, and values become columns of the row (None for a new one).
    read_value: Callable[[Any, str], Any] = _own_column
    columns: Callable[[Mapping[str, Any], Any, datetime], Values] = _own_columns
    # Columns that only a new row gets.
    first_columns: Callable[[Session], Values] = _no_extras

    @property
    def fields(self) -> tuple[str, ...]:
        """Wire names of what may be written."""
        return _field_names(self.entry)

    def read(self, row: Any) -> Values:
        """Return the values of a row, by wire names."""
        return {name: self.read_value(row, name) for name in self.fields}


def _field_names(entry: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(entry) if one.name != "version")


def read_context(session: Session, now: datetime) -> CheckContext:
    """Read what entries are checked against.

    Before any row is loaded: reading an edition detaches what the session holds.
    """
    return CheckContext(reference.latest(session), now.astimezone(SHANGHAI).date())


def entry_values(entry: Any) -> Values:
    """Return the values of an entry by wire names, without the version that was seen."""
    return {name: getattr(entry, name) for name in _field_names(type(entry))}


def in_force(model: Any, today: date) -> sa.ColumnElement[bool]:
    """Return the condition that a rule or pairing has not ended before this day."""
    condition: sa.ColumnElement[bool] = sa.or_(model.ends_on.is_(None), model.ends_on >= today)
    return condition


def check_district(context: CheckContext, code: str | None) -> list[Refusal]:
    """Refuse a district 城区 that does not exist."""
    if code is None or code in context.reference.districts:
        return []
    return [Refusal("district", sentence("没有编码为“{code}”的城区", code=code))]


def check_unit(context: CheckContext, unit_id: UUID | None) -> list[Refusal]:
    """Refuse a unit 单位 that does not exist."""
    if unit_id is None or unit_id in context.reference.units:
        return []
    return [Refusal("unit_id", sentence("没有这个单位"))]
