"""The parts of an import: columns, rows as read, faults, and the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from inspect_server.core.sentences import SOURCE_LANGUAGE, translated
from inspect_server.registry.reference import Reference

# How many faults are reported one by one; the rest is counted.
MAX_FAULTS = 2_000
# After how many rows progress is reported, and how many are written at once.
STEP = 1_000


class InvalidCell(Exception):
    """A cell that cannot be read; `detail` says what to do."""

    def __init__(self, detail: str) -> None:
        """`detail` is a sentence for the person who imports."""
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a register's table: its heading, its field, how a cell is read and written."""

    field: str
    zh: str
    read: Callable[[Reference, str], Any] = lambda _reference, cell: cell
    write: Callable[[Reference, Any], Any] = lambda _reference, value: value
    # Other headings people use for it.
    also: tuple[str, ...] = ()
    required: bool = False
    # Whether the cells hold texts; a number or a date in one is what a spreadsheet made of a text.
    text: bool = True

    def headings(self) -> tuple[str, ...]:
        """Every heading that names it."""
        return (self.zh, self.field, *self.also)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault or a doubt of a row: its column, and what to do."""

    row: int
    column: str
    detail: str


@dataclass(slots=True)
class TableRow:
    """One row as read: an entry, or what is wrong with it."""

    number: int
    entry: Any = None
    # An empty cell clears a field, except 状态: an empty one leaves the entry on or off.
    sets_active: bool = False
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read; `columns` by the name of their field."""

    columns: Mapping[str, Column]
    rows: Sequence[TableRow]
    unknown: Sequence[str]
    # The name of the sheet that was read, and of those that were not; a CSV has none.
    sheet: str | None = None
    other_sheets: tuple[str, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """The fields this table has a column for; others are left as they are."""
        return frozenset(self.columns)


@dataclass(slots=True)
class Report:
    """The result of an import, or of its dry run."""

    rows: int
    table: Table
    added: int = 0
    changed: int = 0
    same: int = 0
    bad: int = 0
    written: bool = False
    import_id: UUID | None = None
    faults: list[Fault] = field(default_factory=list)
    # New entries that are nearly the same as another one; they are written all the same.
    doubts: list[Fault] = field(default_factory=list)

    def refuse(self, faults: Sequence[Fault]) -> None:
        """Count a wrong row, and keep its faults up to the limit of the report."""
        self.bad += 1
        self.faults += faults[: max(0, MAX_FAULTS - len(self.faults))]

    def document(self, language: str = SOURCE_LANGUAGE) -> dict[str, Any]:
        """Return the report as it is on the wire."""
        return {
            "rows": self.rows,
            "added": self.added,
            "changed": self.changed,
            "same": self.same,
            "bad": self.bad,
            "written": self.written,
            "import_id": str(self.import_id) if self.import_id else None,
            "unknown_columns": list(self.table.unknown),
            "sheet": self.table.sheet,
            "other_sheets": list(self.table.other_sheets),
            "faults": _documents(self.faults, language),
            "doubts": _documents(self.doubts, language),
        }


def _documents(faults: Sequence[Fault], language: str) -> list[dict[str, Any]]:
    return [
        {"row": one.row, "column": one.column, "detail": translated(one.detail, language)}
        for one in faults
    ]
