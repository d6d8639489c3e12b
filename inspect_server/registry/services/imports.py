"""Imports 批量导入: whole tables into a register, looked at first, with what is wrong by row.

Read outside any transaction, settled in one: each row becomes new, changed, the same, or is
refused with its column and what to do. A row is recognized by its own code, so the same table
brought in twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

import sqlalchemy as sa
from marshmallow import ValidationError
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core.access import Actor
from inspect_server.core.problems import TableUnreadable
from inspect_server.models import RegisterChange
from inspect_server.registry import reference
from inspect_server.registry.formats import tables
from inspect_server.registry.reference import Reference
from inspect_server.registry.services import registers
from inspect_server.registry.services.registers import Kind, Known, Values
from schemas.problems import pointers
from schemas.registers import (
    EntryForm,
    PersonEntrySchema,
    PointEntrySchema,
    ShopEntrySchema,
    UnitEntrySchema,
)
from schemas.vocabulary import ImportMode, LabelledEnum, Register, RegisterDeed, Role, UnitKind

# How many wrong rows are told one by one; the rest is counted.
MAX_FAULTS = 2_000
STEP = 1_000

YES = ("是", "启用", "在用", "y", "yes", "true", "1")
NO = ("否", "停用", "n", "no", "false", "0")


class CellWrong(Exception):
    """A cell that cannot be read, with what to do about it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a register's table: its heading, its field, how a cell is read and written."""

    field: str
    zh: str
    read: Callable[[Reference, str], Any] = lambda _known, cell: cell
    write: Callable[[Reference, Any], Any] = lambda _known, value: value
    # Other headings people use for it.
    also: tuple[str, ...] = ()
    required: bool = False

    def headings(self) -> tuple[str, ...]:
        """Every heading that names it."""
        return (self.zh, self.field, *self.also)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row, in which column, and what to do."""

    row: int
    column: str
    detail: str


@dataclass(slots=True)
class Line:
    """One row of the table as read: an entry, or what is wrong with it."""

    row: int
    entry: Any = None
    # An empty cell clears a field, except this one: nobody is switched on again by silence.
    says_active: bool = False
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read; `given` are the fields it has a column for."""

    columns: Mapping[str, Column]
    lines: Sequence[Line]
    unknown: Sequence[str]

    @property
    def given(self) -> frozenset[str]:
        """The fields this table says something about; others are left as they are."""
        return frozenset(self.columns)


@dataclass(slots=True)
class Report:
    """What became, or would become, of a table."""

    rows: int
    unknown: Sequence[str]
    added: int = 0
    changed: int = 0
    same: int = 0
    bad: int = 0
    written: bool = False
    import_id: UUID | None = None
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, faults: Sequence[Fault]) -> None:
        """Count a wrong row and keep what is told of it."""
        self.bad += 1
        self.faults += faults[: max(0, MAX_FAULTS - len(self.faults))]

    def document(self) -> dict[str, Any]:
        """Return it as the wire shows it."""
        return {
            "rows": self.rows,
            "added": self.added,
            "changed": self.changed,
            "same": self.same,
            "bad": self.bad,
            "written": self.written,
            "import_id": str(self.import_id) if self.import_id else None,
            "unknown_columns": list(self.unknown),
            "faults": [
                {"row": fault.row, "column": fault.column, "detail": fault.detail}
                for fault in self.faults
            ],
        }


# --- reading -----------------------------------------------------------------------------------


def read(register: Register, known: Reference, file: BinaryIO) -> Iterator[int | Table]:
    """Read a whole table; yields how far it is, then the table. Asks the database nothing.

    Raises `TableUnreadable`.
    """
    with closing(tables.rows(file)) as found:
        yield from _read(TABULAR[register], known, found)


def _read(tabular: Tabular, known: Reference, found: Iterator[tables.Row]) -> Iterator[int | Table]:
    heading = next(found, None)
    if heading is None:
        raise TableUnreadable("表格是空的。")
    by_heading = {name.lower(): c for c in tabular.columns for name in c.headings()}
    places: dict[int, Column] = {}
    unknown = []
    for place, cell in enumerate(heading[1]):
        column = by_heading.get(cell.strip().rstrip("*").lower())
        if column is not None and column not in places.values():
            places[place] = column
        elif cell:
            unknown.append(cell)
    missing = [c.zh for c in tabular.columns if c.required and c not in places.values()]
    if missing:
        raise TableUnreadable(f"表头缺少:{'、'.join(missing)}。请下载模板,按模板的表头填写。")
    lines = []
    schema = tabular.schema()
    for number, cells in found:
        lines.append(_line(schema, known, number, cells, places))
        if len(lines) % STEP == 0:
            yield len(lines)
    yield Table({c.field: c for c in places.values()}, lines, unknown)


