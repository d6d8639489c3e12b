"""Finds the entry of a register that a row of a table is about, by its codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inspect_server.core.sentences import sentence
from inspect_server.registry.services.imports.shapes import InvalidCell
from inspect_server.registry.services.registers.shape import RegisterSpec, Values
from schemas.texts import fold


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
        # Codes and likenesses the table itself has used, and in which row.
        self.used: dict[tuple[str, Any], int] = {}

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
                    sentence("名册中已有 {count} 个相同的,无法区分;请填写编号", count=len(same))
                )
            return same[0] if same else None
        existing = {place for place in places.values() if place is not None}
        if len(existing) > 1:
            raise InvalidCell(sentence("编号和登录名属于名册中的两个人,请核对"))
        return existing.pop() if existing else None

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
