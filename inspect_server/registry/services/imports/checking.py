"""Checks every row of a table against its register, and collects what is to be written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.sentences import listed, sentence
from inspect_server.registry.services.imports.columns import TABLE_FORMATS
from inspect_server.registry.services.imports.index import EntryIndex
from inspect_server.registry.services.imports.shapes import (
    Fault,
    InvalidCell,
    Table,
    TableRow,
)
from inspect_server.registry.services.registers import entries
from inspect_server.registry.services.registers.shape import (
    Change,
    CheckContext,
    Refusal,
    RegisterSpec,
    Values,
)
from schemas.vocabulary import Register, Role


@dataclass(frozen=True, slots=True)
class ChangedEntry:
    """An entry of the register that a row of the table changes."""

    row: Any
    before: Values
    after: Values


@dataclass(slots=True)
class TableCheck:
    """The check of one table; `new` and `changed` grow by what its rows would write."""

    session: Session
    actor: Actor
    spec: RegisterSpec
    context: CheckContext
    table: Table
    index: EntryIndex
    new: list[Values] = field(default_factory=list)
    changed: list[ChangedEntry] = field(default_factory=list)
    doubts: list[Fault] = field(default_factory=list)

    def check(self, row: TableRow) -> None:
        """Check one row: it is new, changed, unchanged or refused."""
        if row.faults:
            return
        codes = {name: getattr(row.entry, name) for name in {*self.spec.unique, *self.spec.alike}}
        repeated = self.index.repeated(codes, row.number)
        if repeated is not None:
            name, number = repeated
            detail = sentence("与第 {number} 行重复；若不是同一个，请填写不同的编号", number=number)
            self._refuse(row, name, detail)
            return
        try:
            place = self.index.find(codes)
        except InvalidCell as invalid:
            self._refuse(row, self.spec.unique[0], invalid.detail)
            return
        damaged = self.index.damaged(codes) if place is None else None
        if damaged is not None:
            self._refuse(row, *damaged)
            return
        before = self.index.values[place] if place is not None else None
        after, refusals = self.spec.check(self.context, self._entry(row, before))
        if after == before:
            return
        stored = self.index.rows[place] if place is not None else None
        entry_id = getattr(stored, self.spec.key) if stored is not None else None
        refusals = refusals or self._forbidden(Change(entry_id, before, after))
        look_alike = self.index.looking_alike(after, before)
        if look_alike is not None:
            refusals.append(Refusal(*look_alike))
        for refusal in refusals:
            self._refuse(row, refusal.field, refusal.detail)
        if row.faults:
            return
        if before is None:
            self.new.append(after)
            self._doubt(row, after)
        else:
            self.changed.append(ChangedEntry(stored, before, after))

    def _entry(self, row: TableRow, before: Values | None) -> Any:
        """Return the entry as the row has it; a table without a column leaves it as it was."""
        if before is None:
            return row.entry
        named = self.table.fields if row.sets_active else self.table.fields - {"active"}
        return replace(row.entry, **{n: v for n, v in before.items() if n not in named})

    def _forbidden(self, change: Change) -> list[Refusal]:
        """Return why the values, correct by themselves, may not be written."""
        refusals = _only_one_by_one(self.spec, change)
        refusals += self.spec.forbidden(self.actor, self.context, change)
        if change.before is not None and change.before["active"] and not change.after["active"]:
            used = entries.uses(self.session, self.spec, change.entry_id, self.context.today)
            if used:
                detail = sentence("还有 {used} 用到它，不能停用", used=listed(used))
                refusals.append(Refusal("active", detail))
        return refusals

    def _doubt(self, row: TableRow, values: Values) -> None:
        """Name the entries that are nearly this new one: perhaps only its code is another."""
        for near in self.index.near_entries(values, row.number):
            shared = listed([self._title(name) for name in self.spec.near])
            if near.row is None:
                detail = sentence(
                    "名册中已有{shared}相同的“{name}”（编号：{code}）；若是同一个，请改用它的编号",
                    shared=shared,
                    name=near.name,
                    code=near.code or sentence("无"),
                )
            else:
                detail = sentence(
                    "与第 {number} 行{shared}相同，编号不同；若是同一个，请删去一行",
                    number=near.row,
                    shared=shared,
                )
            self.doubts.append(Fault(row.number, self._title(self.spec.fields[0]), detail))

    def _refuse(self, row: TableRow, name: str, detail: str) -> None:
        row.faults.append(Fault(row.number, self._title(name), detail))

    def _title(self, name: str) -> str:
        """Return the heading of a field."""
        column = self.table.columns.get(name) or next(
            (c for c in TABLE_FORMATS[self.spec.register].columns if c.field == name), None
        )
        return column.zh if column else name


def _only_one_by_one(spec: RegisterSpec, change: Change) -> list[Refusal]:
    """Refuse new administrators: they are added one by one, never by a table."""
    if spec.register is not Register.PEOPLE or change.after["role"] is not Role.ADMIN:
        return []
    if change.before is not None and change.before["role"] is Role.ADMIN:
        return []
    return [Refusal("role", sentence("系统管理员不能批量导入，请在名册中单独添加"))]