def _line(
    schema: EntryForm, known: Reference, number: int, cells: list[str], places: dict[int, Column]
) -> Line:
    line = Line(number)
    body: dict[str, Any] = {}
    for place, column in places.items():
        cell = cells[place] if place < len(cells) else ""
        if not cell:
            if column.required:
                line.faults.append(Fault(number, column.zh, "请填写"))
            continue
        try:
            body[column.field] = column.read(known, cell)
        except CellWrong as wrong:
            line.faults.append(Fault(number, column.zh, str(wrong)))
    if line.faults:
        return line
    line.says_active = "active" in body
    try:
        line.entry = schema.load(body)
    except ValidationError as error:
        titles = {c.field: c.zh for c in places.values()}
        for one in pointers(error.messages):
            name = one["pointer"].split("/")[1]
            line.faults.append(Fault(number, titles.get(name, name), one["detail"]))
    return line


# --- settling ----------------------------------------------------------------------------------


class _Index:
    """What stands in the register, and what the rows before this one say: found by its codes."""

    def __init__(self, kind: Kind, rows: Sequence[Any]) -> None:
        self.kind = kind
        self.rows = rows
        self.values = [registers.read(kind, row) for row in rows]
        self.by: dict[str, dict[str, int]] = {name: {} for name in kind.unique}
        self.alike: dict[tuple[Any, ...], list[int]] = {}
        for place, values in enumerate(self.values):
            for name in kind.unique:
                if values[name]:
                    self.by[name][values[name].lower()] = place
            if kind.alike and not any(values[name] for name in kind.unique):
                self.alike.setdefault(_alike(kind, values), []).append(place)
        # Codes and likenesses the table itself has used, and in which row.
        self.said: dict[tuple[str, Any], int] = {}

    def find(self, values: Values) -> int | None:
        """Return the place of the entry a row is about; None for a new one.

        Raises `CellWrong` with the field that tells too little or contradicts.
        """
        found: dict[str, int | None] = {
            name: self.by[name].get(values[name].lower())
            for name in self.kind.unique
            if values[name]
        }
        if not found:
            same = self.alike.get(_alike(self.kind, values), [])
            if len(same) > 1:
                raise CellWrong(f"名册中已有 {len(same)} 个相同的,无法区分;请填写编号")
            return same[0] if same else None
        places = {place for place in found.values() if place is not None}
        if len(places) > 1:
            raise CellWrong("编号和登录名属于名册中的两个人,请核对")
        return places.pop() if places else None

    def repeated(self, values: Values, row: int) -> tuple[str, int] | None:
        """Say in which field and row of the same table this stood before."""
        keys = [(n, values[n].lower()) for n in self.kind.unique if values[n]]
        if not keys and self.kind.alike:
            keys = [(self.kind.fields[0], _alike(self.kind, values))]
        for key in keys:
            if key in self.said:
                return key[0], self.said[key]
        self.said.update(dict.fromkeys(keys, row))
        return None


def _alike(kind: Kind, values: Values) -> tuple[Any, ...]:
    return tuple(values[name] for name in kind.alike)


def settle(
    session: Session,
    actor: Actor,
    register: Register,
    table: Table,
    mode: ImportMode,
    now: datetime,
) -> Iterator[int | Report]:
    """Find out what every row would do, and do it if asked; yields how far it is, then the report.

    Writing, the caller holds one transaction around it; abandoned half-way, nothing is written.
    """
    kind = registers.KINDS[register]
    known = registers.known(session, now)
    report = Report(len(table.lines), table.unknown)
    index = _Index(kind, _standing(session, kind, lock=mode is not ImportMode.DRY_RUN))
    new: list[tuple[Values, Line]] = []
    old: list[tuple[int, Values, Values, Line]] = []
    for count, line in enumerate(table.lines, start=1):
        _settle_one(session, actor, kind, known, index, table, line, new, old)
        if line.faults:
            report.refuse(line.faults)
        if count % STEP == 0:
            yield count
    report.added = len(new)
    report.changed = len(old)
    report.same = report.rows - report.bad - report.added - report.changed
    stays = mode is ImportMode.ALL_OR_NOTHING and report.bad > 0
    if mode is not ImportMode.DRY_RUN and not stays:
        report.written = True
        if new or old:
            report.import_id = uuid7()
            yield from _write(session, actor, kind, index, new, old, report.import_id, now)
    yield report


