"""Entries of the registers 名册 as an admin writes them, one at a time or by table.

The order of an entry's fields is that of its history; the first one names it to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.fields import EnumField, Form, Line, version_field
from schemas.texts import half_width
from schemas.vocabulary import Campaign, LimitUnit, RecordAs, Role, UnitKind

# Everyday words 俗称 of a category: some thirty words.
MAX_SYNONYMS = 600


def _is_code(value: str) -> None:
    if any(sign.isspace() for sign in value):
        raise ValidationError("不能含空格")


class Code(Line):
    """A short mark 编码 without spaces, that tells entries apart; its letters are half-width."""

    def __init__(self, longest: int = 32, **kwargs: Any) -> None:
        """At least one character, unless it may be empty."""
        super().__init__(longest, shortest=0 if kwargs.get("allow_none") else 1, **kwargs)
        self.validators.append(_is_code)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        return half_width(text) if isinstance(text, str) else text


def _degrees(most: int, **kwargs: Any) -> fields.Float:
    within = validate.Range(-most, most, error=f"应在 -{most} 到 {most} 之间")
    return fields.Float(validate=within, **kwargs)


def _is_a_limit(value: Decimal) -> None:
    # A range of decimals would be described as text, which is no number.
    if not 0 <= value <= 9999:
        raise ValidationError("应在 0 到 9999 之间")


class EntryForm(Form):
    """An entry as a whole; `version` is what the writer saw, none for a new one."""

    version = version_field(minimum=1, allow_none=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEntry:
    """A unit 责任单位/包联单位."""

    name: str
    code: str
    kind: UnitKind
    district: str | None = None
    active: bool = True
    version: int | None = None


class UnitEntrySchema(EntryForm):
    """See `UnitEntry`."""

    shape = UnitEntry

    code = Code(required=True)
    name = Line(64, shortest=1, required=True)
    kind = EnumField(UnitKind, required=True)
    district = Code(16, allow_none=True)
    active = fields.Boolean()


@dataclass(frozen=True, slots=True, kw_only=True)
class PointEntry:
    """A point 点位; without a district it gets the one it lies in."""

    name: str
    code: str
    type: str
    district: str | None = None
    street: str | None = None
    community: str | None = None
    lon: float
    lat: float
    address: str | None = None
    active: bool = True
    version: int | None = None


class PointEntrySchema(EntryForm):
    """See `PointEntry`; degrees WGS-84."""

    shape = PointEntry

    code = Code(required=True)
    name = Line(64, shortest=1, required=True)
    type = Line(32, shortest=1, required=True)
    lon = _degrees(180, required=True)
    lat = _degrees(90, required=True)
    district = Code(16, allow_none=True)
    street = Code(16, allow_none=True)
    community = Code(16, allow_none=True)
    address = Line(200, allow_none=True)
    active = fields.Boolean()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopEntry:
    """A shop 门店; without a position it gets that of its point."""

    name: str
    plate_code: str
    point_id: UUID | None = None
    unit_id: UUID | None = None
    lon: float | None = None
    lat: float | None = None
    address: str | None = None
    duties: tuple[str, ...] = ()
    active: bool = True
    version: int | None = None


class ShopEntrySchema(EntryForm):
    """See `ShopEntry`."""

    shape = ShopEntry

    plate_code = Code(required=True)
    name = Line(64, shortest=1, required=True)
    point_id = fields.UUID(allow_none=True)
    unit_id = fields.UUID(allow_none=True)
    lon = _degrees(180, allow_none=True)
    lat = _degrees(90, allow_none=True)
    address = Line(200, allow_none=True)
    duties = fields.List(Line(16, shortest=1), validate=validate.Length(max=9))
    active = fields.Boolean()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEntry:
    """A person 人员; a telephone number is never kept."""

    name: str
    code: str | None = None
    login: str | None = None
    role: Role
    district: str | None = None
    unit_id: UUID | None = None
    # What this person reports is filed without being looked at 自动立案.
    trusted: bool = False
    active: bool = True
    version: int | None = None


class PersonEntrySchema(EntryForm):
    """See `PersonEntry`."""

    shape = PersonEntry

    name = Line(64, shortest=1, required=True)
    role = EnumField(Role, required=True)
    code = Code(allow_none=True)
    login = Code(64, allow_none=True)
    district = Code(16, allow_none=True)
    unit_id = fields.UUID(allow_none=True)
    trusted = fields.Boolean()
    active = fields.Boolean()


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryEntry:
    """A minor category 小类; its code is its address and never changes."""

    name_zh: str
    name_en: str
    campaign: Campaign
    initials: str = ""
    synonyms: str | None = None
    gb_reference: str | None = None
    severity: int
    limit_value: Decimal
    limit_unit: LimitUnit
    make_safe_hours: int | None = None
    record_as: RecordAs
    evidence_open: str
    evidence_close: str
    limit_note: str | None = None
    auto_file: bool = False
    auto_dispatch: bool = False
    spot_check_percent: int = 10
    active: bool = True
    version: int | None = None


class CategoryEntrySchema(EntryForm):
    """See `CategoryEntry`; evidence profiles are the letters A–F and a–f, joined by `+`."""

    shape = CategoryEntry

    campaign = EnumField(Campaign, required=True)
    name_zh = Line(64, shortest=1, required=True)
    name_en = Line(120, shortest=1, required=True)
    initials = Line(64)
    synonyms = Line(MAX_SYNONYMS, allow_none=True)
    gb_reference = Line(64, allow_none=True)
    severity = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, 4, error="应为 1 至 4")
    )
    limit_value = fields.Decimal(places=2, required=True, validate=_is_a_limit)
    limit_unit = EnumField(LimitUnit, required=True)
    make_safe_hours = fields.Integer(
        allow_none=True, strict=True, validate=validate.Range(1, 999, error="应为 1 至 999 小时")
    )
    record_as = EnumField(RecordAs, required=True)
    evidence_open = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[A-F](\+[A-F]){0,3}\Z", error="应为 A 至 F，可用 + 相连"),
    )
    evidence_close = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[a-f](\+[a-f]){0,3}\Z", error="应为 a 至 f，可用 + 相连"),
    )
    limit_note = Line(200, allow_none=True)
    auto_file = fields.Boolean()
    auto_dispatch = fields.Boolean()
    spot_check_percent = fields.Integer(
        strict=True, validate=validate.Range(0, 100, error="应为 0 至 100")
    )
    active = fields.Boolean()


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingEntry:
    """A unit beside one place 包联, from a day on."""

    unit_id: UUID
    point_id: UUID | None = None
    community: str | None = None
    street: str | None = None
    starts_on: date
    ends_on: date | None = None
    version: int | None = None


class PairingEntrySchema(EntryForm):
    """See `PairingEntry`; exactly one of point, community and street."""

    shape = PairingEntry

    unit_id = fields.UUID(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(allow_none=True)
    point_id = fields.UUID(allow_none=True)
    community = Code(16, allow_none=True)
    street = Code(16, allow_none=True)

    @validates_schema
    def one_place_and_a_span(self, data: dict[str, Any], **_: object) -> None:
        """One place, and a last day that is not before the first."""
        if sum(data.get(name) is not None for name in ("point_id", "community", "street")) != 1:
            raise ValidationError("请选择点位、社区、街道中的一个", "point_id")
        ends_on = data.get("ends_on")
        if ends_on is not None and ends_on < data["starts_on"]:
            raise ValidationError("止期不能早于起期", "ends_on")
