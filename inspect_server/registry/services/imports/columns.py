"""The columns of every register that can be imported as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from inspect_server.core.sentences import sentence
from inspect_server.registry.reference import Reference
from inspect_server.registry.services.imports.cells import (
    choice,
    code_of,
    duties,
    entry_named,
    label,
    name_of,
    number,
    on_or_off,
)
from inspect_server.registry.services.imports.shapes import Column
from schemas.register_entries import (
    EntryForm,
    PersonEntrySchema,
    PointEntrySchema,
    ShopEntrySchema,
    UnitEntrySchema,
)
from schemas.vocabulary import Register, Role, UnitKind

# Everyday names that people write in tables.
ROLE_NAMES = {
    Role.OBSERVER: ("观察员", "文明观察", "市民观察员"),
    Role.STEWARD: ("劝导员", "文明劝导", "文明劝导志愿者"),
    Role.VOLUNTEER: ("志愿者", "网格志愿服务者", "志愿服务者", "义工"),
    Role.HANDLER: ("处置员", "处置人", "处置", "经办人", "承办人", "整改人员"),
    Role.SUPERVISOR: ("督查", "督查人员", "督查专员"),
    Role.ARBITER: ("裁定", "裁定人", "裁定人员", "裁决员"),
    Role.ADMIN: ("管理员", "系统管理人员"),
}
UNIT_KIND_NAMES = {
    UnitKind.RESPONSIBLE: ("部门", "责任单位", "职能部门", "责任"),
    UnitKind.STREET: ("街道", "乡镇", "街道办", "街道办事处", "乡", "镇"),
    UnitKind.PAIRING: ("包联", "包联部门", "结对单位"),
}


@dataclass(frozen=True, slots=True)
class TableFormat:
    """How a register is written as a table: the schema of a row, and its columns."""

    schema: type[EntryForm]
    columns: tuple[Column, ...]


_ACTIVE = Column(
    "active",
    "状态",
    on_or_off,
    lambda _reference, value: "启用" if value else "停用",
    ("是否启用",),
    text=False,
)
_NAME = Column("name", "名称", required=True)
_CODE = Column("code", "编码", required=True, also=("编号",))
_LON = Column("lon", "经度", number, also=("lng", "longitude"), text=False)
_LAT = Column("lat", "纬度", number, also=("latitude",), text=False)
_ADDRESS = Column("address", "地址")


def _district(reference: Reference) -> Mapping[Any, Any]:
    return reference.districts


def _street(reference: Reference) -> Mapping[Any, Any]:
    return reference.streets


def _community(reference: Reference) -> Mapping[Any, Any]:
    return reference.communities


def _units(reference: Reference) -> Mapping[Any, Any]:
    return reference.units


def _points(reference: Reference) -> Mapping[Any, Any]:
    return reference.points


_DISTRICT = Column("district", "城区", entry_named(_district, sentence("城区")), name_of(_district))
_UNIT = Column(
    "unit_id",
    "单位",
    entry_named(_units, sentence("单位")),
    code_of(_units),
    ("责任单位", "unit"),
)

TABLE_FORMATS: Mapping[Register, TableFormat] = {
    Register.PEOPLE: TableFormat(
        PersonEntrySchema,
        (
            Column("name", "姓名", required=True),
            Column("code", "人员编号", also=("编号", "编码")),
            Column("login", "账号", also=("登录名",)),
            Column("role", "角色", choice(Role, ROLE_NAMES), label(Role), required=True),
            _DISTRICT,
            _UNIT,
            _ACTIVE,
        ),
    ),
    Register.UNITS: TableFormat(
        UnitEntrySchema,
        (
            _CODE,
            _NAME,
            Column(
                "kind", "类型", choice(UnitKind, UNIT_KIND_NAMES), label(UnitKind), required=True
            ),
            _DISTRICT,
            _ACTIVE,
        ),
    ),
    Register.POINTS: TableFormat(
        PointEntrySchema,
        (
            _CODE,
            _NAME,
            Column("type", "类型", required=True),
            replace(_LON, required=True),
            replace(_LAT, required=True),
            _DISTRICT,
            Column("street", "街道", entry_named(_street, sentence("街道")), name_of(_street)),
            Column(
                "community",
                "社区",
                entry_named(_community, sentence("社区")),
                lambda _reference, value: value or "",
                ("社区编码",),
            ),
            _ADDRESS,
            _ACTIVE,
        ),
    ),
    Register.SHOPS: TableFormat(
        ShopEntrySchema,
        (
            Column("plate_code", "门牌码", required=True, also=("责任牌编码", "编码")),
            _NAME,
            Column(
                "point_id",
                "点位",
                entry_named(_points, sentence("点位")),
                code_of(_points),
                ("point",),
            ),
            _UNIT,
            _LON,
            _LAT,
            _ADDRESS,
            Column("duties", "三包", duties, lambda _reference, value: "、".join(value)),
            _ACTIVE,
        ),
    ),
}