def _standing(session: Session, kind: Kind, *, lock: bool) -> Sequence[Any]:
    query = sa.select(kind.model).order_by(getattr(kind.model, kind.key))
    if lock:
        # Nobody else changes them meanwhile; rows that only refer to them are not kept waiting.
        query = query.with_for_update(key_share=True)
    return session.scalars(query).all()


def _settle_one(
    session: Session,
    actor: Actor,
    kind: Kind,
    known: Known,
    index: _Index,
    table: Table,
    line: Line,
    new: list[tuple[Values, Line]],
    old: list[tuple[int, Values, Values, Line]],
) -> None:
    """Put one row where it belongs: new, old (changed), nowhere (the same), or refused."""
    if line.faults:
        return

    def refuse(name: str, detail: str) -> None:
        column = table.columns.get(name) or next(
            (c for c in TABULAR[kind.register].columns if c.field == name), None
        )
        line.faults.append(Fault(line.row, column.zh if column else name, detail))

    own = {name: getattr(line.entry, name) for name in {*kind.unique, *kind.alike}}
    again = index.repeated(own, line.row)
    if again is not None:
        refuse(again[0], f"与第 {again[1]} 行重复;若不是同一个,请填写不同的编号")
        return
    try:
        place = index.find(own)
    except CellWrong as wrong:
        refuse(kind.unique[0], str(wrong))
        return
    before = index.values[place] if place is not None else None
    entry = line.entry
    if before is not None:
        # A table without a column says nothing about it.
        said = table.given if line.says_active else table.given - {"active"}
        entry = replace(entry, **{n: v for n, v in before.items() if n not in said})
    after, refusals = kind.values(known, entry)
    if after == before:
        return
    for name, detail in refusals:
        refuse(name, detail)
    if refusals:
        return
    entry_id = getattr(index.rows[place], kind.key) if place is not None else None
    for name, detail in _not_by_table(kind, before, after) + registers.forbidden(
        kind, actor, known, entry_id, before, after
    ):
        refuse(name, detail)
    if before is not None and before["active"] and not after["active"]:
        used = registers.uses(session, kind, entry_id, known.today)
        if used:
            refuse("active", f"还有 {'、'.join(used)} 用到它,不能停用")
    if line.faults:
        return
    if place is None:
        new.append((after, line))
    else:
        old.append((place, before or {}, after, line))


def _not_by_table(kind: Kind, before: Values | None, after: Values) -> list[registers.Refusal]:
    """Administrators are made one by one, by somebody who means it."""
    if kind.register is not Register.PEOPLE or after["role"] is not Role.ADMIN:
        return []
    if before is not None and before["role"] is Role.ADMIN:
        return []
    return [("role", "系统管理员不能批量导入,请在名册中单独添加")]


def _write(
    session: Session,
    actor: Actor,
    kind: Kind,
    index: _Index,
    new: list[tuple[Values, Line]],
    old: list[tuple[int, Values, Values, Line]],
    import_id: UUID,
    now: datetime,
) -> Iterator[int]:
    done = 0
    for batch in _batches(new):
        ids = [uuid7() for _ in batch]
        session.execute(
            sa.insert(kind.model),
            [
                {kind.key: entry_id, **registers.stored(kind, values, None, now), "version": 1}
                for entry_id, (values, _) in zip(ids, batch, strict=True)
            ],
        )
        lines = [
            (entry_id, RegisterDeed.CREATED, {n: [None, v] for n, v in v.items() if v is not None})
            for entry_id, (v, _) in zip(ids, batch, strict=True)
        ]
        _remember(session, kind, lines, actor, now, import_id)
        entries = zip(ids, batch, strict=True)
        registers.tell(session, kind, [(i, 1, v["active"]) for i, (v, _) in entries])
        done += len(batch)
        yield done
    for changed in _batches(old):
        told, lines = [], []
        for place, before, after, _ in changed:
            row = index.rows[place]
            for name, value in registers.stored(kind, after, row, now).items():
                setattr(row, name, value)
            row.version += 1
            entry_id = getattr(row, kind.key)
            difference = registers.differing(before, after)
            lines.append((entry_id, RegisterDeed.CHANGED, difference))
            told.append((entry_id, row.version, after["active"]))
        session.flush()
        _remember(session, kind, lines, actor, now, import_id)
        registers.tell(session, kind, told)
        done += len(changed)
        yield done


