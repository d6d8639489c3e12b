"""Finds the entry of a register that a row of a table is about, and those that are nearly it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inspect_server.core.sentences import sentence
from inspect_server.registry.rules.damage import damage_keys, damage_of_code
from inspect_server.registry.services.imports.shapes import InvalidCell, TableRow
from inspect_server.registry.services.registers import entries
from inspect_server.registry.services.registers.shape import RegisterSpec, Values
from schemas.texts import fold


@dataclass(frozen=True, slots=True)
class NearEntry:
    """An entry of the register, or of row `row` of the table, that is nearly a new one."""

    name: str
    code: str | None
    row: int | None


class EntryIndex:
    """The entries of a register, and the codes that earlier rows of the table have used."""

    def __init__(self, spec: RegisterSpec, rows: Sequence[Any]) -> None:
        """`rows` are all rows of the register."""
        self.spec = spec
        self.rows = rows
        self.values = [spec.read(row) for row in rows]
        self.by_code: dict[str, dict[str, int]] = {name: {} for name in spec.unique}
        self.alike: dict[tuple[Any, ...], list[int]] = {}
        for place, values in enumerate(self.values):
            for name in spec.unique:
                if values[name]:
                    self.by_code[name][fold(values[name])] = place
            if spec.alike and not any(values[name] for name in spec.unique):
                self.alike.setdefault(_likeness(spec, values), []).append(place)
        # Codes by what a spreadsheet would leave of them; entries by what few have in common.
        self.by_damage: dict[tuple[str, str], set[str]] = {}
        self.near: dict[tuple[Any, ...], list[NearEntry]] = {}
        self.look_alike: dict[tuple[str, str], list[Values]] = {}
        for values in self.values:
            self._note_codes(values)
            self._note_look_alikes(values)
            self._note_near(values, None)
        # Codes and likenesses the table itself has used, and in which row.
        self.used: dict[tuple[str, Any], int] = {}

    def note_table(self, rows: Sequence[TableRow]) -> None:
        """Note the codes of a whole table: a row may be a damaged copy of a later one."""
        for row in rows:
            if row.entry is not None:
                self._note_codes({name: getattr(row.entry, name) for name in self.spec.unique})

    def _note_codes(self, values: Values) -> None:
        for name in self.spec.unique:
            for key in damage_keys(values[name] or ""):
                self.by_damage.setdefault((name, key), set()).add(values[name])

    def damaged(self, values: Values) -> tuple[str, str] | None:
        """Return field and detail of a code that a spreadsheet seems to have changed."""
        for name in self.spec.unique:
            code = values[name]
            if not code or fold(code) in self.by_code[name]:
                continue
            others = {
                other
                for key in damage_keys(code)
                for other in self.by_damage.get((name, key), ())
                if other != code
            }
            detail = damage_of_code(code, sorted(others))
            if detail is not None:
                return name, detail
        return None

    def looking_alike(self, values: Values, before: Values | None) -> tuple[str, str] | None:
        """Return field and detail of a value that is taken for that of another entry; note it."""
        result = None
        for name, key_of in self.spec.look_alike.items():
            value = values[name]
            if not value or (before is not None and before[name] == value):
                continue
            others = self.look_alike.get((name, key_of(value)), [])
            other = next((one for one in others if one is not before), None)
            if other is not None and result is None:
                owner = other[self.spec.fields[0]]
                result = name, entries.look_alike_detail(value, other[name], owner)
        self._note_look_alikes(values)
        return result

    def _note_look_alikes(self, values: Values) -> None:
        for name, key_of in self.spec.look_alike.items():
            if values[name]:
                self.look_alike.setdefault((name, key_of(values[name])), []).append(values)

    def near_entries(self, values: Values, number: int) -> list[NearEntry]:
        """Return the entries that are nearly this new one; note it as row `number` of the table."""
        near = list(self.near.get(_near_key(self.spec, values), ()))
        self._note_near(values, number)
        return near

    def _note_near(self, values: Values, row: int | None) -> None:
        if self.spec.near:
            code = next((values[name] for name in self.spec.unique if values[name]), None)
            entry = NearEntry(values[self.spec.fields[0]], code, row)
            self.near.setdefault(_near_key(self.spec, values), []).append(entry)

    def find(self, values: Values) -> int | None:
        """Return the index of the entry of a row; None for a new one.

        Raises `InvalidCell` if the row fits several entries.
        """
        places = {
            name: self.by_code[name].get(fold(values[name]))
            for name in self.spec.unique
            if values[name]
        }
        if not places:
            same = self.alike.get(_likeness(self.spec, values), [])
            if len(same) > 1:
                raise InvalidCell(
                    sentence("名册中已有 {count} 个相同的，无法区分；请填写编号", count=len(same))
                )
            return same[0] if same else None
        existing = {place for place in places.values() if place is not None}
        if len(existing) > 1:
            raise InvalidCell(sentence("编号和账号属于名册中的两个人，请核对"))
        if not existing:
            return None
        place = existing.pop()
        own = self.values[place]
        first = self.spec.unique[0]
        if values[first] and places[first] is None and own[first]:
            # Its other mark fits, its code is another one: a typing error, or another person.
            raise InvalidCell(
                sentence(
                    "账号属于名册中编号为“{code}”的“{name}”，编号不同；请核对，"
                    "确实改了编号的，请在名册中单独修改",
                    code=own[first],
                    name=own[self.spec.fields[0]],
                )
            )
        return place

    def repeated(self, values: Values, number: int) -> tuple[str, int] | None:
        """Return field and row number of an earlier row with the same code."""
        keys: list[tuple[str, Any]] = [(n, fold(values[n])) for n in self.spec.unique if values[n]]
        if not keys and self.spec.alike:
            keys = [(self.spec.fields[0], _likeness(self.spec, values))]
        for key in keys:
            if key in self.used:
                return key[0], self.used[key]
        self.used.update(dict.fromkeys(keys, number))
        return None


def _likeness(spec: RegisterSpec, values: Values) -> tuple[Any, ...]:
    """Return what tells entries without a code apart, as it is compared."""
    parts = (values[name] for name in spec.alike)
    return tuple(fold(part) if type(part) is str else part for part in parts)


def _near_key(spec: RegisterSpec, values: Values) -> tuple[Any, ...]:
    """Return what few entries share: texts without blanks, positions to about a hundred metres."""
    return tuple(_near_value(values[name]) for name in spec.near)


def _near_value(value: Any) -> Any:
    if type(value) is str:
        return fold(value).replace(" ", "")
    return round(value, 3) if isinstance(value, float) else value