def _remember(
    session: Session,
    kind: Kind,
    lines: Sequence[tuple[UUID, RegisterDeed, dict[str, list[Any]]]],
    actor: Actor,
    now: datetime,
    import_id: UUID,
) -> None:
    session.execute(
        sa.insert(RegisterChange),
        [
            registers.change_columns(kind, entry_id, deed, difference, actor, now, import_id)
            for entry_id, deed, difference in lines
        ],
    )


def _batches(entries: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(entries), STEP):
        yield entries[start : start + STEP]


# --- the columns of each register --------------------------------------------------------------


def _word(words: type[LabelledEnum]) -> Callable[[Reference, str], str]:
    """Read a word of a closed list by its Chinese or English name."""
    named = {name.lower(): w.value for w in words for name in (w.value, w.zh, w.en)}

    def read_word(_known: Reference, cell: str) -> str:
        value = named.get(cell.strip().lower())
        if value is None:
            choices = "、".join(w.zh for w in words)
            raise CellWrong(f"“{cell}”不能识别,应为 {choices} 之一")
        return value

    return read_word


def _label(words: type[LabelledEnum]) -> Callable[[Reference, Any], str]:
    return lambda _known, value: words(value).zh if value in set(words) else str(value)


def _claim(_known: Reference, cell: str) -> bool:
    said = cell.strip().lower()
    if said in YES:
        return True
    if said in NO:
        return False
    raise CellWrong(f"“{cell}”不能识别,应为 启用 或 停用")


def _number(_known: Reference, cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise CellWrong(f"“{cell}”不是数字") from None


def _named(
    table: Callable[[Reference], Mapping[Any, Any]],
    called: str,
) -> Callable[[Reference, str], Any]:
    """Read a reference to an entry by its code, or by a name that only one has."""
    # Of the edition read last, by itself: another database may count its editions alike.
    kept: list[tuple[Reference, dict[str, Any], dict[str, list[Any]]]] = []

    def by_code_and_name(known: Reference) -> tuple[dict[str, Any], dict[str, list[Any]]]:
        found = kept[-1] if kept else None
        if found is None or found[0] is not known:
            codes: dict[str, Any] = {}
            names: dict[str, list[Any]] = {}
            for key, row in table(known).items():
                codes[str(row.code).lower()] = key
                names.setdefault(row.name, []).append(key)
            found = (known, codes, names)
            kept[:] = [found]
        return found[1:]

    def read_reference(known: Reference, cell: str) -> Any:
        codes, names = by_code_and_name(known)
        key = codes.get(cell.lower())
        if key is None:
            keys = names.get(cell, [])
            if len(keys) > 1:
                raise CellWrong(f"有 {len(keys)} 个{called}叫“{cell}”,请改填编码")
            if not keys:
                raise CellWrong(f"没有叫“{cell}”的{called};请核对名称,或先在名册中添加")
            key = keys[0]
        return str(key)

    return read_reference


def _code_of(table: Callable[[Reference], Mapping[Any, Any]]) -> Callable[[Reference, Any], str]:
    def write_code(known: Reference, value: Any) -> str:
        row = table(known).get(value) if value is not None else None
        return str(row.code) if row is not None else ""

    return write_code


def _name_of(table: Callable[[Reference], Mapping[Any, Any]]) -> Callable[[Reference, Any], str]:
    def write_name(known: Reference, value: Any) -> str:
        row = table(known).get(value) if value is not None else None
        return str(row.name) if row is not None else ""

    return write_name


def _duties(_known: Reference, cell: str) -> list[str]:
    parted = cell.replace(";", "、").replace(";", "、").replace(",", "、").replace(",", "、")
    return [duty.strip() for duty in parted.split("、") if duty.strip()]


@dataclass(frozen=True, slots=True)
class Tabular:
    """A register that can be brought in as a table."""

    schema: type[EntryForm]
    columns: tuple[Column, ...]


_ACTIVE = Column(
    "active", "状态", _claim, lambda _known, value: "启用" if value else "停用", ("是否启用",)
)
_NAME = Column("name", "名称", required=True)
_CODE = Column("code", "编码", required=True, also=("编号",))
_LON = Column("lon", "经度", _number, also=("lng", "longitude"))
_LAT = Column("lat", "纬度", _number, also=("latitude",))
_ADDRESS = Column("address", "地址")


def _district(known: Reference) -> Mapping[Any, Any]:
    return known.districts


def _street(known: Reference) -> Mapping[Any, Any]:
    return known.streets


def _community(known: Reference) -> Mapping[Any, Any]:
    return known.communities


def _units(known: Reference) -> Mapping[Any, Any]:
    return known.units


def _points(known: Reference) -> Mapping[Any, Any]:
    return known.points


_DISTRICT = Column("district", "城区", _named(_district, "城区"), _name_of(_district))
_UNIT = Column("unit_id", "单位", _named(_units, "单位"), _code_of(_units), ("责任单位", "unit"))

TABULAR: Mapping[Register, Tabular] = {
    Register.PEOPLE: Tabular(
        PersonEntrySchema,
        (
            Column("name", "姓名", required=True),
            Column("code", "人员编号", also=("编号", "编码")),
            Column("login", "登录名", also=("账号",)),
            Column("role", "角色", _word(Role), _label(Role), required=True),
            _DISTRICT,
            _UNIT,
            _ACTIVE,
        ),
    ),
    Register.UNITS: Tabular(
        UnitEntrySchema,
        (
            _CODE,
            _NAME,
            Column("kind", "类型", _word(UnitKind), _label(UnitKind), required=True),
            _DISTRICT,
            _ACTIVE,
        ),
    ),
    Register.POINTS: Tabular(
        PointEntrySchema,
        (
            _CODE,
            _NAME,
            Column("type", "类型", required=True),
            Column("lon", "经度", _number, also=("lng", "longitude"), required=True),
            Column("lat", "纬度", _number, also=("latitude",), required=True),
            _DISTRICT,
            Column("street", "街道", _named(_street, "街道"), _name_of(_street)),
            Column(
                "community",
                "社区",
                _named(_community, "社区"),
                lambda _known, value: value or "",
                ("社区编码",),
            ),
            _ADDRESS,
            _ACTIVE,
        ),
    ),
    Register.SHOPS: Tabular(
        ShopEntrySchema,
        (
            Column("plate_code", "门牌码", required=True, also=("责任牌编码", "编码")),
            _NAME,
            Column("point_id", "点位", _named(_points, "点位"), _code_of(_points), ("point",)),
            _UNIT,
            _LON,
            _LAT,
            _ADDRESS,
            Column("duties", "三包", _duties, lambda _known, value: "、".join(value)),
            _ACTIVE,
        ),
    ),
}


# --- writing out -------------------------------------------------------------------------------


def export(session: Session, register: Register, *, template: bool) -> Iterator[str]:
    """Write a register as the table that can be brought in again; a template has no rows."""
    columns = TABULAR[register].columns
    known = reference.current(session)
    kind = registers.KINDS[register]
    titles = [f"{column.zh}*" if column.required else column.zh for column in columns]
    return tables.csv_text(titles, () if template else _lines(session, known, kind, columns))


def _lines(
    session: Session, known: Reference, kind: Kind, columns: Sequence[Column]
) -> Iterator[list[Any]]:
    key = getattr(kind.model, kind.key)
    after = None
    while True:
        query = sa.select(kind.model).order_by(key).limit(STEP)
        batch = session.scalars(query if after is None else query.where(key > after)).all()
        for row in batch:
            values = registers.read(kind, row)
            yield [column.write(known, values[column.field]) for column in columns]
        if len(batch) < STEP:
            return
        after = getattr(batch[-1], kind.key)
        session.expunge_all()
